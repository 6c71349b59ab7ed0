"""What must hold between the settings of one endpoint: combinations that SageMaker refuses, or that do nothing.

As in rules.py, plain data is read, and what cannot be read is skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from model_cicd.aws.instances import family, has_guardrails, has_local_storage, is_burstable
from model_cicd.sagemaker_model_cicd.settings.endpoint import DEFAULT_INSTANCE_TYPE
from model_cicd.sagemaker_model_cicd.settings.rollout_rules import rollout_complaints
from model_cicd.text.errors import describe
from model_cicd.text.messages import Complaint, KeyPath
from model_cicd.text.untrusted import integer, mapping, text

# https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html#serverless-endpoints-how-it-works-exclusions
# https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
# https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-exclusions.html
_NOT_SERVERLESS = {
    "instanceType": "it has no instances",
    "instanceCount": "it has no instances",
    "autoscaling": "it scales by itself up to maxConcurrency",
    "vpc": "SageMaker runs it outside of a VPC",
    "enableNetworkIsolation": "SageMaker has no network isolation for it",
    "dataCapture": "SageMaker has no data capture for it",
    "volumeKey": "it has no instances with volumes",
    "deployment": "SageMaker exchanges its version in one step and watches no alarms",
    "shadow": "SageMaker has no shadow variants for it",
}


def endpoint_complaints(path: KeyPath, endpoint: Mapping[str, Any], region: object) -> Iterator[Complaint]:
    """What is wrong with the settings `endpoint` at `path`, of an environment in `region`."""
    capture = mapping(endpoint.get("dataCapture"))
    keys = [((*path, "volumeKey"), endpoint.get("volumeKey"))]
    yield from foreign_keys([*keys, ((*path, "dataCapture", "kmsKeyArn"), capture.get("kmsKeyArn"))], region)
    if endpoint.get("serverless") is not None:
        for key, why in _NOT_SERVERLESS.items():
            value = endpoint.get(key)
            if value is not None and value is not False:
                yield (*path, key), f"got {key} with serverless, expected one of them: a serverless endpoint: {why}"
        return
    kind = text(endpoint.get("instanceType") or DEFAULT_INSTANCE_TYPE)
    yield from _volume_key((*path, "volumeKey"), endpoint.get("volumeKey"), kind)
    yield from _autoscaling(path, endpoint, kind)
    if endpoint.get("shadow") is not None and not has_guardrails(kind):
        yield (
            (*path, "shadow"),
            f"got shadow with {kind}, expected another instance type: with {family(kind)}, SageMaker has no shadow "
            "variants",
        )
    deployment = endpoint.get("deployment")
    if isinstance(deployment, Mapping):
        if not has_guardrails(kind):
            yield (
                (*path, "deployment"),
                f"got deployment with {kind}, expected another instance type: with {family(kind)}, SageMaker exchanges "
                "versions in one step and watches no alarms",
            )
        yield from rollout_complaints((*path, "deployment"), deployment, *_fleet(endpoint))


def _volume_key(path: KeyPath, value: object, kind: str) -> Iterator[Complaint]:
    if (value is True or isinstance(value, str)) and has_local_storage(kind):
        yield (
            path,
            f"got {describe(value)} with {kind}, expected false or nothing: {family(kind)} instances have NVMe storage "
            "of their own, which their hardware encrypts; SageMaker refuses a key for them",
        )


def _autoscaling(path: KeyPath, endpoint: Mapping[str, Any], kind: str) -> Iterator[Complaint]:
    scaling = endpoint.get("autoscaling")
    if not isinstance(scaling, Mapping):
        return
    if is_burstable(kind):
        yield (
            (*path, "autoscaling"),
            f"got autoscaling with {kind}, expected another instance type: SageMaker does not scale burstable ones",
        )
    low, high = _capacity(scaling)
    if low is not None and high is not None and high < low:
        yield (
            (*path, "autoscaling", "maxCapacity"),
            f"got {describe(high)}, expected at least minCapacity, which is {low}",
        )
        return
    count = integer(endpoint.get("instanceCount"))
    if count is not None and low is not None and high is not None and not low <= count <= high:
        yield (
            (*path, "instanceCount"),
            f"got {describe(count)}, expected {low} to {high}, as autoscaling has it, or nothing",
        )


def _capacity(scaling: Mapping[str, Any]) -> tuple[int | None, int | None]:
    return integer(scaling.get("minCapacity", 1)), integer(scaling.get("maxCapacity"))


def _fleet(endpoint: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """The fewest and the most instances there may be, as far as they can be read."""
    scaling = endpoint.get("autoscaling")
    if isinstance(scaling, Mapping):
        return _capacity(scaling)
    count = integer(1 if endpoint.get("instanceCount") is None else endpoint.get("instanceCount"))
    return count, count


def foreign_topics(topics: Iterable[tuple[KeyPath, object]], account: object, region: object) -> Iterator[Complaint]:
    """Which of these topics (ARNs, by their paths) are not of the environment's account and region."""
    for path, value in topics:
        parts = text(value).split(":")
        if len(parts) == 6 and (parts[3], parts[4]) != (region, account):
            wanted = f"{account} {region}"
            yield path, f"got a topic in account {parts[4]} {parts[3]}, expected one of the environment's: {wanted}"


def foreign_keys(keys: Iterable[tuple[KeyPath, object]], region: object) -> Iterator[Complaint]:
    """Which of these keys (ARNs, by their paths) are of another region: KMS does not leave its region."""
    for each, value in keys:
        parts = text(value).split(":")
        if len(parts) == 6 and parts[2] == "kms" and isinstance(region, str) and parts[3] != region:
            yield each, f"got a key of {parts[3]!r}, expected one of the environment's region {region!r}"
