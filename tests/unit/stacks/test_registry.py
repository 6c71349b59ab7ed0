"""What the registry of a group lets whom do: the grants between accounts."""

from __future__ import annotations

import copy
from typing import Any

import pytest

USE = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
ORGANIZATION = "o-a1b2c3d4e5"


def root(account: str) -> dict[str, str]:
    return {"AWS": f"arn:aws:iam::{account}:root"}


def by_sid(policy: dict[str, Any]) -> dict[str, Any]:
    found = {statement["Sid"]: statement for statement in policy["Statement"]}
    assert len(found) == len(policy["Statement"])
    return found


@pytest.fixture(scope="module")
def live(assembly: Any) -> Any:
    return assembly.group("live")


@pytest.fixture(scope="module")
def key(assembly: Any, one: Any) -> dict[str, Any]:
    return by_sid(one(assembly.build("live"), "AWS::KMS::Key")["Properties"]["KeyPolicy"])


@pytest.fixture(scope="module")
def bucket(assembly: Any, one: Any) -> dict[str, Any]:
    return by_sid(one(assembly.build("live"), "AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"])


@pytest.fixture(scope="module")
def packages(assembly: Any, one: Any) -> dict[str, Any]:
    group = one(assembly.build("live"), "AWS::SageMaker::ModelPackageGroup")
    return by_sid(group["Properties"]["ModelPackageGroupPolicy"])


def reader(live: Any, account: str) -> Any:
    (found,) = [each for each in (*live.consumers, *live.local_consumers) if each.account == account]
    return found


def test_the_account_administers_the_key_and_does_not_use_it(key: dict[str, Any]) -> None:
    administration = key["Administration"]
    assert administration["Principal"] == root("444444444444")
    assert "Condition" not in administration
    uses = ("Decrypt", "Encrypt", "ReEncrypt", "GenerateDataKey", "CreateGrant", "Sign", "Verify", "GenerateMac", "*")
    assert [action for action in administration["Action"] if any(use in action for use in uses)] == []
    assert {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DescribeKey"} <= set(administration["Action"])


def test_training_uses_the_key_through_s3_only(key: dict[str, Any], live: Any) -> None:
    assert key["Train"] == {
        "Sid": "Train",
        "Effect": "Allow",
        "Principal": root("444444444444"),
        "Action": USE,
        "Resource": "*",
        "Condition": {
            "ArnEquals": {"aws:PrincipalArn": [live.registry.execution_role.arn, live.start_role.arn]},
            "StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
        },
    }


def test_only_the_execution_role_grants_and_only_to_aws(key: dict[str, Any], live: Any) -> None:
    granting = [sid for sid, statement in key.items() if "kms:CreateGrant" in str(statement["Action"])]
    assert granting == ["JobVolumes"]
    assert key["JobVolumes"]["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": live.registry.execution_role.arn},
        "Bool": {"kms:GrantIsForAWSResource": "true"},
    }


