"""Releases: what environments of other accounts may read, who writes them, and that training does not."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from .conftest import StorePolicies

ORGANIZATION = "o-a1b2c3d4e5"
CONSUMERS = ["555555555555", "666666666666"]


def root(account: str) -> dict[str, str]:
    return {"AWS": f"arn:aws:iam::{account}:root"}


@pytest.fixture(scope="module")
def live(assembly: Any) -> Any:
    return assembly.group("live")


@pytest.fixture(scope="module")
def releases(assembly: Any, live: Any) -> StorePolicies:
    return StorePolicies.of(assembly.build("live"), live.releases, live.releases.models)


def reader(live: Any, account: str) -> Any:
    (found,) = [each for each in (*live.consumers, *live.local_consumers) if each.account == account]
    return found


@pytest.mark.parametrize("account", [*CONSUMERS, "444444444444"])
def test_model_execution_roles_decrypt_and_no_more(releases: StorePolicies, live: Any, account: str) -> None:
    assert releases.key[f"Read{account}"] == {
        "Sid": f"Read{account}",
        "Effect": "Allow",
        "Principal": root(account),
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {
            "ArnEquals": {"aws:PrincipalArn": reader(live, account).model_execution_role.arn},
            "StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
        },
    }


def test_only_who_releases_and_records_encrypts(releases: StorePolicies, live: Any) -> None:
    readers = {f"Read{account}" for account in (*CONSUMERS, "444444444444")}
    assert set(releases.key) == {"Administration", "Release", "Record", "DescribeOther"} | readers
    for sid, role, actions in (
        ("Release", live.releases.role, ["kms:Decrypt", "kms:GenerateDataKey"]),
        ("Record", live.releases.recorder.role, "kms:GenerateDataKey"),
    ):
        assert releases.key[sid]["Action"] == actions
        assert releases.key[sid]["Condition"] == {
            "ArnEquals": {"aws:PrincipalArn": role.arn},
            "StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
        }


def test_consumers_in_other_accounts_describe_the_key(releases: StorePolicies, live: Any) -> None:
    roles = [reader(live, account).model_execution_role.arn for account in CONSUMERS]
    assert releases.key["DescribeOther"] == {
        "Sid": "DescribeOther",
        "Effect": "Allow",
        "Principal": {"AWS": [root(account)["AWS"] for account in CONSUMERS]},
        "Action": "kms:DescribeKey",
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": roles}},
    }


@pytest.mark.parametrize("account", CONSUMERS)
def test_consumers_read_models_and_nothing_else(releases: StorePolicies, live: Any, account: str) -> None:
    who = {"ArnEquals": {"aws:PrincipalArn": reader(live, account).model_execution_role.arn}}
    assert releases.bucket[f"Get{account}"] == {
        "Sid": f"Get{account}",
        "Effect": "Allow",
        "Principal": root(account),
        "Action": "s3:GetObject",
        "Resource": f"{live.releases.bucket.arn}/models/*",
        "Condition": who,
    }
    assert releases.bucket[f"List{account}"] == {
        "Sid": f"List{account}",
        "Effect": "Allow",
        "Principal": root(account),
        "Action": "s3:ListBucket",
        "Resource": live.releases.bucket.arn,
        "Condition": who | {"StringLike": {"s3:prefix": "models/*"}},
    }
    allowed = {sid for sid, statement in releases.bucket.items() if statement["Effect"] == "Allow"}
    assert allowed == {f"{verb}{each}" for verb in ("Get", "List") for each in CONSUMERS}


@pytest.mark.parametrize("account", CONSUMERS)
def test_deploy_roles_create_models_and_approve_nothing(releases: StorePolicies, live: Any, account: str) -> None:
    role = f"arn:aws:iam::{account}:role/cdk-hnb659fds-cfn-exec-role-{account}-eu-west-1"
    who, models = {"ArnEquals": {"aws:PrincipalArn": role}}, live.releases.models
    group, versions = releases.packages[f"Group{account}"], releases.packages[f"Packages{account}"]
    assert (group["Action"], group["Resource"]) == ("sagemaker:DescribeModelPackageGroup", models.arn)
    assert versions["Action"] == [
        "sagemaker:CreateModel",
        "sagemaker:DescribeModelPackage",
        "sagemaker:ListModelPackages",
    ]
    assert versions["Resource"] == models.packages_arn
    assert group["Condition"] == versions["Condition"] == who
    assert group["Principal"] == versions["Principal"] == root(account)


def test_the_build_account_itself_is_in_no_policy_between_accounts(releases: StorePolicies) -> None:
    assert {sid[-12:] for sid in releases.packages} == set(CONSUMERS)


@pytest.mark.parametrize("which", ["execution_role", "start_role"])
def test_no_role_of_training_has_a_right_on_releases(assembly: Any, live: Any, one: Any, which: str) -> None:
    role = live.start_role if which == "start_role" else live.registry.execution_role
    own = json.dumps(one(assembly.build("live"), "AWS::IAM::Role", RoleName=role.name)["Properties"]["Policies"])
    for name in (live.releases.bucket.name, live.releases.models.name, live.releases.key_alias.name):
        assert name not in own
    store = StorePolicies.of(assembly.build("live"), live.releases, live.releases.models)
    assert role.arn not in json.dumps([store.key, store.bucket, store.packages])


def test_who_releases_approves_no_candidate_and_deletes_nothing(assembly: Any, live: Any, one: Any) -> None:
    role = one(assembly.build("live"), "AWS::IAM::Role", RoleName=live.releases.role.name)
    statements = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    by_sid = {each["Sid"]: each for each in statements}
    assert by_sid["Candidate"]["Action"] == "sagemaker:DescribeModelPackage"
    assert by_sid["Release"]["Resource"] == [live.releases.models.arn, live.releases.models.packages_arn]
    assert by_sid["Release"]["Condition"] == {"StringEquals": {"sagemaker:ModelApprovalStatus": "Approved"}}
    text = json.dumps(statements)
    assert "Delete" not in text and "UpdateModelPackage" not in text
    assert by_sid["Copies"]["Resource"] == f"{live.releases.bucket.arn}/models/*"


def test_what_is_recorded_nobody_deletes_or_expires(releases: StorePolicies) -> None:
    rules = releases.resources["bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert [rule["Id"] for rule in rules] == ["unfinished-uploads"]


def test_principals_stand_once_where_environments_share_an_account(synthesize: Any, parameters: Any) -> None:
    shared = copy.deepcopy(parameters)
    group = shared["deployment-groups"][1]
    group["deployEnvironments"][1]["account"] = group["deployEnvironments"][0]["account"]
    made = synthesize(shared)
    live = made.group("live")
    store = StorePolicies.of(made.build("live"), live.releases, live.releases.models)
    for policy in (store.key, store.bucket, store.packages):
        foreign = [sid for sid in policy if sid.endswith("555555555555")]
        assert len(foreign) in (1, 2)  # one for the key, two where group and versions, or get and list, differ
    roles = store.key["Read555555555555"]["Condition"]["ArnEquals"]["aws:PrincipalArn"]
    assert roles == [each.model_execution_role.arn for each in live.consumers]
    assert len(set(roles)) == 2


def test_a_group_without_consumers_shares_nothing(synthesize: Any, parameters: Any) -> None:
    alone = copy.deepcopy(parameters)
    group = alone["deployment-groups"][0]
    group["deployEnvironments"] = [{**group["buildEnvironment"], "type": "dev"}]
    made = synthesize(alone)
    research = made.group("research")
    store = StorePolicies.of(made.build("research"), research.releases, research.releases.models)
    assert store.packages == {}
    assert set(store.bucket) == {"TlsOnly", "OthersOnlyRead"}


def test_the_organization_limits_every_grant_to_another_account(synthesize: Any, parameters: Any, one: Any) -> None:
    made = synthesize({**parameters, "organization-id": ORGANIZATION})
    template, live = made.build("live"), made.group("live")
    limit = {"aws:PrincipalOrgID": ORGANIZATION}
    store = StorePolicies.of(template, live.releases, live.releases.models)
    trusts = [
        one(template, "AWS::IAM::Role", RoleName=each.name)["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        for each in (live.start_role, live.releases.role)
    ]
    bus = [one(made.tooling, "AWS::Events::EventBusPolicy")["Properties"]["Statement"]]
    checked = 0
    for policy in (*(each.values() for each in (store.key, store.bucket, store.packages)), *trusts, bus):
        for statement in policy:
            principal = statement["Principal"]
            if principal == "*" or principal == root("444444444444"):
                continue
            assert limit.items() <= statement["Condition"]["StringEquals"].items(), statement
            checked += 1
    assert checked == 3 + 4 + 4 + 1 + 1 + 1


def test_no_organization_no_limit(assembly: Any) -> None:
    assert "PrincipalOrgID" not in str(assembly.templates)


@pytest.mark.parametrize("resource", ["key", "alias", "bucket", "group"])
def test_releases_outlive_their_stack(releases: StorePolicies, resource: str) -> None:
    found = releases.resources[resource]
    assert found["DeletionPolicy"] == found["UpdateReplacePolicy"] == "Retain"


def test_a_registration_is_recorded_before_anything_can_change_it(assembly: Any, live: Any, one: Any) -> None:
    template = assembly.build("live")
    recorder = live.releases.recorder
    rule = one(template, "AWS::Events::Rule", Name=recorder.rule)["Properties"]
    assert rule["EventPattern"]["detail"] == {
        "ModelPackageGroupName": [live.models.name],
        "UpdatedModelPackageFields": [{"exists": False}],
    }
    machine = one(template, "AWS::StepFunctions::StateMachine")["Properties"]
    states = json.loads(machine["DefinitionString"])["States"]
    assert list(states) == ["Version", "Uploads", "Record"]
    assert states["Uploads"]["Parameters"] == {"Bucket": live.registry.bucket.name}
    assert states["Record"]["Parameters"]["Bucket"] == live.releases.bucket.name
