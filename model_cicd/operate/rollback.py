"""`model-cicd rollback`: one environment back on the version it served before, at once and nowhere else.

The endpoint stack is updated as the promotion pipeline would update it, through the CDK bootstrap roles of the
environment's account, with the template that is deployed there and the parameters that the earlier version had.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from model_cicd.aws import shadow
from model_cicd.aws.accounts import parameters
from model_cicd.aws.notifications import SOURCE, rolled_back_detail_type
from model_cicd.aws.sleep import ASLEEP
from model_cicd.operate import packages, promotions
from model_cicd.operate.access import Access, DeniedError
from model_cicd.operate.confirm import confirm
from model_cicd.operate.promotions import Promotion
from model_cicd.operate.records import Group, Place
from model_cicd.operate.serving import PARAMETER
from model_cicd.operate.update import change, deployed
from model_cicd.promotion.redeploy import Redeployment, rollback_token
from model_cicd.text.errors import ModelCicdError

_CHANGE_SET = "model-cicd-rollback"


def rollback(
    access: Access, group: Group, place: Place, number: int | None, *, yes: bool, say: Callable[[str], None]
) -> str:
    """Put `place` back on the version it served before, or on version `number` of those it ever served.

    Waits until it serves. Raises ModelCicdError when no earlier version is known, when that version is not approved any
    more, or when the update fails, in which case the environment stays as it was.
    """
    client = access.as_role("cloudformation", role_arn=place.deploy_role_arn, region=place.region)
    stack = deployed(access, client, place)
    served = parameters(stack)
    current, now = served[PARAMETER], f"version {served.get('Version', 'unknown')}"
    target = earlier(promotions.history(promotions.deployments(access, group), place), current, number)
    if target is None:
        what = f"version {number} was never promoted" if number else "no earlier version was promoted"
        hint = f"; `model-cicd promote {group.name} VERSION` promotes one through every environment"
        raise ModelCicdError(f"{group.name}: {place.name} serves {now} and {what} there{hint}")
    _still_approved(access, group, target.version, say)
    moves = f"{place.name} goes from {now} to version {target.version}"
    confirm([place], f"{group.name}: {moves}; this", yes=yes)
    say(f"{group.name}: {moves} ({target.release_arn}, {target.parameters.get('Digest', 'no digest')})")
    _update(access, client, place, stack, target)
    _tell(access, group, place, target.version, say)
    if left := served.get("Version"):
        say(
            f"version {left} stays approved: `model-cicd reject {group.name} {left} --reason ...` keeps trainings from "
            "being compared with it, and promotions from bringing it back"
        )
    return f"{group.name}: {place.name} serves version {target.version}"


def earlier(history: Iterable[Promotion], current: str, number: int | None) -> Promotion | None:
    """The promotion to go back to: of version `number`, or the last one of another release before `current` (ARN).

    Releases promoted after `current` are passed over: they were rolled back already, so that a second rollback goes
    further back and not forth again.
    """
    past = list(history)
    if number is not None:
        return next((each for each in past if each.version == number and each.release_arn != current), None)
    reached = next((index for index, each in enumerate(past) if each.release_arn == current), -1)
    return next((each for each in past[reached + 1 :] if each.release_arn != current), None)


def _still_approved(access: Access, group: Group, number: int, say: Callable[[str], None]) -> None:
    """A release stays approved for SageMaker when somebody rejects the version that it was made of."""
    try:
        status = packages.version(access, group, number).status
    except DeniedError as error:
        say(f"whether version {number} is still approved cannot be seen: {error.short}")
        return
    if status != packages.APPROVED:
        hint = "name another one with --to (model-cicd status shows them)"
        if status == packages.PENDING:
            hint = f"approve it first, or {hint}"
        raise ModelCicdError(f"{group.name}: version {number} is {status} and cannot be deployed; {hint}")


def _update(access: Access, client: Any, place: Place, stack: dict[str, Any], target: Promotion) -> None:
    token = rollback_token(target.version)
    known = parameters(stack)
    plain = {ASLEEP: "false", shadow.PARAMETER: shadow.NOBODY}
    given = {**target.parameters, **{name: value for name, value in plain.items() if name in known}}
    change(access, client, place, Redeployment(stack, given, place.cfn_exec_role_arn, _CHANGE_SET, token))


def _tell(access: Access, group: Group, place: Place, version: int, say: Callable[[str], None]) -> None:
    """An event of the tooling account, of which rules tell people; that it cannot be put is no failure."""
    who = re.sub(r"[^\w:/@.+=,-]", " ", access.who)  # it stands in a message, in which nothing is escaped
    entry = {
        "Source": SOURCE,
        "DetailType": rolled_back_detail_type(group.pipeline_name),
        "Detail": json.dumps({"environment": place.name, "version": version, "who": who}),
    }
    try:
        events = access.client("events", account=group.tooling_account, region=group.tooling_region)
        with access.asking("events:PutEvents", f"the default event bus of account {group.tooling_account}"):
            events.put_events(Entries=[entry])
    except DeniedError as error:
        say(f"who has notifications was not told: {error.short}")
