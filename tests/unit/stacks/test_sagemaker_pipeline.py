"""The stack of the module sagemaker-pipeline: its resources, its definition, what it publishes."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import EXISTING, Make
from .declared import ACCOUNT, PARAMETERS, PREPROD, PROD, REGION, Declared, synthesize

EXAMPLES = Path(__file__).parents[4] / "shared" / "examples"
KEY = EXISTING["existingBucketKeyArn"]


def by_sid(policy: dict[str, Any]) -> dict[str, Any]:
    return {statement["Sid"]: statement for statement in policy["Statement"]}


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
            assert adopt.find_retained([stack], lambda _: client) == adopt.Retained()
            key = client("kms").create_key()["KeyMetadata"]
            client("kms").create_alias(AliasName=store.key_alias.name, TargetKeyId=key["KeyId"])
            place = {"LocationConstraint": REGION}
            client("s3").create_bucket(Bucket=store.bucket.name, CreateBucketConfiguration=place)
            client("sagemaker").create_model_package_group(
                ModelPackageGroupName="prices", ModelPackageGroupDescription="left behind"
            )
            found = adopt.find_retained([stack], lambda _: client).imports[declared.topology.stack_name]
            assert adopt.key_arn(client, stack.resources) == key["Arn"]
        kinds = {stack.resources[logical_id]["Type"].rpartition("::")[2]: each for logical_id, each in found.items()}
        assert kinds["Key"] == {"KeyId": key["KeyId"]}
        assert kinds["Alias"] == {"AliasName": store.key_alias.name}
        assert kinds["Bucket"] == {"BucketName": store.bucket.name}
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
            "pipeline-name": topology.pipeline.name,
            "pipeline-arn": topology.pipeline.arn,
            "execution-role-arn": topology.execution_role.arn,
            "starter-policy-arn": topology.starter.arn,
            "bucket-name": topology.store.bucket.name,
            "model-package-group-name": "prices",
            "model-package-group-arn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package-group/prices",
            "approver-policy-arn": topology.approver.arn,
            "model-execution-role-name": "shop-models-training-prices-price-model",
        }

    def test_the_starter_starts_exactly_this_pipeline(self, declared: Declared, one: Any) -> None:
        policy = one(declared.template, "AWS::IAM::ManagedPolicy", ManagedPolicyName=declared.topology.starter.name)[
            "Properties"
        ]["PolicyDocument"]
        grants = by_sid(policy)
        assert grants["Start"]["Resource"] == declared.topology.pipeline.arn
        assert grants["Executions"]["Resource"] == f"{declared.topology.pipeline.arn}/execution/*"
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


@pytest.fixture(scope="module")
def theirs(make: Make) -> Declared:
    """With settings that configurations of the accelerator have."""
    return make(pipelineName="Nightly", domainId="ssm:/studio/domain-id", additionalReadBucketNames=["more-data"])


class TestAccelerator:
    def test_the_pipeline_has_its_own_name(self, theirs: Declared, one: Any) -> None:
        assert one(theirs.template, "AWS::SageMaker::Pipeline")["Properties"]["PipelineName"] == "nightly"

    def test_cloudformation_looks_the_domain_up(self, theirs: Declared, one: Any) -> None:
        tags = one(theirs.template, "AWS::S3::Bucket")["Properties"]["Tags"]
        assert {"Key": "sagemaker:domain-id", "Value": "{{resolve:ssm:/studio/domain-id}}"} in tags

    def test_scripts_may_read_more_buckets(self, theirs: Declared, declared: Declared, one: Any) -> None:
        def read(made: Declared) -> set[str]:
            (policy,) = one(made.template, "AWS::IAM::Role")["Properties"]["Policies"]
            given = by_sid(policy["PolicyDocument"])["Read"]["Resource"]
            return set(given if isinstance(given, list) else [given])

        assert {each for each in read(theirs) if "more-data" in each} == {"arn:aws:s3:::more-data/*"}
        assert not {each for each in read(declared) if "more-data" in each}

    def test_an_existing_bucket_under_their_names(self, make: Make, one: Any) -> None:
        made = make(
            without=("preProdAccountId", "prodAccountId"),
            createModelPackageGroup=False,
            pipelineBucketName=EXISTING["existingBucketName"],
            pipelineKmsKeyArn=KEY,
        )
        assert made.topology.store.bucket.name == EXISTING["existingBucketName"]
        assert made.topology.store.key_arn == KEY
