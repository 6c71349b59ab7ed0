"""What must hold between the way an environment serves (`kind`) and its other settings.

As in rules.py, plain data is read, and what cannot be read is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_cicd.sagemaker_model_cicd.settings.asleep_rules import asleep_complaints
from model_cicd.sagemaker_model_cicd.settings.endpoint_rules import endpoint_complaints, foreign_keys, foreign_topics
from model_cicd.sagemaker_model_cicd.settings.reading import NONE, build_environment, deploy_environments, groups, joins
from model_cicd.text.errors import describe
from model_cicd.text.messages import Complaint, KeyPath
from model_cicd.text.untrusted import mapping, text

_BATCH, _ASYNC = "batch", "async"
_NOT_ASYNC = {
    "serverless": "asynchronous endpoints have instances",
    "instanceCount": "the number follows the requests that wait, from none to maxCapacity",
    "autoscaling": "the number follows the requests that wait, from none to maxCapacity",
    "dataCapture": "requests and answers are in S3 as it is",
    "asleep": "there is no instance while nothing waits",
    "idleDays": "an endpoint that nobody asks has no instance",
    "deployment": "there may be no instance whose traffic could be watched",
    "shadow": "SageMaker has no shadow variants for it",
}
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
        yield from _endpoint(path, kind, endpoint, region, tested=environment.get("tests") is not None)
        yield from asleep_complaints(path, environment)
    if kind == NONE and environment.get("requireApproval") is not None:
        yield (*path, "requireApproval"), f"got requireApproval with kind {NONE}, expected one of them: {why}"
    where = environment.get("account"), region
    yield from _topics((*path, "endpoint"), endpoint, *where)
    for word in (_BATCH, _ASYNC):
        own = environment.get(word)
        if kind != word and own is not None:
            given = describe(kind) if kind is not None else "no kind"
            yield (*path, word), f"got {word} with {given}, expected kind: {word} beside it"
        if kind == word and own is None:
            wanted = f"{word}: {{input, output}}"
            yield (*path, "kind"), f"got {word!r} without {word}, expected its input and output as {wanted}"
        if isinstance(own, Mapping):
            yield from _data((*path, word), own, *where)
    if isinstance(batch := environment.get(_BATCH), Mapping):
        yield from _batch((*path, _BATCH), batch)


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


def _endpoint(
    path: KeyPath, kind: object, endpoint: Mapping[str, Any], region: object, *, tested: bool
) -> Iterator[Complaint]:
    if kind == "endpoint" and endpoint.get("serverless") is not None:
        yield (
            (*path, "endpoint", "serverless"),
            "got serverless with kind 'endpoint', expected kind: serverless, or no kind",
        )
    if kind == "serverless" and endpoint.get("serverless") is None:
        endpoint = {**endpoint, "serverless": {}}
    yield from endpoint_complaints((*path, "endpoint"), endpoint, region)
    if kind == _ASYNC and tested:
        yield (*path, "tests"), f"got tests with kind {kind}, expected none: they wait for each answer"
    for key, why in _NOT_ASYNC.items() if kind == _ASYNC else ():
        if endpoint.get(key) is not None:
            yield (*path, "endpoint", key), f"got {key} with kind {_ASYNC}, expected one of them: {why}"


def _topics(path: KeyPath, endpoint: Mapping[str, Any], account: object, region: object) -> Iterator[Complaint]:
    """Who is told of an endpoint, by its alarms."""
    topic = endpoint.get("idleNotify")
    alarms = mapping(mapping(endpoint.get("deployment")).get("alarms"))
    topics = [((*path, "idleNotify"), topic), ((*path, "deployment", "alarms", "notify"), alarms.get("notify"))]
    yield from foreign_topics(topics, account, region)
    if topic is not None and endpoint.get("idleDays") is None:
        yield (*path, "idleNotify"), "got idleNotify without idleDays, expected idleDays beside it: there is no alarm"


def _data(path: KeyPath, own: Mapping[str, Any], account: object, region: object) -> Iterator[Complaint]:
    """Prefixes, keys and topics of an environment."""
    keys = [((*path, name), own.get(name)) for name in ("inputKeyArn", "outputKeyArn")]
    yield from foreign_keys(keys, region)
    source, target = (text(own.get(name)).rstrip("/") + "/" for name in ("input", "output"))
    if len(source) > 1 and len(target) > 1:
        if target.startswith(source):
            yield (*path, "output"), "got a prefix in the input, expected another: each output would be an input"
        elif source.startswith(target):
            yield (*path, "input"), "got a prefix in the output, expected another: an output could be an input"
    topics = [((*path, name), own.get(name)) for name in ("notify", "successTopicArn", "errorTopicArn")]
    yield from foreign_topics(topics, account, region)


def _batch(path: KeyPath, batch: Mapping[str, Any]) -> Iterator[Complaint]:
    if batch.get("schedule") is not None and batch.get("onNewData") is True:
        yield (*path, "onNewData"), "got onNewData beside schedule, expected one of them: each new object, or all"
    whole = batch.get("splitLines") is False and "csv" in text(batch.get("contentType", "csv"))
    for name in ("inputFilter", "outputFilter"):
        if batch.get(name) is not None and whole:
            yield (*path, name), f"got {name} with splitLines: false, expected splitLines: records are lines"
