"""A CloudFormation template of a pipeline and the resources around it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from model_cicd.pipeline.targets.resources import Resources
from model_cicd.pipeline.tokens import split, written
from model_cicd.text.errors import ModelCicdError
from model_cicd.text.inert_json import inert_json

_NATIVE: Mapping[str, dict[str, Any]] = {
    "partition": {"Ref": "AWS::Partition"},
    "region": {"Ref": "AWS::Region"},
    "account": {"Ref": "AWS::AccountId"},
    "suffix": {"Ref": "AWS::URLSuffix"},
    "bucket": {"Ref": "Bucket"},
    "key_arn": {"Fn::GetAtt": ["Key", "Arn"]},
    "role_arn": {"Fn::GetAtt": ["ExecutionRole", "Arn"]},
}
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html (template body in S3)
_MAX_TEMPLATE = 1_000_000


def cloudformation(made: Resources, definition: Mapping[str, Any]) -> str:
    """The template as JSON. Raises ModelCicdError when it is longer than CloudFormation takes."""
    found: dict[str, Any] = {}
    if made.role_policy is not None:
        found["ExecutionRole"] = _resource(
            "IAM::Role",
            {
                "Description": f"Runs the SageMaker pipeline {made.name} and its jobs",
                "AssumeRolePolicyDocument": made.trust_policy,
            },
        )
        found["ExecutionPolicy"] = _resource(
            "IAM::RolePolicy",
            {"PolicyName": "pipeline", "RoleName": {"Ref": "ExecutionRole"}, "PolicyDocument": made.role_policy},
        )
    found |= _key(made) | _bucket(made)
    if made.model_package_group is not None:
        properties: dict[str, Any] = {
            "ModelPackageGroupName": made.model_package_group,
            "ModelPackageGroupDescription": f"Models of the SageMaker pipeline {made.name}",
            "Tags": _tags(made),
        }
        if made.model_package_group_policy is not None:
            properties["ModelPackageGroupPolicy"] = made.model_package_group_policy
        found["ModelPackageGroup"] = _resource("SageMaker::ModelPackageGroup", properties) | _RETAINED
    found["Pipeline"] = _pipeline(made, definition)
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"SageMaker pipeline {made.name}",
        "Resources": written(found, _text),
        "Outputs": written(_outputs(made), _text),
    }
    text = json.dumps(template, indent=2) + "\n"
    if len(text) > _MAX_TEMPLATE:
        raise ModelCicdError(
            f"the template has {len(text)} characters, and CloudFormation takes at most {_MAX_TEMPLATE}: keep the "
            "definition in S3 (--to json) and name its place in the pipeline"
        )
    return text


_RETAINED = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def _resource(kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": {key: value for key, value in properties.items() if value != []}}


def _tags(made: Resources) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in made.tags.items()]


def _key(made: Resources) -> dict[str, Any]:
    if made.key_alias is None:
        return {}
    key = _resource(
        "KMS::Key",
        {
            "Description": f"Data and models of the SageMaker pipeline {made.name}",
            "EnableKeyRotation": True,
            "KeyPolicy": made.key_policy,
            "Tags": _tags(made),
        },
    )
    alias = {"AliasName": made.key_alias, "TargetKeyId": {"Ref": "Key"}}
    return {"Key": key | _RETAINED, "KeyAlias": _resource("KMS::Alias", alias)}


def _bucket(made: Resources) -> dict[str, Any]:
    if made.bucket_name is None:
        return {}
    encryption: dict[str, Any] = {"SSEAlgorithm": "aws:kms"}
    encryption["KMSMasterKeyID"] = {"Fn::GetAtt": ["Key", "Arn"]} if made.key_alias else made.environment.kms_key
    blocked = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    properties: dict[str, Any] = {
        "BucketName": made.bucket_name,
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": encryption}
            ]
        },
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "PublicAccessBlockConfiguration": dict.fromkeys(blocked, True),
        "VersioningConfiguration": {"Status": "Enabled"},
        "LifecycleConfiguration": {"Rules": _lifecycle(made)},
        "Tags": _tags(made),
    }
    policy = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": made.bucket_policy}
    return {
        "Bucket": _resource("S3::Bucket", properties) | _RETAINED,
        "BucketPolicy": _resource("S3::BucketPolicy", policy),
    }


def _lifecycle(made: Resources) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = [
        {"Id": "unfinished-uploads", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
    ]
    for index, each in enumerate(made.lifecycle):
        rule: dict[str, Any] = {"Id": f"rule-{index}", "Status": "Enabled"}
        if each.prefix is not None:
            rule["Prefix"] = each.prefix
        if each.expire_after_days is not None:
            rule["ExpirationInDays"] = each.expire_after_days
        if each.archive_after_days is not None:
            move = {"StorageClass": "GLACIER", "TransitionInDays": each.archive_after_days}
            rule["Transitions"] = [move]
        if each.expire_old_versions_after_days is not None:
            rule["NoncurrentVersionExpiration"] = {"NoncurrentDays": each.expire_old_versions_after_days}
        rules.append(rule)
    return rules


def _pipeline(made: Resources, definition: Mapping[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "PipelineName": made.name,
        "PipelineDisplayName": made.display_name,
        "PipelineDefinition": {"PipelineDefinitionBody": inert_json(definition)},
        "RoleArn": made.role_arn,
        "Tags": _tags(made),
    }
    if made.description:
        properties["PipelineDescription"] = made.description
    if made.max_parallel_steps is not None:
        properties["ParallelismConfiguration"] = {"MaxParallelExecutionSteps": made.max_parallel_steps}
    # so that an execution started at once has the permissions it needs
    later = {"DependsOn": ["ExecutionPolicy"]} if made.role_policy is not None else {}
    return _resource("SageMaker::Pipeline", properties) | later


def _outputs(made: Resources) -> dict[str, Any]:
    outputs: dict[str, Any] = {"PipelineName": {"Ref": "Pipeline"}, "RoleArn": made.role_arn}
    outputs["BucketName"] = made.environment.bucket
    if made.environment.kms_key:
        outputs["KmsKey"] = made.environment.kms_key
    if made.model_package_group is not None:
        outputs["ModelPackageGroupArn"] = {"Ref": "ModelPackageGroup"}
    return {key: {"Value": value} for key, value in outputs.items()}


def _text(text: str) -> Any:
    """The text with CloudFormation's functions in place of tokens; what looks like a substitution is taken apart."""
    if "{{resolve:" in text:
        raise ModelCicdError(f"got {text!r}, expected text that CloudFormation does not take for a dynamic reference")
    parts: list[Any] = []
    for part, is_token in split(text):
        if is_token:
            parts.append(_NATIVE[part])
        else:
            pieces = part.split("${")
            parts += [f"{'{' if i else ''}{p}{'$' if i + 1 < len(pieces) else ''}" for i, p in enumerate(pieces)]
    if not parts:
        return text
    return parts[0] if len(parts) == 1 else {"Fn::Join": ["", parts]}
