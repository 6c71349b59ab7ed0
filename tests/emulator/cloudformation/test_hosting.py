"""Stacks that serve models: created, updated to another version, rolled back, deleted; as a promotion makes them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.cloudformation.conftest import Stacks, own_tags
from tests.emulator.roles import ALLOW_ALL
from tests.emulator.sagemaker.conftest import Lab
from tests.emulator.sagemaker.hosting import OTHER, booster, packed, register

ROW = b"1.0,2.0,3.0"
ARN = {"Ref": "ModelPackageArn"}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
Template = dict[str, Any]


@pytest.fixture(scope="module")
def lab(world: EmbeddedAws) -> Lab:
    made = Lab(world)
    made.sagemaker.create_model_package_group(ModelPackageGroupName="served")
    made.share(OTHER, "served")
    return made


@pytest.fixture(scope="module")
def serving(client: Callable[..., Any]) -> Stacks:
    return Stacks(client("cloudformation", OTHER))


@pytest.fixture(scope="module")
def packages(lab: Lab) -> list[str]:
    urls = [lab.put(f"models/{n}/model.tar.gz", packed(booster(10.0**n))) for n in range(2)]
    return [register(lab, "served", url) for url in urls]


@pytest.fixture
def predict(client: Callable[..., Any]) -> Callable[[str], str]:
    runtime = client("sagemaker-runtime", OTHER)

    def call(endpoint: str) -> str:
        answer = runtime.invoke_endpoint(EndpointName=endpoint, Body=ROW, ContentType="text/csv")
        return str(answer["Body"].read().decode())

    return call


def hosted(endpoint: str, **variant: Any) -> Template:
    """A template with a role, a model of a parameter's model package, and an endpoint."""
    instances = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
    production = {"VariantName": "AllTraffic", "InitialVariantWeight": 1} | (variant or instances)
    properties: dict[str, Any] = {
        "Role": ("AWS::IAM::Role", {
            "RoleName": f"{endpoint}-role", "AssumeRolePolicyDocument": TRUST,
            "Policies": [{"PolicyName": "everything", "PolicyDocument": json.loads(ALLOW_ALL)}],
        }),
        "Model": ("AWS::SageMaker::Model", {
            "ExecutionRoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "PrimaryContainer": {"ModelPackageName": ARN},
        }),
        "Config": ("AWS::SageMaker::EndpointConfig", {
            "ProductionVariants": [production | {"ModelName": {"Fn::GetAtt": ["Model", "ModelName"]}}],
        }),
        "Endpoint": ("AWS::SageMaker::Endpoint", {
            "EndpointName": endpoint, "EndpointConfigName": {"Fn::GetAtt": ["Config", "EndpointConfigName"]},
        }),
    }  # fmt: skip
    return {
        "Parameters": {"ModelPackageArn": {"Type": "String"}},
        "Resources": {key: {"Type": kind, "Properties": found} for key, (kind, found) in properties.items()},
        "Outputs": {
            "EndpointName": {"Value": {"Fn::GetAtt": ["Endpoint", "EndpointName"]}},
            "ModelPackageArn": {"Value": ARN},
        },
    }


def version(arn: str) -> list[dict[str, str]]:
    return [{"ParameterKey": "ModelPackageArn", "ParameterValue": arn}]


