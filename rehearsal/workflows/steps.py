"""Runs steps one after the other: those of a job, or of a composite action."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.workflows import file_commands, shells
from rehearsal.workflows.expressions.evaluation import Scope
from rehearsal.workflows.expressions.values import CaseSensitive, to_number, to_text
from rehearsal.workflows.file_commands import FileCommandError
from rehearsal.workflows.job_folder import StepFiles
from rehearsal.workflows.job_session import JobError, JobSession
from rehearsal.workflows.log_commands import StepLog
from rehearsal.workflows.model import Defaults, Step
from rehearsal.workflows.results import CANCELLED, COMPLETED, FAILURE, IN_PROGRESS, SKIPPED, SUCCESS, StepResult
from rehearsal.workflows.templates import Condition, EvaluationError, Template

Uses = Callable[["Call"], None]
"""Runs the action of a step. Raises ActionError, JobError, OSError."""


class ActionError(Exception):
    """An action that failed: the text is for its log."""


@dataclass
class Call:
    """A step that uses an action: `inputs` by lower-cased name, `env` the variables of its processes."""

    session: JobSession
    steps: Steps
    step: Step
    log: StepLog
    inputs: dict[str, str]
    env: dict[str, str]
    scope: Scope
    outputs: dict[str, str] = field(default_factory=dict)

    def post(self, name: str, call: Callable[[StepLog], None]) -> None:
        """Do this after the last step of the job, whatever became of it."""
        self.steps.posts.append((f"Post {name}", call))


class Steps:
    """Steps that share a status, and the contexts `steps`, `job` and `inputs`.

    `posts` are what actions do at the end of the job. `seconds` are those the job still has, at most.
    """

    def __init__(self, session: JobSession, uses: Uses, *, defaults: tuple[Defaults, ...] = ()) -> None:
        self.session = session
        self.status = SUCCESS
        self.context: dict[str, Any] = {}
        self.more: dict[str, Any] = {}
        self.env: dict[str, str] = {}
        self.posts: list[tuple[str, Callable[[StepLog], None]]] = []
        self.deadline = math.inf
        self._uses = uses
        self._defaults = defaults

    def run(self, step: Step, result: StepResult, log: StepLog) -> None:
        """Run a step if its condition holds; `result` has what became of it, and so have the contexts."""
        result.status, result.start = IN_PROGRESS, time.time()
        tolerated = False
        try:
            result.outcome, tolerated = self._run(step, result, log)
        except EvaluationError as error:
            log.annotate("error", f"{self._at(error.line)}: {error}")
            result.outcome = FAILURE
        result.status, result.end = COMPLETED, time.time()
        result.conclusion = SUCCESS if result.outcome == FAILURE and tolerated else result.outcome
        if step.id:
            self.context[step.id] = {
                "outputs": result.outputs, "outcome": result.outcome, "conclusion": result.conclusion,
            }  # fmt: skip
        if result.conclusion == FAILURE and self.status == SUCCESS:
            self.status = FAILURE

    def scope(self, env: Mapping[str, str] | None = None) -> Scope:
        """What expressions see now; `env` are variables of the step."""
        cancelled = self.session.cancelled.is_set()
        status = CANCELLED if cancelled else self.status
        variables = CaseSensitive({**self.session.env, **self.env, **(env or {})})
        contexts = {"steps": self.context, "job": {"status": status}, "env": variables, **self.more}
        functions = {
            "success": lambda: status == SUCCESS,
            "failure": lambda: status == FAILURE,
            "cancelled": lambda: cancelled,
            "always": lambda: True,
        }
        return self.session.scope(contexts, functions)

    def _run(self, step: Step, result: StepResult, log: StepLog) -> tuple[str, bool]:
        """The outcome, and whether a failure is tolerated."""
        env = {name: value.text(self.scope()) for name, value in step.env.items()}
        scope = self.scope(env)
        result.name = self.name(step, scope)
        assert isinstance(step.condition, Condition)
        if not step.condition.holds(scope):
            return SKIPPED, False
        tolerated = bool(step.continue_on_error and _true(step.continue_on_error, scope))
        minutes = minutes_of(step.timeout, scope)
        seconds = min(minutes * 60, self.deadline - time.monotonic())
        try:
            run = self._use if step.uses else self._script
            outcome = run(step, result, log, env, seconds)
        except (JobError, ActionError, FileCommandError) as error:
            log.annotate("error", str(error))
            outcome = FAILURE
        except OSError as error:
            log.annotate("error", f"the step could not be started: {error}")
            outcome = FAILURE
        if log.refused:
            outcome = FAILURE
        if self.session.cancelled.is_set() and outcome == FAILURE:
            outcome = CANCELLED
        return outcome, tolerated

    def name(self, step: Step, scope: Scope) -> str:
        """What a step is called."""
        if step.name:
            return self.session.masks.hide(step.name.text(scope))
        if step.uses:
            return f"Run {step.uses.name}{f'@{step.uses.ref}' if step.uses.ref else ''}"
        text = step.run.text(scope) if step.run else ""
        first = next((line for line in text.splitlines() if line.strip()), "")
        return f"Run {self.session.masks.hide(first.strip())}"

    def _use(self, step: Step, result: StepResult, log: StepLog, env: dict[str, str], seconds: float) -> str:
        scope = self.scope(env)
        inputs = {name.lower(): value.text(scope) for name, value in step.inputs.items()}
        call = Call(self.session, self, step, log, inputs, env, scope)
        try:
            self._uses(call)
        finally:
            result.outputs.update(call.outputs)
        return SUCCESS

    def _script(self, step: Step, result: StepResult, log: StepLog, env: dict[str, str], seconds: float) -> str:
        assert step.run
        scope, session = self.scope(env), self.session
        text = step.run.text(scope)
        shell = self._default("shell", step.shell, scope)
        wrong = shells.problem(shell)
        if wrong:
            raise JobError(f"shell: {wrong}")
        where = self._default("directory", step.directory, scope)
        cwd = session.folder.workspace / where if where else session.folder.workspace
        log.say(f"##[group]Run {text.strip().splitlines()[0] if text.strip() else ''}")
        for line in text.rstrip().splitlines():
            log.say(line)
        log.say(f"shell: {shell or 'bash -e {0}'}")
        log.say("##[endgroup]")
        script = session.folder.write(shells.suffix(shell), text + "\n")
        files = session.folder.step_files()
        own = files.variables() | {"GITHUB_ACTION": step.id or "__run"}
        own |= {"GITHUB_ACTION_PATH": str(self.more["github"]["action_path"])} if "github" in self.more else {}
        variables = session.environment({**self.env, **env}, own)
        command = shells.command(shell, str(script))
        limit = None if math.isinf(seconds) else max(seconds, 0.1)
        ended = session.execute(command, cwd=cwd, env=variables, on_line=log.line, timeout=limit)
        self.take(files, result)
        if ended.code:
            reason = f" ({ended.reason})" if ended.reason else ""
            log.annotate("error", f"Process completed with exit code {ended.code}{reason}.")
            return FAILURE
        return SUCCESS

    def take(self, files: StepFiles, result: StepResult) -> None:
        """Note what a process wrote into its files. Raises FileCommandError."""
        folder, session = self.session.folder, self.session
        summary = folder.text(files.paths["step_summary"])
        if len(summary.encode()) > file_commands.LARGEST_SUMMARY:
            raise FileCommandError(f"GITHUB_STEP_SUMMARY: got more than {file_commands.LARGEST_SUMMARY:,} bytes")
        result.summary += session.masks.hide(summary)
        session.env |= file_commands.variables(folder.text(files.paths["set_env"]))
        session.paths[:0] = file_commands.paths(folder.text(files.paths["add_path"]))
        result.outputs |= file_commands.pairs(folder.text(files.paths["set_output"]), "GITHUB_OUTPUT")
        file_commands.pairs(folder.text(files.paths["save_state"]), "GITHUB_STATE")

    def _default(self, key: str, given: Template | None, scope: Scope) -> str:
        templates = (given, *(getattr(each, key) for each in self._defaults))
        return next((each.text(scope) for each in templates if each is not None), "")

    def _at(self, line: int) -> str:
        return f"{self.session.facts.run.workflow.path}:{line}"


def _true(template: Template, scope: Scope) -> bool:
    value = template.value(scope)
    if not isinstance(value, bool):
        raise EvaluationError(template.line, f"got {to_text(value)!r}, expected true or false")
    return value


def minutes_of(template: Template | None, scope: Scope) -> float:
    """What a `timeout-minutes` says; without any, for ever. Raises EvaluationError."""
    if template is None:
        return math.inf
    value = to_number(template.value(scope))
    if math.isnan(value) or value <= 0:
        raise EvaluationError(template.line, f"got {template.text(scope)!r}, expected a number of minutes")
    return value
