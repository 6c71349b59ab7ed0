"""The roles of a rehearsal's people: each has the rights of one policy, whoever else has its name."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.job.approver import ensure_role
from tests.emulator.conftest import ACCOUNTS, REGION, Client


def test_groups_of_one_name_have_people_of_their_own(world: EmbeddedAws, client: Client) -> None:
    iam = client("iam")
    statement = {"Effect": "Allow", "Action": "sagemaker:UpdateModelPackage", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    policies = [iam.create_policy(PolicyName=each, PolicyDocument=document)["Policy"]["Arn"] for each in ("one", "two")]

    def ensured(policy: str) -> str:
        name = f"lead-of-{'long-' * 20}"
        return ensure_role(world, account=ACCOUNTS[0], region=REGION, name=name, policy_arn=policy)

    with ThreadPoolExecutor() as pool:
        one, two, again = pool.map(ensured, [*policies, policies[0]])
    assert one == again != two
    for role, policy in zip((one, two), policies, strict=True):
        attached = iam.list_attached_role_policies(RoleName=role.rpartition("/")[2])["AttachedPolicies"]
        assert [each["PolicyArn"] for each in attached] == [policy]
