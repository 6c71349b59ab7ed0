"""What starts or stops costing, by kind: counts, and the unit that AWS charges it by. No prices.

The units are those of AWS's price lists: https://aws.amazon.com/sagemaker/ai/pricing/, https://aws.amazon.com/kms/pricing/,
https://aws.amazon.com/cloudwatch/pricing/, https://aws.amazon.com/codepipeline/pricing/,
https://aws.amazon.com/codebuild/pricing/, https://aws.amazon.com/systems-manager/pricing/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from model_cicd.access.assembly import Stack
from model_cicd.access.template_values import UnresolvedError, value_of
from model_cicd.plan.records import CostChange
from model_cicd.plan.values import filled

#: kind and unit by resource type
_UNITS = {
    "AWS::CloudWatch::Alarm": ("alarm", "alarm metric-month"),
    "AWS::CloudWatch::Dashboard": ("dashboard", "dashboard-month"),
    "AWS::CodeBuild::Project": ("CodeBuild project", "build minute, while it builds"),
    "AWS::CodeCommit::Repository": ("CodeCommit repository", "active user-month"),
    "AWS::ECR::Repository": ("image repository", "GB-month of images"),
    "AWS::KMS::Key": ("customer managed key", "key-month, and requests"),
    "AWS::Logs::LogGroup": ("log group", "GB of log events, taken in and kept"),
    "AWS::S3::Bucket": ("bucket", "GB-month of objects, and requests"),
    "AWS::SNS::Topic": ("topic", "requests and notifications"),
    "AWS::SecretsManager::Secret": ("secret", "secret-month"),
    "AWS::StepFunctions::StateMachine": ("state machine", "requests and duration"),
}
_PIPELINES = {
    "V1": ("pipeline (V1)", "active pipeline-month"),
    "V2": ("pipeline (V2)", "action execution minute"),
}

_Counted = Counter[tuple[str, str, str, str]]


def cost_changes(before: Iterable[Stack], after: Iterable[Stack]) -> Iterator[CostChange]:
    """What there is more or less of, by account, region and kind."""
    old, new = _counted(before), _counted(after)
    for key in sorted({*old, *new}):
        if old[key] != new[key]:
            yield CostChange(*key, old[key], new[key])


def _counted(stacks: Iterable[Stack]) -> _Counted:
    found: _Counted = Counter()
    for stack in stacks:
        for logical_id, resource in stack.resources.items():
            for kind, unit, number in _of_resource(stack, logical_id, resource):
                found[stack.account, stack.region, kind, unit] += number
    return found


def _of_resource(stack: Stack, logical_id: str, resource: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    kind, properties = str(resource["Type"]), filled(resource.get("Properties", {}), stack)
    if kind in _UNITS:
        yield (*_UNITS[kind], 1)
    elif kind == "AWS::CodePipeline::Pipeline":
        yield (*_PIPELINES[str(properties.get("PipelineType", "V1"))], 1)
    elif kind == "AWS::SSM::Parameter" and properties.get("Tier") == "Advanced":
        yield "advanced parameter", "parameter-month", 1
    elif kind == "AWS::SageMaker::EndpointConfig":
        for index, variant in enumerate(properties.get("ProductionVariants") or []):
            path = (logical_id, "Properties", "ProductionVariants", index)
            yield from _variant(_plain(stack, variant, path))


def _variant(variant: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    serverless = variant.get("ServerlessConfig")
    if isinstance(serverless, Mapping):
        yield f"serverless endpoint of {serverless.get('MemorySizeInMB')} MB", "GB-second, while it answers", 1
        if provisioned := serverless.get("ProvisionedConcurrency"):
            yield "provisioned concurrency", "GB-second", int(provisioned)
    elif variant.get("InstanceType"):
        yield f"endpoint on {variant['InstanceType']}", "instance-hour", int(variant.get("InitialInstanceCount") or 1)


def _plain(stack: Stack, value: Any, path: tuple[str | int, ...]) -> Mapping[str, Any]:
    """The variant, without functions where their values are known."""
    found = {}
    for key, each in value.items():
        try:
            found[key] = value_of(stack, each, (*path, key))
        except UnresolvedError:
            continue  # the model's name, which only a deployment knows
    return found
