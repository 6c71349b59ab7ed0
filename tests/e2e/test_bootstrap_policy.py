"""The policy that docs/bootstrap.md gives deploy accounts is enough to delete, make and replace an endpoint."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.by_hand import DEV_BUILD, REGION, TOOLING, Kept, wait
from tests.e2e.promotions import Promotions

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kept")]

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / "manifests" / "local" / "deployment.yaml"
GROUP = "experimenation-deployment-group"
DEPLOY = "123456789014"  # the last environment of the group
PREFIX = "modelcicd-local"  # the beginning that the names of the deployment share: long ones are cut
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def published() -> str:
    """The policy, filled in for the account."""
    page = (ROOT / "docs" / "bootstrap.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    for name, value in (("DEPLOY", DEPLOY), ("BUILD", DEV_BUILD), ("REGION", REGION), ("PREFIX", PREFIX)):
        text = text.replace(name, value)
    return json.dumps(json.loads(text))


@contextmanager
def narrowed(kept: Kept) -> Iterator[None]:
    """The account's execution role with that policy in the place of AdministratorAccess."""
    iam, role = kept.client("iam", DEPLOY), f"cdk-hnb659fds-cfn-exec-role-{DEPLOY}-{REGION}"
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [ADMINISTRATOR]
    iam.put_role_policy(RoleName=role, PolicyName="published", PolicyDocument=published())
    iam.detach_role_policy(RoleName=role, PolicyArn=ADMINISTRATOR)
    try:
        yield
    finally:
        iam.attach_role_policy(RoleName=role, PolicyArn=ADMINISTRATOR)
        iam.delete_role_policy(RoleName=role, PolicyName="published")


def test_endpoints_are_deleted_made_and_replaced_with_the_published_policy(kept: Kept) -> None:
    group = Promotions(kept, GROUP, TOOLING, MANIFEST)
    place: dict[str, Any] = next(each for each in group.places if each["account"] == DEPLOY)
    stacks = kept.client("cloudformation", DEPLOY)
    with narrowed(kept):
        stacks.delete_stack(StackName=place["stack"])

        def ended() -> str | None:
            found = [each for each in stacks.describe_stacks()["Stacks"] if each["StackName"] == place["stack"]]
            if not found:
                return "gone"
            return "failed" if found[0]["StackStatus"] == "DELETE_FAILED" else None

        outcome = wait(ended, 60, "the stack to go")
        events = stacks.describe_stack_events(StackName=place["stack"])["StackEvents"] if outcome == "failed" else []
        assert outcome == "gone", [each.get("ResourceStatusReason") for each in events]
        for _ in ("made", "replaced"):
            group.promoted(group.register())
            assert len(group.answer(place, ",".join(["0.01"] * 10))) == 1
