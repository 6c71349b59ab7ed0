"""Values of a synthesized template: what `Ref` and `Fn::GetAtt` give for resources, from their explicit names.

The ids of KMS keys are made by KMS: a stand-in takes their place, made of stack and logical id, so that it is the same
in every run. A policy can name such a key by reference or by alias only, and both meet the stand-in.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from cfn_template import (
    Evaluator,
    Path,
    Resolver,
    TemplateError,
    UnsupportedFunctionError,
    parameter_value,
    pseudo_parameters,
)
from model_cicd.access.assembly import Stack
from model_cicd.aws.regions import PARTITION_OF, dns_suffix
from model_cicd.text.errors import ModelCicdError

_FUNCTIONS = "Ref, GetAtt, Join, Split, Select, Sub or If as policies have them"

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


class UnresolvedError(ModelCicdError):
    """A value that only a deployment knows, or an intrinsic function that is not supported."""

    def __init__(self, stack: str, path: Path, message: str) -> None:
        where = ".".join(map(str, path))
        super().__init__(f"stack {stack}: {where}: {message}")


def value_of(stack: Stack, value: Any, path: Path) -> Any:
    """A value of the stack's template at `path`, without intrinsic functions. Raises UnresolvedError."""
    template = stack.template
    evaluator = Evaluator(
        _References(stack),
        region=stack.region,
        mappings=template.get("Mappings"),
        conditions=template.get("Conditions"),
    )
    try:
        return evaluator.value(value, path)
    except UnsupportedFunctionError as error:
        message = f"got {error.function}, expected {_FUNCTIONS}"
        raise UnresolvedError(stack.name, error.path or path, message) from None
    except TemplateError as error:
        raise UnresolvedError(stack.name, error.path or path, error.detail) from None


@dataclass(frozen=True)
class _References(Resolver):
    """References of one stack: to its parameters, and to resources that have explicit names."""

    stack: Stack

    def ref(self, name: str) -> Any:
        stack = self.stack
        partition = PARTITION_OF[stack.region]
        pseudo = pseudo_parameters(
            account=stack.account,
            region=stack.region,
            partition=partition,
            url_suffix=dns_suffix(partition),
            stack_name=stack.name,
        )
        if name in pseudo:
            return pseudo[name]
        declared = stack.template.get("Parameters", {}).get(name)
        if declared is None:
            return self.attribute(name, "")
        if name not in stack.parameters and "Default" not in declared:
            raise TemplateError(f"the parameter {name!r} has no value")
        return parameter_value(str(declared.get("Type")), str(stack.parameters.get(name, declared.get("Default"))))

    def attribute(self, resource: str, name: str) -> str:
        shown = f"{resource}.{name}" if name else resource
        if resource not in self.stack.resources:
            raise TemplateError(f"got {shown!r}, which is no resource of the template")
        found = return_value(self.stack, resource, name)
        if found is None:
            kind = self.stack.resources[resource]["Type"]
            raise TemplateError(f"got {shown!r} of type {kind}, whose value is not known before the deployment")
        return found


def return_value(stack: Stack, logical_id: str, attribute: str) -> str | None:
    """What `Ref` (`attribute` empty) or `Fn::GetAtt` gives, or None where only a deployment knows."""
    resource = stack.resources[logical_id]
    if resource["Type"] == "AWS::KMS::Key":
        key = key_id(stack, logical_id)
        return {"": key, "KeyId": key, "Arn": _filled(_REGIONAL % ("kms", "key/"), stack, key)}.get(attribute)
    if resource["Type"] not in _SHAPES:
        return None
    property_name, ref, attributes = _SHAPES[resource["Type"]]
    shape = attributes.get(attribute) if attribute else ref
    written: Any = resource.get("Properties", {}).get(property_name)
    if not shape or written is None:
        return None
    own = value_of(stack, written, (logical_id, "Properties", property_name))
    return _filled(shape, stack, str(own))


def key_id(stack: Stack, logical_id: str) -> str:
    """The stand-in for a key's id, in the form of one."""
    digest = hashlib.sha256(f"{stack.account}/{stack.region}/{stack.name}/{logical_id}".encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


def _filled(shape: str, stack: Stack, name: str) -> str:
    return shape.format(partition=PARTITION_OF[stack.region], region=stack.region, account=stack.account, name=name)
