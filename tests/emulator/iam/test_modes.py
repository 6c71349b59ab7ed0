"""The modes `audit` and `off`; in a file of their own, for a new embedded AWS begins with empty back ends."""

from __future__ import annotations

import pytest

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.iam.test_decisions import ONE, REGION, document


@pytest.mark.parametrize("mode", ["audit", "off"])
def test_the_other_modes_let_through(mode: str) -> None:
    world = EmbeddedAws(accounts=[ONE], iam=mode)
    try:
        iam = world.client("iam", account=ONE, region=REGION)
        trust = document({"Principal": {"AWS": ONE}, "Action": "sts:AssumeRole"})
        arn = iam.create_role(RoleName="nothing", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        world.client("ssm", account=ONE, region=REGION, role=arn).describe_parameters()
        denials = world.iam.ledger.denials()
        assert [each["action"] for each in denials] == (["ssm:DescribeParameters"] if mode == "audit" else [])
        assert world.iam.ledger.decisions == (2 if mode == "audit" else 0)
    finally:
        world.close()


def test_a_mode_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="expected enforce, audit, off"):
        EmbeddedAws(accounts=[ONE], iam="maybe")
