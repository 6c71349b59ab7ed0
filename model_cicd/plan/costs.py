"""What starts or stops costing, by kind: counts, and the unit that AWS charges it by. No prices.

The units are those of AWS's price lists: https://aws.amazon.com/sagemaker/ai/pricing/, https://aws.amazon.com/kms/pricing/,
https://aws.amazon.com/cloudwatch/pricing/, https://aws.amazon.com/codepipeline/pricing/,
https://aws.amazon.com/codebuild/pricing/, https://aws.amazon.com/systems-manager/pricing/
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from model_cicd.access.assembly import Stack
from model_cicd.access.template_values import UnresolvedError, value_of
from model_cicd.pipeline.instances import clusters
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


@dataclass(frozen=True)
class Job:
    """The most instances of a type that one job of a training has at once, by use ("training job")."""

    account: str
    region: str
    instance_type: str
    use: str
    instances: int


_Counted = Counter[tuple[str, str, str, str]]


def cost_changes(
    before: Iterable[Stack], after: Iterable[Stack], jobs: tuple[Iterable[Job], Iterable[Job]] = ((), ())
) -> Iterator[CostChange]:
    """What there is more or less of, by account, region and kind; `jobs` are those of trainings before and after."""
    old, new = _counted(before, jobs[0]), _counted(after, jobs[1])
    for key in sorted({*old, *new}):
        if old[key] != new[key]:
            yield CostChange(*key, old[key], new[key])


def _counted(stacks: Iterable[Stack], jobs: Iterable[Job]) -> _Counted:
    found: _Counted = Counter()
    for job in jobs:
        kind, unit, number = _job(job.instance_type, job.use, job.instances)
        found[job.account, job.region, kind, unit] += number
    for stack in stacks:
        for logical_id, resource in stack.resources.items():
            for kind, unit, number in _of_resource(stack, logical_id, resource):
                found[stack.account, stack.region, kind, unit] += number
    return found


def _of_resource(stack: Stack, logical_id: str, resource: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    kind, properties = str(resource["Type"]), filled(resource.get("Properties", {}), stack)
    if kind in _UNITS:
        yield (*_UNITS[kind], 1)
        if kind == "AWS::StepFunctions::StateMachine":
            runs = clusters(_document(properties.get("DefinitionString")), {})
            yield from (_job(type_, "transform job", count) for type_, count in runs)
    elif kind == "AWS::CodePipeline::Pipeline":
        yield (*_PIPELINES[str(properties.get("PipelineType", "V1"))], 1)
    elif kind.startswith("AWS::SageMaker::") and kind.endswith("JobDefinition"):
        yield from (_job(type_, "monitoring job", count) for type_, count in clusters(properties, {}))
    elif kind == "AWS::SSM::Parameter" and properties.get("Tier") == "Advanced":
        yield "advanced parameter", "parameter-month", 1
    elif kind == "AWS::SageMaker::EndpointConfig":
        for index, variant in enumerate(properties.get("ProductionVariants") or []):
            path = (logical_id, "Properties", "ProductionVariants", index)
            yield from _variant(_plain(stack, variant, path))


def _job(type_: str, use: str, count: int) -> tuple[str, str, int]:
    return f"{use} on {type_}", "instance-hour, while it runs", count


def _document(text: Any) -> Any:
    """What a text holds as JSON; empty where it is none, or is known to a deployment only."""
    try:
        return json.loads(text) if isinstance(text, str) else {}
    except json.JSONDecodeError:
        return {}


def _variant(variant: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    serverless = variant.get("ServerlessConfig")
    if isinstance(serverless, Mapping):
        yield f"serverless endpoint of {serverless.get('MemorySizeInMB')} MB", "GB-second, while it answers", 1
        if provisioned := serverless.get("ProvisionedConcurrency"):
            yield "provisioned concurrency", "GB-second", int(provisioned)
    elif variant.get("InstanceType"):
        yield f"endpoint on {variant['InstanceType']}", "instance-hour", int(variant.get("InitialInstanceCount") or 1)


def _plain(stack: Stack, value: Any, path: tuple[str | int, ...]) -> Mapping[str, Any]:
    """The members of `value`, without functions where their values are known."""
    found = {}
    for key, each in value.items():
        try:
            found[key] = value_of(stack, each, (*path, key))
        except UnresolvedError:
            continue  # such as a model's name, which only a deployment knows
    return found
