"""What must hold between the way an environment serves (`kind`) and its other settings.

As in rules.py, plain data is read, and what cannot be read is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_cicd.sagemaker_model_cicd.settings.asleep_rules import asleep_complaints
from model_cicd.sagemaker_model_cicd.settings.endpoint_rules import endpoint_complaints, foreign_keys
from model_cicd.sagemaker_model_cicd.settings.reading import NONE, build_environment, deploy_environments, groups, joins
from model_cicd.text.errors import describe
from model_cicd.text.messages import Complaint, KeyPath
from model_cicd.text.untrusted import mapping, text

_BATCH = "batch"
_WITHOUT_ENDPOINT = {_BATCH: "transforms need none", NONE: "it is not deployed to"}


def serving_complaints(path: KeyPath, environment: Mapping[str, Any], region: object) -> Iterator[Complaint]:
    """What is wrong with how the environment at `path`, in `region`, serves."""
    kind, endpoint = environment.get("kind"), mapping(environment.get("endpoint"))
    if why := _WITHOUT_ENDPOINT.get(text(kind)):
        if endpoint:
            yield (*path, "endpoint"), f"got endpoint with kind {kind}, expected one of them: {why}"
        if environment.get("tests") is not None:
            yield (*path, "tests"), f"got tests with kind {kind}, expected none: there is no endpoint to ask"
    else:
        yield from _endpoint(path, kind, endpoint, region)
        yield from asleep_complaints(path, environment)
    if kind == NONE and environment.get("requireApproval") is not None:
        yield (*path, "requireApproval"), f"got requireApproval with kind {NONE}, expected one of them: {why}"
    batch = environment.get(_BATCH)
    if kind != _BATCH and batch is not None:
        given = describe(kind) if kind is not None else "no kind"
        yield (*path, _BATCH), f"got batch with {given}, expected kind: batch beside it"
    if kind == _BATCH and batch is None:
        yield (*path, "kind"), "got 'batch' without batch, expected its input and output as batch: {input, output}"
    if isinstance(batch, Mapping):
        yield from _batch((*path, _BATCH), batch, environment.get("account"), region)


def nobody_serves(data: Mapping[str, Any]) -> Iterator[Complaint]:
    """Groups none of whose environments is deployed to."""
    for path, group in groups(data):
        own = build_environment(path, group)
        serving = [*([own] if joins(group) else []), *deploy_environments(path, group)]
        if serving and all(environment.get("kind") == NONE for _, environment in serving):
            yield (
                (*serving[-1][0], "kind"),
                f"got {NONE!r} as the kind of every environment of the group, expected one that is deployed to",
            )


def _endpoint(path: KeyPath, kind: object, endpoint: Mapping[str, Any], region: object) -> Iterator[Complaint]:
    if kind == "endpoint" and endpoint.get("serverless") is not None:
        yield (
            (*path, "endpoint", "serverless"),
            "got serverless with kind 'endpoint', expected kind: serverless, or no kind",
        )
    if kind == "serverless" and endpoint.get("serverless") is None:
        endpoint = {**endpoint, "serverless": {}}
    yield from endpoint_complaints((*path, "endpoint"), endpoint, region)


def _batch(path: KeyPath, batch: Mapping[str, Any], account: object, region: object) -> Iterator[Complaint]:
    keys = [((*path, name), batch.get(name)) for name in ("inputKeyArn", "outputKeyArn")]
    yield from foreign_keys(keys, region)
    if batch.get("schedule") is not None and batch.get("onNewData") is True:
        yield (*path, "onNewData"), "got onNewData beside schedule, expected one of them: each new object, or all"
    source, target = (text(batch.get(name)).rstrip("/") + "/" for name in ("input", "output"))
    if len(source) > 1 and len(target) > 1:
        if target.startswith(source):
            yield (*path, "output"), "got a prefix in the input, expected another: each output would be an input"
        elif source.startswith(target):
            yield (*path, "input"), "got a prefix in the output, expected another: an output could be an input"
    whole = batch.get("splitLines") is False and "csv" in text(batch.get("contentType", "csv"))
    for name in ("inputFilter", "outputFilter"):
        if batch.get(name) is not None and whole:
            yield (*path, name), f"got {name} with splitLines: false, expected splitLines: records are lines"
    topic = text(batch.get("notify")).split(":")
    if len(topic) == 6 and (topic[3], topic[4]) != (region, account):
        yield (
            (*path, "notify"),
            f"got a topic in account {topic[4]} {topic[3]}, expected one of the environment's: {account} {region}",
        )