@pytest.mark.parametrize("account", ["555555555555", "666666666666", "444444444444"])
def test_model_execution_roles_decrypt_and_no_more(key: dict[str, Any], live: Any, account: str) -> None:
    assert key[f"Read{account}"] == {
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


def test_nobody_else_has_the_key(key: dict[str, Any]) -> None:
    readers = {f"Read{account}" for account in ("444444444444", "555555555555", "666666666666")}
    assert set(key) == {"Administration", "Train", "JobVolumes"} | readers


@pytest.mark.parametrize("account", ["555555555555", "666666666666"])
def test_consumers_read_models_and_nothing_else(bucket: dict[str, Any], live: Any, account: str) -> None:
    who = {"ArnEquals": {"aws:PrincipalArn": reader(live, account).model_execution_role.arn}}
    assert bucket[f"Get{account}"] == {
        "Sid": f"Get{account}",
        "Effect": "Allow",
        "Principal": root(account),
        "Action": "s3:GetObject",
        "Resource": f"{live.registry.bucket.arn}/models/*",
        "Condition": who,
    }
    assert bucket[f"List{account}"] == {
        "Sid": f"List{account}",
        "Effect": "Allow",
        "Principal": root(account),
        "Action": "s3:ListBucket",
        "Resource": live.registry.bucket.arn,
        "Condition": who | {"StringLike": {"s3:prefix": "models/*"}},
    }


def test_the_bucket_refuses_plain_http_and_foreign_writers(bucket: dict[str, Any], live: Any) -> None:
    assert bucket["TlsOnly"]["Effect"] == bucket["OthersOnlyRead"]["Effect"] == "Deny"
    assert bucket["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert bucket["OthersOnlyRead"]["NotAction"] == ["s3:GetObject", "s3:ListBucket"]
    assert bucket["OthersOnlyRead"]["Condition"] == {
        "StringNotEquals": {"aws:PrincipalAccount": "444444444444"},
        "Bool": {"aws:PrincipalIsAWSService": "false"},
    }
    everything = [live.registry.bucket.arn, f"{live.registry.bucket.arn}/*"]
    assert bucket["TlsOnly"]["Resource"] == bucket["OthersOnlyRead"]["Resource"] == everything
    allowed = {sid for sid, statement in bucket.items() if statement["Effect"] == "Allow"}
    assert allowed == {f"{verb}{account}" for verb in ("Get", "List") for account in ("555555555555", "666666666666")}


@pytest.mark.parametrize("account", ["555555555555", "666666666666"])
def test_deploy_roles_create_models_and_approve_nothing(packages: dict[str, Any], live: Any, account: str) -> None:
    role = f"arn:aws:iam::{account}:role/cdk-hnb659fds-cfn-exec-role-{account}-eu-west-1"
    who = {"ArnEquals": {"aws:PrincipalArn": role}}
    group, versions = packages[f"Group{account}"], packages[f"Packages{account}"]
    assert (group["Action"], group["Resource"]) == ("sagemaker:DescribeModelPackageGroup", live.models.arn)
    assert versions["Action"] == [
        "sagemaker:CreateModel",
        "sagemaker:DescribeModelPackage",
        "sagemaker:ListModelPackages",
    ]
    assert versions["Resource"] == live.models.packages_arn
    assert group["Condition"] == versions["Condition"] == who
    assert group["Principal"] == versions["Principal"] == root(account)


def test_the_build_account_itself_is_in_no_policy_between_accounts(packages: dict[str, Any]) -> None:
    assert {sid[-12:] for sid in packages} == {"555555555555", "666666666666"}


def test_principals_stand_once_where_environments_share_an_account(synthesize: Any, parameters: Any, one: Any) -> None:
    shared = copy.deepcopy(parameters)
    live = shared["deployment-groups"][1]
    live["deployEnvironments"][1]["account"] = live["deployEnvironments"][0]["account"]
    made = synthesize(shared)
    template = made.build("live")
    policies = [
        one(template, "AWS::KMS::Key")["Properties"]["KeyPolicy"],
        one(template, "AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"],
        one(template, "AWS::SageMaker::ModelPackageGroup")["Properties"]["ModelPackageGroupPolicy"],
    ]
    for policy in policies:
        foreign = [sid for sid in by_sid(policy) if sid.endswith("555555555555")]
        assert len(foreign) in (1, 2)  # one for the key, two where group and versions, or get and list, differ
    roles = by_sid(policies[0])["Read555555555555"]["Condition"]["ArnEquals"]["aws:PrincipalArn"]
    assert roles == [each.model_execution_role.arn for each in made.group("live").consumers]
    assert len(set(roles)) == 2


def test_a_group_without_consumers_shares_nothing(synthesize: Any, parameters: Any, one: Any) -> None:
    alone = copy.deepcopy(parameters)
    group = alone["deployment-groups"][0]
    group["deployEnvironments"] = [{**group["buildEnvironment"], "type": "dev"}]
    template = synthesize(alone).build("research")
    assert "ModelPackageGroupPolicy" not in one(template, "AWS::SageMaker::ModelPackageGroup")["Properties"]
    policy = by_sid(one(template, "AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"])
    assert set(policy) == {"TlsOnly", "OthersOnlyRead"}


def test_the_organization_limits_every_grant_to_another_account(synthesize: Any, parameters: Any, one: Any) -> None:
    made = synthesize({**parameters, "organization-id": ORGANIZATION})
    template, live = made.build("live"), made.group("live")
    limit = {"aws:PrincipalOrgID": ORGANIZATION}
    policies = [
        one(template, "AWS::KMS::Key")["Properties"]["KeyPolicy"],
        one(template, "AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"],
        one(template, "AWS::SageMaker::ModelPackageGroup")["Properties"]["ModelPackageGroupPolicy"],
        one(template, "AWS::IAM::Role", RoleName=live.start_role.name)["Properties"]["AssumeRolePolicyDocument"],
        {"Statement": [one(made.tooling, "AWS::Events::EventBusPolicy")["Properties"]["Statement"]]},
    ]
    checked = 0
    for policy in policies:
        for statement in policy["Statement"]:
            principal = statement["Principal"]
            if principal == "*" or principal == root("444444444444"):
                continue
            assert limit.items() <= statement["Condition"]["StringEquals"].items(), statement
            checked += 1
    assert checked == 2 + 4 + 4 + 1 + 1


def test_no_organization_no_limit(assembly: Any) -> None:
    assert "PrincipalOrgID" not in str(assembly.templates)


def test_bucket_is_private_versioned_encrypted_and_tiered(assembly: Any, one: Any, live: Any) -> None:
    properties = one(assembly.build("live"), "AWS::S3::Bucket", BucketName=live.registry.bucket.name)["Properties"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    rules = {rule.get("Prefix"): rule for rule in properties["LifecycleConfiguration"]["Rules"]}
    assert set(rules) == {None, "code/", "data/", "runs/", "models/"}
    assert not [prefix for prefix, rule in rules.items() if "ExpirationInDays" in rule]  # nothing current expires


@pytest.mark.parametrize(
    "kind", ["AWS::KMS::Key", "AWS::KMS::Alias", "AWS::S3::Bucket", "AWS::SageMaker::ModelPackageGroup"]
)
def test_the_registry_outlives_its_stack(assembly: Any, one: Any, kind: str) -> None:
    resource = one(assembly.build("live"), kind)
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
