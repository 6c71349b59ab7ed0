"""What the roles of the build account may do."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest


@pytest.fixture(scope="module")
def live(assembly: Any) -> Any:
    return assembly.group("live")


@pytest.fixture(scope="module")
def execution(assembly: Any, statements: Any, live: Any) -> dict[str, Any]:
    found: dict[str, Any] = statements(assembly.build("live"), live.registry.execution_role.name)
    return found


@pytest.fixture(scope="module")
def start(assembly: Any, statements: Any, live: Any) -> dict[str, Any]:
    found: dict[str, Any] = statements(assembly.build("live"), live.start_role.name)
    return found


def actions(statements: dict[str, Any]) -> set[str]:
    return {action for each in statements.values() for action in listed(each["Action"])}


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_training_registers_models_that_wait_for_approval(execution: dict[str, Any], live: Any) -> None:
    assert execution["Register"] == {
        "Sid": "Register",
        "Effect": "Allow",
        "Action": "sagemaker:CreateModelPackage",
        "Resource": [live.models.arn, live.models.packages_arn],
        "Condition": {"StringEquals": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}},
    }
    registering = [sid for sid, each in execution.items() if "sagemaker:CreateModelPackage" in listed(each["Action"])]
    assert registering == ["Register"]


def test_neither_role_approves_deletes_or_changes_policies(execution: dict[str, Any], start: dict[str, Any]) -> None:
    allowed = actions(execution) | actions(start)
    forbidden = ("UpdateModelPackage", "Delete", "PutModelPackageGroupPolicy", "PutBucketPolicy", "PutKeyPolicy")
    assert [action for action in sorted(allowed) if any(word in action for word in forbidden)] == []
    assert [action for action in sorted(allowed) if "*" in action] == []


def test_training_writes_into_its_registry_what_builds_do_not_upload(execution: dict[str, Any], live: Any) -> None:
    bucket = live.registry.bucket.arn
    assert execution["Write"]["Resource"] == f"{bucket}/*"
    writing = {sid: each["Effect"] for sid, each in execution.items() if "s3:PutObject" in listed(each["Action"])}
    assert writing == {"Write": "Allow", "UploadsAreOfBuilds": "Deny"}
    assert execution["UploadsAreOfBuilds"]["Resource"] == [f"{bucket}/code/*", f"{bucket}/data/*"]


def test_training_records_the_experiment_of_its_own_pipeline(execution: dict[str, Any], live: Any) -> None:
    sagemaker = "arn:aws:sagemaker:eu-west-1:444444444444"
    assert execution["Experiment"]["Resource"] == [
        f"{sagemaker}:experiment/{live.sagemaker_pipeline.name}",
        f"{sagemaker}:experiment-trial/*",
        f"{sagemaker}:experiment-trial-component/pipelines-*",
    ]


def test_every_resource_of_training_is_the_groups_own(execution: dict[str, Any], live: Any) -> None:
    everything = {sid for sid, each in execution.items() if each["Resource"] == "*"}
    assert everything == {"ImageToken", "Metrics"}  # their actions have no resource
    assert execution["Metrics"]["Condition"] == {
        "StringEquals": {"cloudwatch:namespace": ["/aws/sagemaker/ProcessingJobs", "/aws/sagemaker/TrainingJobs"]}
    }
    assert execution["Jobs"]["Resource"] == [
        f"arn:aws:sagemaker:eu-west-1:444444444444:{kind}-job/pipelines-*" for kind in ("processing", "training")
    ]


def test_training_passes_itself_to_sagemaker_only(execution: dict[str, Any], live: Any) -> None:
    assert execution["PassItself"]["Resource"] == live.registry.execution_role.arn
    assert execution["PassItself"]["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_training_runs_for_its_own_account_only(assembly: Any, one: Any, live: Any) -> None:
    role = one(assembly.build("live"), "AWS::IAM::Role", RoleName=live.registry.execution_role.name)
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "444444444444"}}


def test_the_key_is_used_through_s3_and_described_directly(execution: dict[str, Any], start: dict[str, Any]) -> None:
    for statements in (execution, start):
        assert statements["Key"]["Condition"] == {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
        assert "Condition" not in statements["DescribeKey"]
    assert execution["JobVolumes"]["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    assert "kms:CreateGrant" not in actions(start)


def test_network_verbs_come_with_subnets_only(
    synthesize: Any, parameters: Any, statements: Any, execution: dict[str, Any]
) -> None:
    assert not [action for action in actions(execution) if action.startswith("ec2:")]
    inside = copy.deepcopy(parameters)
    subnet, group = "subnet-0123456789abcdef0", "sg-0123456789abcdef0"
    inside["deployment-groups"][1]["networkConfig"] = {"subnetIds": [subnet], "securityGroupIds": [group]}
    made = synthesize(inside)
    allowed = statements(made.build("live"), made.group("live").registry.execution_role.name)
    ec2 = "arn:aws:ec2:eu-west-1:444444444444"
    assert allowed["NetworkInterfaces"]["Resource"] == [
        f"{ec2}:network-interface/*",
        f"{ec2}:subnet/{subnet}",
        f"{ec2}:security-group/{group}",
    ]
    assert allowed["ReleaseNetworkInterfaces"]["Condition"] == {"ArnEquals": {"ec2:Subnet": [f"{ec2}:subnet/{subnet}"]}}


def test_the_start_role_is_assumed_by_one_codebuild_role(assembly: Any, one: Any, live: Any) -> None:
    role = one(assembly.build("live"), "AWS::IAM::Role", RoleName=live.start_role.name)
    assert role["Properties"]["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"ArnEquals": {"aws:PrincipalArn": live.training.project.role.arn}},
        }
    ]


def test_the_start_role_runs_one_pipeline(start: dict[str, Any], live: Any) -> None:
    assert start["Pipeline"]["Resource"] == live.sagemaker_pipeline.arn
    assert start["Executions"]["Resource"] == f"{live.sagemaker_pipeline.arn}/execution/*"
    assert start["RunAs"]["Resource"] == live.registry.execution_role.arn
    assert start["RunAs"]["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    assert {"sagemaker:CreatePipeline", "sagemaker:UpdatePipeline", "sagemaker:StartPipelineExecution"} <= actions(
        start
    )
    assert not actions(start) & {"sagemaker:CreateTrainingJob", "sagemaker:CreateModelPackage", "sagemaker:CreateModel"}


def test_the_start_role_uploads_anywhere_but_among_outputs_and_sees_no_models(start: dict[str, Any], live: Any) -> None:
    bucket = live.registry.bucket.arn
    uploads = [f"{bucket}/{prefix}/*" for prefix in ("code", "data", live.sagemaker_pipeline.name)]
    assert start["Upload"]["Resource"] == f"{bucket}/*"
    assert start["OutputsAreOfJobs"]["Effect"] == "Deny"
    assert start["OutputsAreOfJobs"]["Resource"] == [f"{bucket}/models/*", f"{bucket}/runs/*"]
    assert start["Read"]["Resource"] == [*uploads, f"{bucket}/runs/*"]


def test_sessions_of_the_sdk_ask_what_they_ask_first(start: dict[str, Any], live: Any) -> None:
    assert start["DefaultBucket"]["Condition"] == {"Null": {"s3:prefix": "true"}}
    assert start["DefaultBucket"]["Resource"] == live.registry.bucket.arn
    assert start["ExecutionRole"] == {
        "Sid": "ExecutionRole",
        "Effect": "Allow",
        "Action": "iam:GetRole",
        "Resource": live.registry.execution_role.arn,
    }
    assert start["OwnImages"]["Action"] == "sagemaker:DescribeImageVersion"
    assert "sagemaker:ListTags" in start["Pipeline"]["Action"]


def test_inline_policies_fit_iam_with_the_longest_names(synthesize: Any, parameters: Any) -> None:
    """10,240 characters without spaces for a role's own policies, 2,048 for its trust policy."""
    long = copy.deepcopy(parameters)
    group = long["deployment-groups"][1]
    group["name"] = "g" * 63
    group["networkConfig"] = {
        "subnetIds": [f"subnet-{number:017x}" for number in range(16)],
        "securityGroupIds": [f"sg-{number:017x}" for number in range(5)],
    }
    long["organization-id"] = "o-" + "a" * 32
    made = synthesize(long)
    for template in made.templates.values():
        for logical_id, resource in template["Resources"].items():
            if resource["Type"] != "AWS::IAM::Role":
                continue
            policies = [policy["PolicyDocument"] for policy in resource["Properties"]["Policies"]]
            assert len(json.dumps(policies, separators=(",", ":"))) < 10_240, logical_id
            trust = resource["Properties"]["AssumeRolePolicyDocument"]
            assert len(json.dumps(trust, separators=(",", ":"))) < 2_048, logical_id
