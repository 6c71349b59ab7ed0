"""Drift of what gives access or decides: keys and their names, images, rules, buses, registries, state machines."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.cloudformation.conftest import Stacks
from tests.emulator.conftest import ACCOUNTS

ONE, TWO = ACCOUNTS[:2]
REGION = "us-east-1"


def allowing(account: str, action: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": action, **more}


def policy(account: str, action: str, **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [allowing(account, action, **more)]}


BUS = f"arn:aws:events:{REGION}:{ONE}:event-bus/default"
GROUP = f"arn:aws:sagemaker:{REGION}:{ONE}:model-package-group/drifts"
DEFINITION = {"StartAt": "${Only}", "States": {"Wait": {"Type": "Pass", "End": True}}}
TRUST = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
RESOURCES = {
    "Role": ("AWS::IAM::Role", {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [TRUST]}}),
    "Key": (
        "AWS::KMS::Key",
        {"KeyPolicy": policy(ONE, "kms:*", Resource="*"), "EnableKeyRotation": True, "Description": "of drift"},
    ),
    "Alias": ("AWS::KMS::Alias", {"AliasName": "alias/drifts", "TargetKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}),
    "Images": (
        "AWS::ECR::Repository",
        {
            "RepositoryName": "drifts",
            "ImageTagMutability": "IMMUTABLE",
            "ImageScanningConfiguration": {"ScanOnPush": "true"},
            "RepositoryPolicyText": policy(TWO, "ecr:BatchGetImage"),
        },
    ),
    "Rule": (
        "AWS::Events::Rule",
        {
            "Name": "drifts",
            "EventPattern": {"source": ["mine"]},
            "State": "ENABLED",
            "Targets": [{"Id": "machine", "Arn": {"Ref": "Machine"}, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}],
        },
    ),
    "Bus": (
        "AWS::Events::EventBusPolicy",
        {"StatementId": "drifts", "Statement": allowing(TWO, "events:PutEvents", Resource=BUS)},
    ),
    "Registry": (
        "AWS::SageMaker::ModelPackageGroup",
        {
            "ModelPackageGroupName": "drifts",
            "ModelPackageGroupPolicy": policy(TWO, "sagemaker:DescribeModelPackageGroup", Resource=GROUP),
        },
    ),
    "Machine": (
        "AWS::StepFunctions::StateMachine",
        {
            "StateMachineName": "drifts",
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "DefinitionString": json.dumps(DEFINITION),
            "DefinitionSubstitutions": {"Only": "Wait"},
        },
    ),
}


def test_drift_of_what_gives_access_and_decides(stacks: Stacks, client: Callable[..., Any]) -> None:
    resources = {name: {"Type": kind, "Properties": given} for name, (kind, given) in RESOURCES.items()}
    name = stacks.create({"Resources": resources})["StackName"]

    def detected() -> dict[str, list[str]]:
        stacks.api.detect_stack_drift(StackName=name)
        drifts = stacks.api.describe_stack_resource_drifts(StackName=name)["StackResourceDrifts"]
        return {
            each["LogicalResourceId"]: [
                each["StackResourceDriftStatus"],
                *sorted(item["PropertyPath"] for item in each["PropertyDifferences"]),
            ]
            for each in drifts
        }

    assert detected() == {each: ["IN_SYNC"] for each in RESOURCES}
    kms, events, ecr, states = client("kms"), client("events"), client("ecr"), client("stepfunctions")
    key = stacks.physical(name)["Key"]
    wider = policy(ONE, "kms:*", Resource="*")
    wider["Statement"].append(allowing(TWO, "kms:Decrypt", Resource="*"))
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(wider))
    kms.disable_key_rotation(KeyId=key)
    kms.update_alias(AliasName="alias/drifts", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    ecr.put_image_tag_mutability(repositoryName="drifts", imageTagMutability="MUTABLE")
    ecr.delete_repository_policy(repositoryName="drifts")
    events.disable_rule(Name="drifts")
    events.remove_targets(Rule="drifts", Ids=["machine"])
    events.remove_permission(StatementId="drifts")
    client("sagemaker").put_model_package_group_policy(
        ModelPackageGroupName="drifts",
        ResourcePolicy=json.dumps(policy(TWO, "sagemaker:*", Resource=GROUP)),
    )
    changed = {**DEFINITION, "StartAt": "Wait", "Comment": "by hand"}
    states.update_state_machine(stateMachineArn=stacks.physical(name)["Machine"], definition=json.dumps(changed))
    assert detected() == {
        "Role": ["IN_SYNC"],
        "Key": ["MODIFIED", "/EnableKeyRotation", "/KeyPolicy/Statement"],
        "Alias": ["MODIFIED", "/TargetKeyId"],
        "Images": ["MODIFIED", "/ImageTagMutability", "/RepositoryPolicyText"],
        "Rule": ["MODIFIED", "/State", "/Targets"],
        "Bus": ["DELETED"],
        "Registry": ["MODIFIED", "/ModelPackageGroupPolicy/Statement"],
        "Machine": ["MODIFIED", "/DefinitionString/Comment", "/DefinitionString/StartAt"],
    }


def test_what_the_caller_may_not_read_is_said_and_the_rest_is_looked_at(
    world: EmbeddedAws, stacks: Stacks, client: Callable[..., Any]
) -> None:
    topic, group = "AWS::SNS::Topic", "AWS::SageMaker::ModelPackageGroup"
    resources = {"T": {"Type": topic}, "M": {"Type": group, "Properties": {"ModelPackageGroupName": "unseen"}}}
    name = stacks.create({"Resources": resources})["StackName"]
    iam, read = client("iam"), ["cloudformation:D*", "sns:G*", "sns:L*", "sagemaker:Describe*"]
    trust = {**TRUST, "Principal": {"AWS": f"arn:aws:iam::{ONE}:root"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="looks", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": read, "Resource": "*"}]}
    iam.put_role_policy(RoleName="looks", PolicyName="read", PolicyDocument=json.dumps(allowed))
    asked = world.client("cloudformation", account=ONE, region=REGION, role=role)
    key = asked.detect_stack_drift(StackName=name)["StackDriftDetectionId"]
    found = asked.describe_stack_drift_detection_status(StackDriftDetectionId=key)
    assert (found["DetectionStatus"], found["StackDriftStatus"]) == ("DETECTION_FAILED", "IN_SYNC")
    assert found["DetectionStatusReason"] == "Failed to detect drift on resource [M]"
    drifts = asked.describe_stack_resource_drifts(StackName=name)["StackResourceDrifts"]
    assert [(each["LogicalResourceId"], each["StackResourceDriftStatus"]) for each in drifts] == [("T", "IN_SYNC")]
    with pytest.raises(ClientError, match=r"Failed to detect drift on resource \[M\]: .*GetModelPackageGroupPolicy"):
        asked.detect_stack_resource_drift(StackName=name, LogicalResourceId="M")
