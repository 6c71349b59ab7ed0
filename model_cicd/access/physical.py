"""What `Ref` and `Fn::GetAtt` give for the resources that policies speak of, from their explicit names.

The ids of KMS keys are made by KMS: a stand-in takes their place, made of stack and logical id, so that it is the same
in every run. A policy can name such a key by reference or by alias only, and both meet the stand-in.
"""

from __future__ import annotations

import hashlib
from typing import Any

from model_cicd.access.intrinsics import Resolver
from model_cicd.access.stack import Stack
from model_cicd.aws.regions import PARTITION_OF

#: by resource type: the property with the name, what Ref gives, and by attribute what GetAtt gives
_Shape = tuple[str, str, dict[str, str]]
_ROLE = "arn:{partition}:iam::{account}:role/{name}"
_POLICY = "arn:{partition}:iam::{account}:policy/{name}"
_REGIONAL = "arn:{partition}:%s:{region}:{account}:%s{name}"
_STATE_MACHINE = _REGIONAL % ("states", "stateMachine:")
_LOG_GROUP = _REGIONAL % ("logs", "log-group:")
_TOPIC = _REGIONAL % ("sns", "")

_SHAPES: dict[str, _Shape] = {
    "AWS::CloudWatch::Alarm": ("AlarmName", "{name}", {"Arn": _REGIONAL % ("cloudwatch", "alarm:")}),
    "AWS::CodeBuild::Project": ("Name", "{name}", {"Arn": _REGIONAL % ("codebuild", "project/")}),
    "AWS::CodeCommit::Repository": (
        "RepositoryName",
        "",  # an id that CodeCommit makes
        {"Arn": _REGIONAL % ("codecommit", ""), "Name": "{name}"},
    ),
    "AWS::CodePipeline::Pipeline": ("Name", "{name}", {}),
    "AWS::ECR::Repository": ("RepositoryName", "{name}", {"Arn": _REGIONAL % ("ecr", "repository/")}),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", _POLICY, {"PolicyArn": _POLICY}),
    "AWS::IAM::Role": ("RoleName", "{name}", {"Arn": _ROLE}),
    "AWS::Logs::LogGroup": ("LogGroupName", "{name}", {"Arn": _LOG_GROUP + ":*"}),
    "AWS::S3::Bucket": ("BucketName", "{name}", {"Arn": "arn:{partition}:s3:::{name}"}),
    "AWS::SNS::Topic": ("TopicName", _TOPIC, {"TopicArn": _TOPIC, "TopicName": "{name}"}),
    "AWS::SSM::Parameter": ("Name", "{name}", {}),
    "AWS::SageMaker::Endpoint": ("EndpointName", "", {"EndpointName": "{name}"}),
    "AWS::SageMaker::ModelPackageGroup": (
        "ModelPackageGroupName",
        _REGIONAL % ("sagemaker", "model-package-group/"),
        {"ModelPackageGroupArn": _REGIONAL % ("sagemaker", "model-package-group/")},
    ),
    "AWS::StepFunctions::StateMachine": (
        "StateMachineName",
        _STATE_MACHINE,
        {"Arn": _STATE_MACHINE, "Name": "{name}"},
    ),
}


def attribute(stack: Stack, logical_id: str, name: str) -> str | None:
    """What `Ref` (`name` empty) or `Fn::GetAtt` gives, or None where only a deployment knows."""
    resource = stack.resources[logical_id]
    if resource["Type"] == "AWS::KMS::Key":
        key = key_id(stack, logical_id)
        return {"": key, "KeyId": key, "Arn": _filled(_REGIONAL % ("kms", "key/"), stack, key)}.get(name)
    if resource["Type"] not in _SHAPES:
        return None
    property_name, ref, attributes = _SHAPES[resource["Type"]]
    shape = attributes.get(name) if name else ref
    written: Any = resource.get("Properties", {}).get(property_name)
    if not shape or written is None:
        return None
    own = resolver(stack).value(written, (logical_id, "Properties", property_name))
    return _filled(shape, stack, str(own))


def resolver(stack: Stack) -> Resolver:
    """A resolver of the stack's values."""
    return Resolver(stack, attribute)


def key_id(stack: Stack, logical_id: str) -> str:
    """The stand-in for a key's id, in the form of one."""
    digest = hashlib.sha256(f"{stack.account}/{stack.region}/{stack.name}/{logical_id}".encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


def _filled(shape: str, stack: Stack, name: str) -> str:
    return shape.format(partition=PARTITION_OF[stack.region], region=stack.region, account=stack.account, name=name)
