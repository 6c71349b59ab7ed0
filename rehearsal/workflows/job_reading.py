"""Reads one job of a workflow file, and its steps."""

from __future__ import annotations

import re

from rehearsal.workflows import places, shells
from rehearsal.workflows.action_inputs import ACTIONS, input_problems
from rehearsal.workflows.common_keys import read_concurrency, read_defaults, read_permissions
from rehearsal.workflows.document import Node
from rehearsal.workflows.model import ActionReference, Job, Step, Strategy
from rehearsal.workflows.places import Place
from rehearsal.workflows.reading import Keys, Problems
from rehearsal.workflows.templates import Template, Templated, read_condition, read_tree

_KEYS = (
    "name", "permissions", "needs", "if", "runs-on", "environment", "concurrency", "outputs", "env", "defaults",
    "steps", "timeout-minutes", "strategy", "continue-on-error",
)  # fmt: skip
_REFUSED = {
    "container": "it has no containers; steps run on this machine",
    "services": "it has no service containers",
    "uses": "it has no reusable workflows; write the jobs out",
    "with": "it has no reusable workflows",
    "secrets": "it has no reusable workflows",
    "snapshot": "it makes no images of runners",
}
_STEP_KEYS = (
    "id", "if", "name", "uses", "run", "working-directory", "shell", "with", "env", "continue-on-error",
    "timeout-minutes",
)  # fmt: skip
_STEP_REFUSED = dict.fromkeys(("background", "wait", "parallel", "cancel"), "steps run one after the other")
_OTHER_SYSTEMS = ("windows", "macos")
_LONGEST_RUN = 21_000  # characters
_ID = re.compile(r"[A-Za-z_][\w-]{0,99}", re.ASCII)
_ACTION = re.compile(r"(?P<name>[\w.-]+/[\w.-]+(?:/[\w./-]+)?)(?:@(?P<ref>\S+))?", re.ASCII)


def read_job(name: str, line: int, node: Node, problems: Problems) -> Job:
    """A job; what is wrong with it goes to `problems`."""
    keys = Keys(node, f"jobs.{name}", problems, _KEYS, _REFUSED)
    runs_on = keys.get("runs-on")
    if runs_on is None and keys.get("uses") is None:
        problems(line, f"jobs.{name}.runs-on: got nothing, expected a label such as ubuntu-latest")
    environment, url = _environment(keys, problems)
    return Job(
        id=name,
        line=line,
        condition=read_condition(keys.get("if"), places.JOB_IF, problems),
        runs_on=_runs_on(runs_on, keys, problems),
        steps=_steps(keys, line, problems),
        name=keys.template("name", places.JOB_NAME),
        needs=tuple(dict.fromkeys(keys.texts("needs") or ())),
        permissions=read_permissions(keys, problems),
        strategy=_strategy(keys, problems),
        environment=environment,
        environment_url=url,
        concurrency=read_concurrency(keys, problems, places.JOB_CONCURRENCY),
        outputs=keys.templates("outputs", places.JOB_OUTPUTS),
        env=keys.templates("env", places.JOB_ENV),
        defaults=read_defaults(keys, problems, places.JOB_DEFAULTS),
        timeout=keys.template("timeout-minutes", places.JOB_TIMEOUT),
        continue_on_error=keys.template("continue-on-error", places.JOB_CONTINUE),
    )


def _runs_on(node: Node | None, keys: Keys, problems: Problems) -> Templated:
    if node is None:
        return []
    if isinstance(node.value, dict):
        keys.refuse("runs-on", "got a mapping, expected a label: the rehearsal has no groups of runners")
        return []
    wrong = labels_problem(node.plain())
    if wrong:
        keys.refuse("runs-on", wrong)
    return read_tree(node, places.JOB_RUNS_ON, problems)


def labels_problem(labels: object) -> str | None:
    """What is wrong with the labels of a runner, or None: this machine stands for any that runs Linux."""
    found = labels if isinstance(labels, list) else [labels]
    others = [str(each) for each in found if str(each).lower().startswith(_OTHER_SYSTEMS)]
    return f"got {others[0]}, expected a label of Linux: the rehearsal has this machine" if others else None


def _environment(keys: Keys, problems: Problems) -> tuple[Template | None, Template | None]:
    node = keys.get("environment")
    if node is None or not isinstance(node.value, dict):
        return keys.template("environment", places.JOB_ENVIRONMENT), None
    reason = {"deployment": "every job with an environment is a deployment"}
    inner = Keys(node, f"{keys.where}.environment", problems, ("name", "url"), reason)
    if inner.get("name") is None:
        inner.refuse("name", "got nothing, expected the name of the environment")
    return inner.template("name", places.JOB_ENVIRONMENT), inner.template("url", places.JOB_ENVIRONMENT_URL)


