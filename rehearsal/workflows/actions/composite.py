"""Composite actions of the repository itself: `uses: ./path`, after a checkout.

https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
"""

from __future__ import annotations

from typing import Any

from rehearsal.workflows import document, places
from rehearsal.workflows.errors import WorkflowError
from rehearsal.workflows.job_reading import read_step
from rehearsal.workflows.log_commands import StepLog
from rehearsal.workflows.model import Step
from rehearsal.workflows.reading import Keys, Problems
from rehearsal.workflows.results import SUCCESS, StepResult
from rehearsal.workflows.steps import ActionError, Call, Steps, Uses
from rehearsal.workflows.templates import Template

_KEYS = ("name", "author", "description", "branding", "inputs", "outputs", "runs")
_OTHERS = "only composite actions of the repository itself run"
_DEEPEST = 10  # levels of actions in actions


def run_composite(call: Call, use: Uses) -> None:
    """Run the steps of a composite action. Raises ActionError."""
    assert call.step.uses
    reference = call.step.uses.name
    session, level = call.session, int(call.steps.more.get("_level", 0)) + 1
    if level > _DEEPEST:
        raise ActionError(f"{reference}: actions in actions, more than {_DEEPEST} levels")
    path = reference.removeprefix("./").strip("/")
    if ".." in path.split("/"):
        raise ActionError(f"{reference}: expected a path that stays in the workspace")
    texts = {name: session.folder.workspace_text(f"{path}/{name}") for name in ("action.yml", "action.yaml")}
    file, text = next((each for each in texts.items() if each[1]), ("", ""))
    if not text:
        raise ActionError(f"there is no action.yml in {reference}: is there a checkout before this step?")
    try:
        read = _Action(text, f"{path}/{file}")
    except WorkflowError as error:
        raise ActionError(str(error)) from None
    inner = Steps(session, use)
    inner.deadline, inner.posts = call.steps.deadline, call.steps.posts
    inner.env = {**call.steps.env, **call.env}
    inner.more = {"inputs": read.inputs_for(call), "_level": level}
    inner.more["github"] = session.github | {"action_path": str(session.folder.workspace / path)}
    for step in read.steps:
        result = StepResult(step.number, "")
        inner.run(step, result, StepLog(call.log.result, session.masks, call.log._on_line))
        call.log.result.summary += result.summary
    scope = inner.scope()
    call.outputs |= {name: template.text(scope) for name, template in read.outputs.items()}
    if inner.status != SUCCESS:
        raise ActionError(f"{reference} failed")


class _Action:
    """What `action.yml` says. Raises WorkflowError."""

    def __init__(self, text: str, file: str) -> None:
        problems = Problems(file)
        keys = Keys(document.read(text, file), "", problems, _KEYS)
        self.steps: list[Step] = []
        self._inputs = self._read_inputs(keys, problems)
        self.outputs = self._read_outputs(keys, problems)
        runs = keys.get("runs")
        if runs is None:
            problems(1, "runs: got nothing, expected it")
        else:
            self._read_runs(Keys(runs, "runs", problems, ("using", "steps")), problems)
        if problems.found:
            raise WorkflowError(problems.found)

    def inputs_for(self, call: Call) -> dict[str, Any]:
        """The context `inputs`. Raises ActionError."""
        found = {}
        for name, (needed, default) in self._inputs.items():
            given = call.inputs.get(name.lower())
            if given is None and needed and default is None:
                raise ActionError(f"{name}: got nothing, expected it")
            found[name] = given if given is not None else default.text(call.scope) if default else ""
        for name in call.inputs:
            if name not in map(str.lower, self._inputs):
                raise ActionError(f"{name}: the action has no such input")
        return found

    def _read_inputs(self, keys: Keys, problems: Problems) -> dict[str, tuple[bool, Template | None]]:
        found: dict[str, tuple[bool, Template | None]] = {}
        node = keys.get("inputs")
        for name, value in node.value.items() if node and isinstance(node.value, dict) else ():
            if value.value is None:
                found[name] = (False, None)
                continue
            known = ("description", "required", "default", "deprecationMessage")
            inner = Keys(value, f"inputs.{name}", problems, known)
            found[name] = (inner.boolean("required"), inner.template("default", places.COMPOSITE))
        return found

    def _read_outputs(self, keys: Keys, problems: Problems) -> dict[str, Template]:
        found = {}
        node = keys.get("outputs")
        for name, value in node.value.items() if node and isinstance(node.value, dict) else ():
            inner = Keys(value, f"outputs.{name}", problems, ("description", "value"))
            template = inner.template("value", places.COMPOSITE_OUTPUT)
            if template:
                found[name] = template
        return found

    def _read_runs(self, runs: Keys, problems: Problems) -> None:
        using = runs.text("using")
        if using != "composite":
            runs.refuse("using", f"the rehearsal does not support this: got {using}; {_OTHERS}")
        steps = runs.get("steps")
        for number, item in enumerate(steps.value if steps and isinstance(steps.value, list) else (), 1):
            self.steps.append(read_step(number, item, f"runs.steps[{number}]", problems, places.COMPOSITE))
