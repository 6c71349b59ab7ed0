"""A new version beside the one that serves: it gets copies of requests, and is compared before it takes over.

The stack keeps its release and its template; for a while one parameter more names another release. What is compared are
the metrics that SageMaker puts for each variant: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from model_cicd.aws import accounts
from model_cicd.aws.accounts import parameters
from model_cicd.aws.sessions import plain_errors
from model_cicd.aws.shadow import COMPARED, NOBODY, PARAMETER, SERVING_VARIANT, SHADOW_VARIANT, Limits
from model_cicd.aws.sleep import ASLEEP
from model_cicd.promotion import serving
from model_cicd.promotion.comparison import Compared, Seen, compare
from model_cicd.promotion.redeploy import Redeployment, redeploy
from model_cicd.promotion.renewed import renewed
from model_cicd.text.errors import ModelCicdError

_SESSION = "model-cicd-shadow"
_CHANGE_SET = "model-cicd-shadow"
_PACKAGE = "ModelPackageArn"
_POLL_SECONDS = 5
_METRICS = ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors", "ModelLatency")


@dataclass(frozen=True)
class ShadowRequest:
    """The limits, the release (ARN) and its version, the environment with its endpoint and stack, and roles."""

    limits: Limits
    release: str
    version: str
    environment: str
    region: str
    endpoint: str
    stack: str
    deploy_role_arn: str
    lookup_role_arn: str
    cfn_exec_role_arn: str


def shadow(request: ShadowRequest, say: Callable[[str], None]) -> dict[str, str]:
    """The variable of the build: how the version compares. Raises ModelCicdError where it is worse, or not seen enough.

    The shadow is away again in every case.
    """
    with plain_errors():
        cloudformation = renewed(request.deploy_role_arn, request.region, _SESSION, "cloudformation")
        stack = accounts.stack(cloudformation(), request.stack)
        if reason := _not_now(request, stack):
            say(reason)
            return {COMPARED: reason}
        assert stack is not None
        with _beside(request, cloudformation, stack, say):
            found = _watched(request, say)
    said = found.text(request.version, parameters(stack)["Version"])
    say(said)
    if not found.good:
        raise ModelCicdError(f"shadow of {request.environment} {said}; it goes on with what it serves")
    return {COMPARED: said}


def _not_now(request: ShadowRequest, stack: Mapping[str, Any] | None) -> str:
    """Why there is nothing to compare, or nothing."""
    if stack is None or stack["StackStatus"] in serving.NEVER_SERVED:
        return "not needed: nothing serves yet"
    found = parameters(stack)
    if found.get(_PACKAGE) == request.release:
        return "not needed: the version serves already"
    if PARAMETER not in found:
        return "not possible yet: what serves was deployed without this setting, which this promotion brings along"
    return ""


@contextmanager
def _beside(
    request: ShadowRequest, client: Callable[[], Any], stack: Mapping[str, Any], say: Callable[[str], None]
) -> Iterator[None]:
    """While the version is there as a shadow. Raises ModelCicdError when it does not come, or does not go."""
    awake = {ASLEEP: "false"} if ASLEEP in parameters(stack) else {}

    def deploy(release: str) -> None:
        given = {PARAMETER: release, **awake}
        done = redeploy(client, Redeployment(stack, given, request.cfn_exec_role_arn, _CHANGE_SET))
        if done["StackStatus"] != "UPDATE_COMPLETE":
            what = "could NOT be taken away again" if release == NOBODY else "did not start"
            why = f"{done['StackStatus']} {done.get('StackStatusReason', '')}".strip()
            raise ModelCicdError(f"the shadow of {request.environment}, version {request.version}, {what}: {why}")

    if parameters(stack)[PARAMETER] != NOBODY:
        say("a shadow was left there by a build that did not end: it goes first")
        deploy(NOBODY)
    say(f"version {request.version} ({request.release}) becomes the shadow of {request.environment}")
    deploy(request.release)
    try:
        yield
    finally:
        say("the shadow goes again")
        deploy(NOBODY)


def _watched(request: ShadowRequest, say: Callable[[str], None]) -> Compared:
    """How the two compare once enough was seen, or the time is over."""
    limits = request.limits
    client = renewed(request.lookup_role_arn, request.region, _SESSION, "cloudwatch")
    began = datetime.now(UTC).replace(second=0, microsecond=0)
    until = time.monotonic() + 60 * limits.minutes
    told = -1
    while told < limits.requests and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
        seen = _seen(client(), request.endpoint, SHADOW_VARIANT, began).requests
        if seen != told:
            told = seen
            say(f"{told} of {limits.requests} copies of requests")
    time.sleep(_POLL_SECONDS)  # the metrics of one request do not come at once
    serves, beside = (_seen(client(), request.endpoint, each, began) for each in (SERVING_VARIANT, SHADOW_VARIANT))
    return compare(serves, beside, limits)


def _seen(cloudwatch: Any, endpoint: str, variant: str, began: datetime) -> Seen:
    """What a variant did since `began`, a full minute, as the sums of its metrics."""
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
    queries = [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {"Namespace": "AWS/SageMaker", "MetricName": name, "Dimensions": dimensions},
                "Period": 60,
                "Stat": "Sum",
            },
        }
        for number, name in enumerate(_METRICS)
    ]
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=began, EndTime=datetime.now(UTC)
    )
    sums = dict.fromkeys((each["Id"] for each in queries), 0.0)
    for page in pages:
        for each in page["MetricDataResults"]:
            sums[each["Id"]] += sum(each["Values"])
    requests, clients, servers, latency = sums.values()
    return Seen(round(requests), round(clients + servers), latency / 1000)
