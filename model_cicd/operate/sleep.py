"""`model-cicd sleep` and `model-cicd wake`: an environment without its endpoint, and back on the same release.

The stack is updated as a promotion would, with the template and the parameters that it has: only `Asleep` is
another (docs/adr/0040-sleep.md).
"""

from __future__ import annotations

from collections.abc import Callable

from model_cicd.aws.accounts import parameters
from model_cicd.aws.sleep import ASLEEP
from model_cicd.operate.access import Access
from model_cicd.operate.records import Group, Place
from model_cicd.operate.serving import PARAMETER
from model_cicd.operate.update import change, deployed
from model_cicd.promotion.redeploy import Redeployment
from model_cicd.text.errors import ModelCicdError

_CHANGE_SET = "model-cicd-sleep"


def sleep(access: Access, group: Group, place: Place, say: Callable[[str], None]) -> str:
    """Take the endpoint of `place` away; gives back what was done. Raises ModelCicdError, for prod always."""
    if place.is_prod:
        raise ModelCicdError(f"{group.name}: {place.name} is a prod environment, and prod never sleeps")
    return _set(access, group, place, asleep=True, say=say)


def wake(access: Access, group: Group, place: Place, say: Callable[[str], None]) -> str:
    """Make the endpoint of `place` again, on the release that it had; gives back what was done. Raises as `_set`."""
    return _set(access, group, place, asleep=False, say=say)


def _set(access: Access, group: Group, place: Place, *, asleep: bool, say: Callable[[str], None]) -> str:
    """Waits for the update.

    Raises ModelCicdError where the environment serves nothing, has no setting `asleep`, or cannot be updated.
    """
    client = access.as_role("cloudformation", role_arn=place.deploy_role_arn, region=place.region)
    stack = deployed(access, client, place)
    given = parameters(stack)
    if ASLEEP not in given:
        hint = "set endpoint.asleep of the environment, apply, and promote a version: {} is enough for these commands"
        raise ModelCicdError(f"{group.name}: {place.name} cannot sleep: {hint}")
    version = f"version {given.get('Version', 'unknown')} ({given[PARAMETER]})"
    if (given[ASLEEP] == "true") is asleep:
        return f"{group.name}: {place.name} {'sleeps already' if asleep else 'is awake'}, on {version}"
    say(f"{group.name}: {place.name} {'falls asleep' if asleep else 'wakes'} on {version}")
    wanted = {ASLEEP: "true" if asleep else "false"}
    change(access, client, place, Redeployment(stack, wanted, place.cfn_exec_role_arn, _CHANGE_SET))
    state = "sleeps and has no endpoint" if asleep else "serves again"
    return f"{group.name}: {place.name} {state}, {version}"
