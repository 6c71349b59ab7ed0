"""IAM and STS."""

from __future__ import annotations

import time

from tests.live.probe import Fact, Scene, code, probe
from tests.live.resources import account_trust, allow, make_role, session


@probe(
    Fact(
        "assume-role-by-resource-account",
        "`aws:ResourceAccount` is a condition key of `sts:AssumeRole`: the role of the account that is named may be "
        "assumed, the role of another may not",
        "modulestack.yaml",
        "the account that is named: accepted, another one: refused: AccessDenied",
    )
)
def assume_role_by_resource_account(scene: Scene) -> str:
    other = make_role(scene, "target", account_trust(scene.partition, scene.accounts[0]), number=1)
    seen = []
    for word, account in (("named", scene.accounts[1]), ("other", scene.accounts[0])):
        condition = {"StringEquals": {"aws:ResourceAccount": account}}
        statement = allow("sts:AssumeRole", other, Condition=condition)
        arn = make_role(scene, word, account_trust(scene.partition, scene.accounts[0]), statement)
        seen.append(_second_step(scene, arn, other, accepted=word == "named"))
    return f"the account that is named: {seen[0]}, another one: {seen[1]}"


def _second_step(scene: Scene, first: str, second: str, *, accepted: bool) -> str:
    """Whether a session of the role `first` may assume `second`; an expected success is waited for."""
    call = session(scene, first, "sts").assume_role
    return (scene.accepted if accepted else code)(call, RoleArn=second, RoleSessionName="probe")


@probe(
    Fact(
        "role-is-ready-when-it-exists",
        "a role can be assumed within 30 seconds of CloudFormation or IAM saying that it exists: endpoints are made "
        "that soon after the model execution role",
        "model_cicd/constructs/model_role.py",
        "within 30 s",
        embedded="its changes take effect at once unless they are told to take as long as on AWS",
    )
)
def role_is_ready(scene: Scene) -> str:
    arn = make_role(scene, "fresh", account_trust(scene.partition, scene.accounts[0]))
    began = time.monotonic()
    sts = scene.client("sts")
    scene.wait(lambda: code(sts.assume_role, RoleArn=arn, RoleSessionName="probe") == "accepted" or None, "a role")
    seconds = time.monotonic() - began
    return "within 30 s" if seconds <= 30 else f"after {seconds:.0f} s"
