"""What the role of a declared pipeline may do, and what the module shares with whom."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import EXISTING, Make
from .declared import ACCOUNT, ORGANIZATION, PARAMETERS, PREPROD, PROD, REGION, Declared

KEY = EXISTING["existingBucketKeyArn"]


@pytest.fixture(scope="module")
def role(declared: Declared, statements: Any) -> dict[str, Any]:
    found: dict[str, Any] = statements(declared.template, declared.topology.execution_role.name)
    return found


def by_sid(policy: dict[str, Any]) -> dict[str, Any]:
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


class TestRole:
    def test_sagemaker_of_this_account_takes_it_on(self, declared: Declared, one: Any) -> None:
        (trust,) = one(declared.template, "AWS::IAM::Role")["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}

    def test_it_reads_what_the_steps_read(self, declared: Declared, role: dict[str, Any]) -> None:
        bucket = f"{declared.topology.store.bucket.arn}/"
        place = f"{declared.topology.pipeline.name}/*"
        script, *others = sorted(listed(role["Read"]["Resource"]))
        assert script.startswith(f"arn:aws:s3:::cdk-hnb659fds-assets-{ACCOUNT}-{REGION}/model-cicd/")
        assert script.endswith("/prepare.py*")
        assert others == ["arn:aws:s3:::raw-data/prices/*", f"{bucket}models/{place}", f"{bucket}runs/{place}"]

    def test_it_writes_to_its_own_prefixes_only(self, declared: Declared, role: dict[str, Any]) -> None:
        bucket = f"{declared.topology.store.bucket.arn}/"
        place = f"{declared.topology.pipeline.name}/*"
        assert role["Write"]["Resource"] == [f"{bucket}runs/{place}", f"{bucket}models/{place}"]
        assert sorted(role["Write"]["Action"]) == ["s3:AbortMultipartUpload", "s3:PutObject"]

    def test_it_makes_the_kinds_of_jobs_that_there_are(self, role: dict[str, Any]) -> None:
        kinds = {action.removeprefix("sagemaker:") for action in role["Jobs"]["Action"]}
        assert kinds == {
            f"{verb}{kind}Job" for verb in ("Create", "Describe", "Stop") for kind in ("Processing", "Training")
        }
        assert all(arn.endswith("/pipelines-*") for arn in role["Jobs"]["Resource"])

    def test_it_registers_what_awaits_approval_and_approves_nothing(
        self, declared: Declared, role: dict[str, Any]
    ) -> None:
        group = declared.topology.group
        assert role["Register"]["Resource"] == [group.arn, group.packages_arn]
        statuses = role["Register"]["Condition"]["StringEquals"]["sagemaker:ModelApprovalStatus"]
        assert listed(statuses) == ["PendingManualApproval"]
        assert "UpdateModelPackage" not in json.dumps(role)

    def test_it_pulls_the_images_that_are_named(self, role: dict[str, Any]) -> None:
        assert role["Images"]["Resource"] == [
            f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/prepare",
            f"arn:aws:ecr:{REGION}:141502667606:repository/sagemaker-xgboost",
        ]

    def test_it_passes_itself_to_sagemaker_only(self, declared: Declared, role: dict[str, Any]) -> None:
        assert role["PassItself"]["Resource"] == declared.topology.execution_role.arn
        assert role["PassItself"]["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}

    def test_without_steps_of_a_kind_it_may_not_make_them(self, make: Make, statements: Any) -> None:
        steps = PARAMETERS["pipeline"]["steps"][:1]
        made = make(without=("modelPackageGroupName",), pipeline={"steps": steps})
        grants = statements(made.template, made.topology.execution_role.name)
        assert "Register" not in grants
        assert "TrainingJob" not in json.dumps(grants)
        assert not [sid for sid in grants if "Network" in sid]

    def test_in_a_vpc_it_makes_interfaces_in_exactly_these_subnets(self, full: Declared, statements: Any) -> None:
        grants = statements(full.template, full.topology.execution_role.name)
        ec2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
        assert set(grants["NetworkInterfaces"]["Resource"]) == {
            f"{ec2}:network-interface/*",
            f"{ec2}:subnet/subnet-0123abcd",
            f"{ec2}:security-group/sg-0123abcd",
        }

    def test_an_existing_bucket_with_its_key(self, existing: Declared, statements: Any) -> None:
        grants = statements(existing.template, existing.topology.execution_role.name)
        assert all(arn.startswith("arn:aws:s3:::our-models/") for arn in grants["Write"]["Resource"])
        assert grants["Key"]["Resource"] == KEY
        assert grants["Key"]["Condition"] == {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}


class TestSharing:
    @pytest.fixture(scope="class")
    def policies(self, declared: Declared, one: Any) -> dict[str, dict[str, Any]]:
        template = declared.template
        return {
            "key": by_sid(one(template, "AWS::KMS::Key")["Properties"]["KeyPolicy"]),
            "bucket": by_sid(one(template, "AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"]),
            "group": by_sid(
                one(template, "AWS::SageMaker::ModelPackageGroup")["Properties"]["ModelPackageGroupPolicy"]
            ),
        }

    @pytest.mark.parametrize("account", [PREPROD, PROD])
    def test_models_are_read_by_one_role_of_each_account(
        self, declared: Declared, policies: dict[str, Any], account: str
    ) -> None:
        role = f"arn:aws:iam::{account}:role/shop-models-training-prices-price-model"
        who = {"ArnEquals": {"aws:PrincipalArn": role}}
        root = {"AWS": f"arn:aws:iam::{account}:root"}
        key, get = policies["key"][f"Read{account}"], policies["bucket"][f"Get{account}"]
        assert (key["Action"], key["Principal"]) == ("kms:Decrypt", root)
        assert key["Condition"] == who | {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
        assert (get["Action"], get["Principal"], get["Condition"]) == ("s3:GetObject", root, who)
        assert get["Resource"] == f"{declared.topology.store.bucket.arn}/models/*"
        prefix = policies["bucket"][f"List{account}"]["Condition"]["StringLike"]["s3:prefix"]
        assert prefix == "models/*"

    @pytest.mark.parametrize("account", [PREPROD, PROD])
    def test_models_are_made_by_the_deploy_role_which_approves_nothing(
        self, declared: Declared, policies: dict[str, Any], account: str
    ) -> None:
        role = f"arn:aws:iam::{account}:role/cdk-hnb659fds-cfn-exec-role-{account}-{REGION}"
        group, packages = policies["group"][f"Group{account}"], policies["group"][f"Packages{account}"]
        assert group["Condition"] == packages["Condition"] == {"ArnEquals": {"aws:PrincipalArn": role}}
        assert packages["Action"] == [
            "sagemaker:CreateModel",
            "sagemaker:DescribeModelPackage",
            "sagemaker:ListModelPackages",
        ]
        assert packages["Resource"] == declared.topology.group.packages_arn

    def test_nobody_else_is_in_the_policies(self, policies: dict[str, Any]) -> None:
        accounts = (PREPROD, PROD)
        readers = {f"Read{each}" for each in accounts} | {"DescribeOther"}
        assert set(policies["key"]) == {"Administration", "Train", "JobVolumes"} | readers
        assert set(policies["bucket"]) == {"TlsOnly", "OthersOnlyRead"} | {
            f"{verb}{each}" for verb in ("Get", "List") for each in accounts
        }
        assert set(policies["group"]) == {f"{what}{each}" for what in ("Group", "Packages") for each in accounts}

    def test_only_the_execution_role_uses_the_key(self, declared: Declared, policies: dict[str, Any]) -> None:
        role = {"aws:PrincipalArn": declared.topology.execution_role.arn}
        assert policies["key"]["Train"]["Condition"]["ArnEquals"] == role
        assert policies["key"]["JobVolumes"]["Condition"]["ArnEquals"] == role

    def test_the_organization_and_the_role_of_the_settings_limit_it(self, full: Declared, one: Any) -> None:
        policy = by_sid(one(full.template, "AWS::KMS::Key")["Properties"]["KeyPolicy"])
        condition = policy[f"Read{PROD}"]["Condition"]
        assert condition["StringEquals"]["aws:PrincipalOrgID"] == ORGANIZATION
        assert condition["ArnEquals"] == {"aws:PrincipalArn": f"arn:aws:iam::{PROD}:role/serve"}

    def test_one_account_for_both_stands_once_and_the_own_account_in_the_key_only(self, make: Make, one: Any) -> None:
        made = make(preProdAccountId=ACCOUNT, prodAccountId=ACCOUNT)
        assert [each.account for each in made.topology.own_consumers] == [ACCOUNT]
        assert "ModelPackageGroupPolicy" not in one(made.template, "AWS::SageMaker::ModelPackageGroup")["Properties"]
        bucket = by_sid(one(made.template, "AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"])
        assert set(bucket) == {"TlsOnly", "OthersOnlyRead"}
        assert f"Read{ACCOUNT}" in by_sid(one(made.template, "AWS::KMS::Key")["Properties"]["KeyPolicy"])

    def test_without_accounts_nothing_is_shared(self, make: Make, one: Any) -> None:
        made = make(without=("preProdAccountId", "prodAccountId"))
        assert "ModelPackageGroupPolicy" not in one(made.template, "AWS::SageMaker::ModelPackageGroup")["Properties"]
        assert set(by_sid(one(made.template, "AWS::KMS::Key")["Properties"]["KeyPolicy"])) == {
            "Administration",
            "Train",
            "JobVolumes",
        }