def _strategy(keys: Keys, problems: Problems) -> Strategy:
    node = keys.get("strategy")
    if node is None:
        return Strategy()
    inner = Keys(node, f"{keys.where}.strategy", problems, ("matrix", "fail-fast", "max-parallel"))
    matrix = inner.get("matrix")
    tree = read_tree(matrix, places.JOB_STRATEGY, problems) if matrix else None
    if matrix is None:
        inner.refuse("matrix", "got nothing, expected the axes")
    elif isinstance(matrix.value, list) or (not isinstance(matrix.value, dict) and "${{" not in matrix.text):
        inner.refuse("matrix", f"got {matrix.kind}, expected a mapping of axes to lists, or an expression")
    elif isinstance(matrix.value, dict):
        for axis, values in matrix.value.items():
            if not isinstance(values.value, list) and "${{" not in values.text:
                problems(values.line, f"{inner.where}.matrix.{axis}: got {values.kind}, expected a list")
    return Strategy(
        matrix=tree,
        fail_fast=inner.template("fail-fast", places.JOB_STRATEGY),
        max_parallel=inner.template("max-parallel", places.JOB_STRATEGY),
        line=keys.line("strategy"),
    )


def _steps(keys: Keys, line: int, problems: Problems) -> tuple[Step, ...]:
    node = keys.get("steps")
    if node is None or not isinstance(node.value, list) or not node.value:
        if keys.get("uses") is None:
            problems(node.line if node else line, f"{keys.where}.steps: got none, expected at least one")
        return ()
    steps = tuple(
        read_step(number, item, f"{keys.where}.steps[{number}]", problems) for number, item in enumerate(node.value, 1)
    )
    _refuse_twice(steps, keys.where, problems)
    return steps


def _refuse_twice(steps: tuple[Step, ...], where: str, problems: Problems) -> None:
    seen: dict[str, int] = {}
    for step in steps:
        if step.id and step.id.lower() in seen:
            problems(step.line, f"{where}: got the id {step.id} twice, the first time in line {seen[step.id.lower()]}")
        seen.setdefault(step.id.lower(), step.line)


def read_step(number: int, node: Node, where: str, problems: Problems, place: Place | None = None) -> Step:
    """A step of a job, or with `place` one of a composite action, whose expressions may use other contexts."""
    keys = Keys(node, where, problems, _STEP_KEYS, _STEP_REFUSED)
    at = {key: place or found for key, found in places.STEP.items()}
    run, uses = keys.template("run", at["run"]), keys.get("uses")
    if (run is None) == (uses is None) and isinstance(node.value, dict):
        problems(node.line, f"{where}: got {'both' if run else 'neither'}, expected run or uses")
    if uses is not None:
        for key in ("shell", "working-directory"):
            if keys.get(key):
                keys.refuse(key, "got this with uses, expected it with run only")
    elif keys.get("with"):
        keys.refuse("with", "got this with run, expected it with uses only")
    if place is not None and run is not None and keys.get("shell") is None:
        keys.refuse("shell", "got nothing, expected it: steps of actions have no default")
    name = keys.text("id")
    if name and not _ID.fullmatch(name):
        keys.refuse("id", f"got {name}, expected letters, digits, - and _")
    if run and sum(len(part) for part in run.parts if isinstance(part, str)) > _LONGEST_RUN:
        keys.refuse("run", f"got more than {_LONGEST_RUN:,} characters")
    shell = keys.template("shell", at["run"])
    if shell and shell.fixed and (wrong := shells.problem(str(shell.constant))):
        keys.refuse("shell", wrong)
    condition_place = places.COMPOSITE_IF if place else places.STEP_IF
    inputs = keys.templates("with", at["with"])
    reference = _reference(uses, where, problems) if uses else None
    for line, message in input_problems(reference, inputs) if reference else ():
        problems(line, f"{where}.with: {message}")
    return Step(
        number=number,
        line=node.line,
        id=name,
        name=keys.template("name", at["name"]),
        condition=read_condition(keys.get("if"), condition_place, problems),
        run=run,
        shell=shell,
        directory=keys.template("working-directory", at["working-directory"]),
        uses=reference,
        inputs=inputs,
        env=keys.templates("env", at["env"]),
        continue_on_error=keys.template("continue-on-error", at["continue-on-error"]),
        timeout=keys.template("timeout-minutes", at["timeout-minutes"]),
    )


def _reference(node: Node, where: str, problems: Problems) -> ActionReference | None:
    """The action; whether there is a stand-in for it, `actions` knows."""
    text = node.text.strip()
    if text.startswith("./"):
        return ActionReference(text, "", node.line)
    if text.startswith("$/"):
        expected = f"expected ./{text[2:]} after a checkout"
        problems(node.line, f"{where}.uses: the rehearsal does not support this: {text}, {expected}")
        return None
    found = _ACTION.fullmatch(text)
    if not found or text.startswith("docker://"):
        expected = "expected owner/name@ref or ./path"
        problems(node.line, f"{where}.uses: got {text or node.kind}, {expected}; the rehearsal has no containers")
        return None
    if not found["ref"]:
        problems(node.line, f"{where}.uses: got {text} without a ref, expected {text}@ and a commit")
    name = found["name"].lower()
    if name not in ACTIONS:
        known = ", ".join(sorted(ACTIONS))
        problems(node.line, f"{where}.uses: the rehearsal has no stand-in for {found['name']}; it has {known}")
    return ActionReference(name, found["ref"] or "", node.line)