def test_another_version_takes_over_without_a_gap(
    serving: Stacks, packages: list[str], predict: Callable[[str], str], client: Callable[..., Any]
) -> None:
    template, sagemaker = hosted("taking-over"), client("sagemaker", OTHER)
    stack = serving.create(template, "taking-over", Parameters=version(packages[0]))
    assert stack["StackStatus"] == "CREATE_COMPLETE", serving.reasons("taking-over")
    first, before = predict("taking-over"), serving.physical("taking-over")
    stack = serving.update("taking-over", template, Parameters=version(packages[1]))
    assert stack["StackStatus"] == "UPDATE_COMPLETE", serving.reasons("taking-over")
    after = serving.physical("taking-over")
    assert (before["Endpoint"], before["Role"]) == (after["Endpoint"], after["Role"])
    assert before["Model"] != after["Model"]
    assert before["Config"] != after["Config"]
    assert predict("taking-over") != first
    shown = sagemaker.list_models(NameContains="taking-over")["Models"]
    assert [model["ModelArn"] for model in shown] == [after["Model"]]
    assert serving.delete("taking-over")["StackStatus"] == "DELETE_COMPLETE"
    assert sagemaker.list_endpoints(NameContains="taking-over")["Endpoints"] == []


def test_a_version_that_cannot_be_loaded_leaves_the_old_one(
    serving: Stacks, packages: list[str], predict: Callable[[str], str], lab: Lab, client: Callable[..., Any]
) -> None:
    template = hosted("kept")
    serving.create(template, "kept", Parameters=version(packages[0]))
    first, before = predict("kept"), serving.physical("kept")
    bad = register(lab, "served", lab.put("models/bad/model.tar.gz", b"nothing"))
    stack = serving.update("kept", template, Parameters=version(bad))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    (reason,) = serving.reasons("kept")
    assert "did not stabilize" in reason
    assert "Failed to extract model data archive" in reason
    assert serving.physical("kept") == before
    assert predict("kept") == first
    assert {each["ParameterValue"] for each in stack["Parameters"]} == {packages[0]}
    configs = client("sagemaker", OTHER).list_endpoint_configs(NameContains="kept")["EndpointConfigs"]
    assert [config["EndpointConfigArn"] for config in configs] == [before["Config"]]


def test_a_version_that_is_not_approved_makes_nothing(serving: Stacks, lab: Lab, packages: list[str]) -> None:
    url = lab.put("models/pending/model.tar.gz", packed(booster()))
    pending = register(lab, "served", url, "PendingManualApproval")
    stack = serving.create(hosted("pending"), "pending", Parameters=version(pending))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "only an Approved model package can be deployed" in serving.reasons("pending")[0]


def test_a_setting_that_sagemaker_refuses_is_rolled_back(
    serving: Stacks, packages: list[str], predict: Callable[[str], str]
) -> None:
    template = hosted("refused")
    serving.create(template, "refused", Parameters=version(packages[0]))
    first = predict("refused")
    wrong = copy.deepcopy(template)
    wrong["Resources"]["Config"]["Properties"]["KmsKeyId"] = "alias/mine"
    wrong["Resources"]["Config"]["Properties"]["ProductionVariants"][0]["InstanceType"] = "ml.g5.xlarge"
    stack = serving.update("refused", wrong, Parameters=version(packages[1]))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "KmsKeyId cannot be used with instance type ml.g5.xlarge" in serving.reasons("refused")[0]
    assert predict("refused") == first


def safe(endpoint: str) -> Template:
    """With an alarm that guards a canary, and scaling."""
    template = hosted(endpoint)
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": "AllTraffic"}]
    size = {"Type": "CAPACITY_PERCENT", "Value": 50}
    template["Resources"] |= {
        "Errors": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmName": f"{endpoint}-errors",
                "Namespace": "AWS/SageMaker",
                "MetricName": "Invocation5XXErrors",
                "Dimensions": dimensions,
                "Statistic": "Sum",
                "Period": 60,
                "EvaluationPeriods": 1,
                "Threshold": 0,
                "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "notBreaching",
            },
        },
        "Target": {
            "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
            "Properties": {
                "ServiceNamespace": "sagemaker",
                "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
                "ResourceId": {"Fn::Sub": "endpoint/${Endpoint.EndpointName}/variant/AllTraffic"},
                "MinCapacity": 2,
                "MaxCapacity": 4,
            },
        },
        "Policy": {
            "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
            "Properties": {
                "PolicyName": "load",
                "PolicyType": "TargetTrackingScaling",
                "ScalingTargetId": {"Ref": "Target"},
                "TargetTrackingScalingPolicyConfiguration": {
                    "TargetValue": 100,
                    "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
                },
            },
        },
    }
    endpoint_properties = template["Resources"]["Endpoint"]["Properties"]
    endpoint_properties["RetainAllVariantProperties"] = True
    endpoint_properties["ExcludeRetainedVariantProperties"] = [{"VariantPropertyType": "DataCaptureConfig"}]
    endpoint_properties["DeploymentConfig"] = {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {"Type": "CANARY", "CanarySize": size, "WaitIntervalInSeconds": 60},
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": {"Ref": "Errors"}}]},
    }
    return template


