"""The endpoint stack, one template for each kind of hosting."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="module")
def default(assembly: Any) -> Any:
    (template,) = assembly.endpoints.values()
    return template


@pytest.fixture(scope="module")
def with_settings(synthesize: Any, parameters: Any) -> Callable[..., Any]:
    """`with_settings(endpoint)`: the template of an environment with these settings."""

    def make(endpoint: dict[str, Any]) -> Any:
        changed = copy.deepcopy(parameters)
        changed["deployment-groups"][1]["deployEnvironments"][1]["endpoint"] = endpoint
        return synthesize(changed).endpoint("live", "shop")

    return make


@pytest.fixture(scope="module")
def canary(with_settings: Any) -> Any:
    return with_settings(
        {
            "instanceType": "ml.c5.xlarge",
            "autoscaling": {"minCapacity": 2, "maxCapacity": 6, "targetInvocationsPerInstance": 500},
            "vpc": {"subnetIds": ["subnet-01234567"], "securityGroupIds": ["sg-01234567"]},
            "dataCapture": {"percentage": 10, "prefix": "s3://captured/shop"},
            "deployment": {
                "strategy": "canary",
                "stepPercent": 50,
                "waitMinutes": 2,
                "terminationWaitMinutes": 3,
                "alarms": {"latencyMs": {"threshold": 250, "statistic": "p95"}},
            },
        }
    )


@pytest.fixture(scope="module")
def serverless(with_settings: Any) -> Any:
    return with_settings({"serverless": {"memorySizeInMb": 3072, "maxConcurrency": 7}})


def role_statements(template: Any, find: Any) -> dict[str, Any]:
    (role,) = find(template, "AWS::IAM::Role")
    (policy,) = role["Properties"]["Policies"]
    return {each["Sid"]: each for each in policy["PolicyDocument"]["Statement"]}


def test_it_names_no_account_and_no_environment(default: Any) -> None:
    text = json.dumps(default)
    assert not [word for word in ("444444444444", "666666666666", "eu-west-1", "shop", "live") if word in text]


def test_environments_of_equal_settings_share_it(assembly: Any) -> None:
    assert len(assembly.endpoints) == 1
    assert sum(len(group.promotion.targets) for group in assembly.topology.groups) == 5


def test_a_template_fits_an_api_call(default: Any, canary: Any) -> None:
    """51,200 bytes; beyond, CodePipeline would have to store it in the artifact bucket with the deploy role."""
    assert len(json.dumps(default, indent=1)) < 51_200 and len(json.dumps(canary, indent=1)) < 51_200


def test_the_model_is_made_anew_and_the_endpoint_keeps_its_name(default: Any, one: Any) -> None:
    model = one(default, "AWS::SageMaker::Model")["Properties"]
    assert model["PrimaryContainer"] == {"ModelPackageName": {"Ref": "ModelPackageArn"}}
    assert model["EnableNetworkIsolation"] is True
    assert "ModelName" not in model and "VpcConfig" not in model
    config = one(default, "AWS::SageMaker::EndpointConfig")["Properties"]
    assert "EndpointConfigName" not in config
    endpoint = one(default, "AWS::SageMaker::Endpoint")["Properties"]
    assert endpoint["EndpointName"] == {"Ref": "EndpointName"}
    assert "DeploymentConfig" not in endpoint and "RetainAllVariantProperties" not in endpoint


def test_outputs_say_what_serves(default: Any) -> None:
    assert set(default["Outputs"]) == {"EndpointName", "ModelPackageArn", "Version", "Digest", "Commit"}
    for name in ("ModelPackageArn", "Version", "Digest", "Commit"):
        assert default["Outputs"][name]["Value"] == {"Ref": name}


def test_the_model_role_reads_releases_of_one_group_and_no_more(default: Any, find: Any) -> None:
    granted = role_statements(default, find)
    bucket = ["arn:", {"Ref": "AWS::Partition"}, ":s3:::", {"Ref": "ReleaseBucketName"}]
    assert granted["Models"]["Action"] == "s3:GetObject"
    assert granted["Models"]["Resource"] == {"Fn::Join": ["", [*bucket, "/models/*"]]}
    assert granted["ListModels"]["Resource"] == {"Fn::Join": ["", bucket]}
    assert granted["ListModels"]["Condition"] == {"StringLike": {"s3:prefix": "models/*"}}
    assert granted["DecryptModels"]["Action"] == "kms:Decrypt"
    assert granted["DecryptModels"]["Resource"] == {"Ref": "ReleaseKeyArn"}
    assert granted["DescribeKey"]["Action"] == "kms:DescribeKey"
    assert granted["DescribeKey"]["Resource"] == {"Ref": "ReleaseKeyArn"}
    assert granted["Images"]["Resource"] == {"Ref": "ImageRepositories"}
    assert "kms:ViaService" in granted["DecryptModels"]["Condition"]["StringEquals"]
    wide = {sid for sid, each in granted.items() if each["Resource"] == "*"}
    assert wide == {"ImageToken", "Metrics"}  # their actions have no resource
    assert not [each for each in granted.values() if "sagemaker:" in json.dumps(each["Action"])]
    (role,) = find(default, "AWS::IAM::Role")
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_the_volume_key_is_local_and_granted_through_who_deploys(default: Any, one: Any) -> None:
    key = one(default, "AWS::KMS::Key")
    assert "DeletionPolicy" not in key
    statements = {each["Sid"]: each for each in key["Properties"]["KeyPolicy"]["Statement"]}
    assert set(statements) == {"Administration", "Volumes"}
    assert statements["Volumes"]["Action"] == "kms:CreateGrant"
    assert statements["Volumes"]["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": {"Ref": "DeployRoleArn"}},
        "Bool": {"kms:GrantIsForAWSResource": "true"},
    }
    assert not [each for each in statements["Administration"]["Action"] if "Decrypt" in each or "Grant" in each[4:10]]
    assert "KmsKeyId" in one(default, "AWS::SageMaker::EndpointConfig")["Properties"]


def test_a_key_of_ones_own_or_none(with_settings: Any, find: Any, one: Any) -> None:
    arn = "arn:aws:kms:eu-west-1:666666666666:key/12345678-1234-1234-1234-123456789012"
    own = with_settings({"volumeKey": arn})
    assert find(own, "AWS::KMS::Key") == []
    assert one(own, "AWS::SageMaker::EndpointConfig")["Properties"]["KmsKeyId"] == arn
    nvme = with_settings({"instanceType": "ml.m5d.large"})
    assert find(nvme, "AWS::KMS::Key") == []
    assert "KmsKeyId" not in one(nvme, "AWS::SageMaker::EndpointConfig")["Properties"]


def test_serverless(serverless: Any, find: Any, one: Any) -> None:
    (variant,) = one(serverless, "AWS::SageMaker::EndpointConfig")["Properties"]["ProductionVariants"]
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 3072, "MaxConcurrency": 7}
    assert "InstanceType" not in variant
    assert one(serverless, "AWS::SageMaker::Model")["Properties"]["EnableNetworkIsolation"] is False
    assert find(serverless, "AWS::KMS::Key") == []


def test_canary_rolls_back_on_both_alarms(canary: Any, one: Any, find: Any) -> None:
    deployment = one(canary, "AWS::SageMaker::Endpoint")["Properties"]["DeploymentConfig"]
    assert deployment["BlueGreenUpdatePolicy"] == {
        "TerminationWaitInSeconds": 180,
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50},
            "WaitIntervalInSeconds": 120,
        },
    }
    alarms = {name: each for name, each in canary["Resources"].items() if each["Type"] == "AWS::CloudWatch::Alarm"}
    assert deployment["AutoRollbackConfiguration"]["Alarms"] == [{"AlarmName": {"Ref": name}} for name in alarms]
    errors, latency = (each["Properties"] for each in alarms.values())
    assert (errors["MetricName"], errors["Statistic"], errors["Threshold"]) == ("Invocation5XXErrors", "Sum", 1)
    assert (latency["MetricName"], latency["ExtendedStatistic"]) == ("ModelLatency", "p95")
    assert latency["Threshold"] == 250_000  # microseconds
    for alarm in (errors, latency):
        assert alarm["TreatMissingData"] == "notBreaching"
        assert {"Name": "EndpointName", "Value": {"Ref": "EndpointName"}} in alarm["Dimensions"]


def test_the_model_role_looks_at_the_alarms_that_roll_back_and_no_others(default: Any, canary: Any, find: Any) -> None:
    assert "Alarms" not in role_statements(default, find)
    granted = role_statements(canary, find)["Alarms"]
    assert granted["Action"] == "cloudwatch:DescribeAlarms"
    alarms = [name for name, each in canary["Resources"].items() if each["Type"] == "AWS::CloudWatch::Alarm"]
    assert [each["Fn::Join"][1][-1] for each in granted["Resource"]] == [{"Ref": name} for name in alarms]


def test_scaling_keeps_its_number_of_instances_through_a_new_version(canary: Any, one: Any) -> None:
    target = one(canary, "AWS::ApplicationAutoScaling::ScalableTarget")["Properties"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 6)
    assert target["ResourceId"]["Fn::Join"][1][-1] == "/variant/AllTraffic"
    endpoint = one(canary, "AWS::SageMaker::Endpoint")["Properties"]
    assert endpoint["RetainAllVariantProperties"] is True
    excluded = {each["VariantPropertyType"] for each in endpoint["ExcludeRetainedVariantProperties"]}
    assert excluded == {"DataCaptureConfig", "DesiredWeight"}


def test_captured_data_go_below_their_prefix(canary: Any, one: Any, find: Any) -> None:
    capture = one(canary, "AWS::SageMaker::EndpointConfig")["Properties"]["DataCaptureConfig"]
    assert (capture["InitialSamplingPercentage"], capture["DestinationS3Uri"]) == (10, "s3://captured/shop")
    granted = role_statements(canary, find)["CapturedData"]
    assert granted["Action"] == "s3:PutObject"
    assert granted["Resource"] == {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::captured/shop/*"]]}


def test_network_verbs_name_the_subnets(canary: Any, find: Any, default: Any) -> None:
    assert "subnet/subnet-01234567" in json.dumps(role_statements(canary, find)["NetworkInterfaces"])
    assert "ec2:" not in json.dumps(default)
