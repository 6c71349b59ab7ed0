"""Where in a workflow file which contexts and functions may be used.

https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability
"""

from __future__ import annotations

from dataclasses import dataclass

from rehearsal.workflows.expressions.syntax import FUNCTIONS, STATUS, Call, Context, Tree, walk


@dataclass(frozen=True)
class Place:
    """A key of a workflow file: its name in GitHub's documentation, and what expressions in it may use."""

    name: str
    contexts: frozenset[str]
    functions: frozenset[str] = frozenset()

    def refusals(self, tree: Tree) -> list[str]:
        """What of an expression is not available here, a sentence each."""
        found = []
        for part in walk(tree):
            if isinstance(part, Context) and part.name not in self.contexts:
                known = ", ".join(sorted(self.contexts)) or "none"
                found.append(f"the context {part.name} is not available in {self.name}, which has {known}")
            if isinstance(part, Call) and part.function in _SPECIAL - self.functions:
                found.append(f"the function {FUNCTIONS[part.function][0]} is not available in {self.name}")
        return found


_SPECIAL = STATUS | {"hashfiles"}


def _place(name: str, contexts: str, functions: frozenset[str] = frozenset()) -> Place:
    return Place(name, frozenset(contexts.split()), functions)


_FILES = frozenset({"hashfiles"})
_BEFORE = "github inputs vars"
_JOB = f"{_BEFORE} needs strategy matrix"
_STEP = f"{_JOB} job runner env secrets steps"

RUN_NAME = _place("run-name", _BEFORE)
CONCURRENCY = _place("concurrency", _BEFORE)
ENV = _place("env", f"{_BEFORE} secrets")
JOB_CONCURRENCY = _place("jobs.<job_id>.concurrency", _JOB)
JOB_CONTINUE = _place("jobs.<job_id>.continue-on-error", _JOB)
JOB_DEFAULTS = _place("jobs.<job_id>.defaults.run", f"{_JOB} env")
JOB_ENV = _place("jobs.<job_id>.env", f"{_JOB} secrets")
JOB_ENVIRONMENT = _place("jobs.<job_id>.environment", _JOB)
JOB_ENVIRONMENT_URL = _place("jobs.<job_id>.environment.url", f"{_JOB} job runner env steps")
JOB_IF = _place("jobs.<job_id>.if", f"{_BEFORE} needs", STATUS)
JOB_NAME = _place("jobs.<job_id>.name", _JOB)
JOB_OUTPUTS = _place("jobs.<job_id>.outputs", f"{_JOB} job runner env secrets steps")
JOB_RUNS_ON = _place("jobs.<job_id>.runs-on", _JOB)
JOB_STRATEGY = _place("jobs.<job_id>.strategy", f"{_BEFORE} needs")
JOB_TIMEOUT = _place("jobs.<job_id>.timeout-minutes", _JOB)
STEP_IF = _place("jobs.<job_id>.steps.if", _STEP.replace("secrets ", ""), STATUS | _FILES)
STEP = {
    key: _place(f"jobs.<job_id>.steps.{key}", _STEP, _FILES)
    for key in ("continue-on-error", "env", "name", "run", "timeout-minutes", "with", "working-directory")
}
LITERAL = _place("this key", "")

_COMPOSITE = "github inputs strategy matrix job runner env steps"
COMPOSITE = _place("steps of a composite action", _COMPOSITE, _FILES)
COMPOSITE_IF = _place("runs.steps.if of a composite action", _COMPOSITE, STATUS | _FILES)
COMPOSITE_OUTPUT = _place("outputs.<output_id>.value of a composite action", _COMPOSITE)
