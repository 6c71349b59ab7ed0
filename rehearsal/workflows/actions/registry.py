"""Which stand-in runs for which action."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rehearsal.workflows.action_inputs import ACTIONS
from rehearsal.workflows.actions import artifacts, aws_credentials, cache, checkout, setup_python
from rehearsal.workflows.actions.composite import run_composite
from rehearsal.workflows.steps import Call

STAND_INS: Mapping[str, Callable[[Call], None]] = {
    "actions/checkout": checkout.run,
    "actions/setup-python": setup_python.run,
    "actions/upload-artifact": artifacts.upload,
    "actions/download-artifact": artifacts.download,
    "actions/cache": cache.run,
    "actions/cache/restore": cache.restore,
    "actions/cache/save": cache.save,
    "aws-actions/configure-aws-credentials": aws_credentials.run,
}


def use(call: Call) -> None:
    """Run the action of a step, its inputs completed by their defaults. Raises ActionError, JobError, OSError."""
    assert call.step.uses
    name = call.step.uses.name
    if call.step.uses.local:
        run_composite(call, use)
        return
    defaults = {key.lower(): value for key, value in ACTIONS[name].defaults.items()}
    call.inputs = defaults | {key: value for key, value in call.inputs.items() if value}
    STAND_INS[name](call)