def test_an_alarm_rolls_the_stack_back(
    serving: Stacks, packages: list[str], predict: Callable[[str], str], client: Callable[..., Any]
) -> None:
    template = safe("guarded")
    stack = serving.create(template, "guarded", Parameters=version(packages[0]))
    assert stack["StackStatus"] == "CREATE_COMPLETE", serving.reasons("guarded")
    (target,) = client("application-autoscaling", OTHER).describe_scalable_targets(ServiceNamespace="sagemaker")[
        "ScalableTargets"
    ]
    assert (target["ResourceId"], target["MaxCapacity"]) == ("endpoint/guarded/variant/AllTraffic", 4)
    weights = [{"VariantName": "AllTraffic", "DesiredInstanceCount": 4}]
    sagemaker = client("sagemaker", OTHER)
    sagemaker.update_endpoint_weights_and_capacities(EndpointName="guarded", DesiredWeightsAndCapacities=weights)
    first, alarms = predict("guarded"), client("cloudwatch", OTHER)
    alarms.set_alarm_state(AlarmName="guarded-errors", StateValue="ALARM", StateReason="a test")
    stack = serving.update("guarded", template, Parameters=version(packages[1]))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "tripped alarms: guarded-errors" in serving.reasons("guarded")[0]
    assert predict("guarded") == first
    alarms.set_alarm_state(AlarmName="guarded-errors", StateValue="OK", StateReason="a test")
    stack = serving.update("guarded", template, Parameters=version(packages[1]))
    assert stack["StackStatus"] == "UPDATE_COMPLETE", serving.reasons("guarded")
    assert predict("guarded") != first
    (variant,) = sagemaker.describe_endpoint(EndpointName="guarded")["ProductionVariants"]
    assert variant["CurrentInstanceCount"] == 4
    changed = copy.deepcopy(template)
    changed["Resources"]["Errors"]["Properties"]["Threshold"] = 5
    changed["Resources"]["Target"]["Properties"]["MaxCapacity"] = 6
    assert serving.update("guarded", changed, Parameters=version(packages[1]))["StackStatus"] == "UPDATE_COMPLETE"
    assert alarms.describe_alarms(AlarmNames=["guarded-errors"])["MetricAlarms"][0]["Threshold"] == 5
    assert serving.delete("guarded")["StackStatus"] == "DELETE_COMPLETE"
    assert alarms.describe_alarms(AlarmNames=["guarded-errors"])["MetricAlarms"] == []
    left = client("application-autoscaling", OTHER).describe_scalable_targets(ServiceNamespace="sagemaker")
    assert left["ScalableTargets"] == []


def test_scaling_needs_a_variant_of_instances(
    serving: Stacks, packages: list[str], client: Callable[..., Any], refused: Callable[..., str]
) -> None:
    serverless = {"MemorySizeInMB": 1024, "MaxConcurrency": 2}
    stack = serving.create(hosted("free", ServerlessConfig=serverless), "free", Parameters=version(packages[0]))
    assert stack["StackStatus"] == "CREATE_COMPLETE", serving.reasons("free")
    register_target = client("application-autoscaling", OTHER).register_scalable_target
    target = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}
    for resource, text in (("free/variant/AllTraffic", "Serverless variants"), ("no/variant/a", "Could not find")):
        found = refused(register_target, ResourceId=f"endpoint/{resource}", MinCapacity=1, MaxCapacity=2, **target)
        assert text in found


