"""Drift of what gives access or decides: keys and their names, images, rules, buses, registries, state machines."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

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