def test_state_machines(stacks: Stacks, client: Callable[..., Any]) -> None:
    trust = json.loads(json.dumps(TRUST).replace("sagemaker.", "states."))
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "${Said}", "End": True}}}
    delivery = {"PolicyName": "delivery", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Resource": "*", "Action": ["logs:*LogDelivery", "logs:ListLogDeliveries",
         "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"]}]}}  # fmt: skip
    role = {"AssumeRolePolicyDocument": trust, "Policies": [delivery]}
    resources: dict[str, Any] = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/vendedlogs/states/made"}},
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
            "StateMachineName": "made", "StateMachineType": "EXPRESS", "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "DefinitionString": json.dumps(definition), "DefinitionSubstitutions": {"Said": "first"},
            "LoggingConfiguration": {"Level": "ALL", "IncludeExecutionData": True, "Destinations": [
                {"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": ["Logs", "Arn"]}}}]},
            "TracingConfiguration": {"Enabled": True}, "Tags": [{"Key": "a", "Value": "1"}],
        }},
    }  # fmt: skip
    template: Template = {"Resources": resources, "Outputs": {"Arn": {"Value": {"Ref": "Machine"}}}}
    role["Policies"] = []
    assert stacks.create(template, "mute")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("IAM Role is not authorized to access the Log Destination" in each for each in stacks.reasons("mute"))
    role["Policies"] = [delivery]
    stack = stacks.create(template, "machines")
    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.reasons("machines")
    arn = stack["Outputs"][0]["OutputValue"]
    states = client("stepfunctions")
    assert json.loads(states.start_sync_execution(stateMachineArn=arn)["output"]) == "first"
    assert own_tags(states.list_tags_for_resource(resourceArn=arn)["tags"]) == [{"key": "a", "value": "1"}]
    changed = copy.deepcopy(template)
    machine = changed["Resources"]["Machine"]["Properties"]
    machine["DefinitionSubstitutions"] = {"Said": "second"}
    machine["Tags"] = [{"Key": "b", "Value": "2"}]
    assert stacks.update("machines", changed)["StackStatus"] == "UPDATE_COMPLETE"
    assert json.loads(states.start_sync_execution(stateMachineArn=arn)["output"]) == "second"
    assert own_tags(states.list_tags_for_resource(resourceArn=arn)["tags"]) == [{"key": "b", "value": "2"}]
    machine["DefinitionString"] = json.dumps(definition | {"StartAt": "B"})
    assert stacks.update("machines", changed)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "MISSING_TRANSITION_TARGET" in stacks.reasons("machines")[0]
    assert json.loads(states.start_sync_execution(stateMachineArn=arn)["output"]) == "second"
    s3 = client("s3")
    s3.create_bucket(Bucket="definitions")
    s3.put_object(
        Bucket="definitions", Key="it.yaml", Body=yaml.safe_dump(definition).replace("Said", "There").encode()
    )
    del machine["DefinitionString"]
    machine |= {"DefinitionS3Location": {"Bucket": "definitions", "Key": "it.yaml"}}
    machine["DefinitionSubstitutions"] = {"There": "from a file"}
    assert stacks.update("machines", changed)["StackStatus"] == "UPDATE_COMPLETE", stacks.reasons("machines")
    assert json.loads(states.start_sync_execution(stateMachineArn=arn)["output"]) == "from a file"
    machine["DefinitionS3Location"] = {"Bucket": "definitions", "Key": "no.yaml"}
    assert stacks.update("machines", changed)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.delete("machines")["StackStatus"] == "DELETE_COMPLETE"
    assert states.list_state_machines()["stateMachines"] == []
