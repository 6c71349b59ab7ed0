"""What holds for every operation that the embedded AWS answers, found from the models: new ones fall under it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from jmespath.exceptions import JMESPathTypeError  # type: ignore[import-untyped]

from rehearsal.api import ApiError
from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.iam.table import TABLE
from rehearsal.params import only
from rehearsal.refusals import MODELS
from rehearsal.request_members import RequestMembers
from tests.emulator.api import inputs

SERVICES = sorted(TABLE)


def called(world: EmbeddedAws, service: str) -> Iterator[tuple[str, Any, dict[str, Any], bytes]]:
    """Every operation without input, with what it must have and with all: name, shape, answer or error, its bytes."""
    client, seen = inputs.client(world, service), []
    client.meta.events.register("after-call", lambda http_response, **_: seen.append(http_response.content))
    for operation in inputs.operations(service):
        call, shape = getattr(client, xform_name(operation.name)), operation.input_shape
        given = [inputs.in_path(shape), inputs.params(shape, full=False), inputs.params(shape, full=True)]
        for params in [each for number, each in enumerate(given) if each not in given[:number]]:
            seen.clear()
            try:
                answer = call(**params)
            except ClientError as error:
                answer = error.response
            except JMESPathTypeError:  # the client itself looks into what is missing
                continue
            yield operation.name, operation.output_shape, answer, seen[-1] if seen else b""


def unfit(shape: Any, value: Any, where: str) -> Iterator[str]:
    """Where a JSON answer is null or has a member that its shape does not have."""
    if value is None:
        yield f"{where}: null"
    elif isinstance(value, dict) and shape.type_name == "structure":
        for name, part in value.items():
            if name in shape.members:
                yield from unfit(shape.members[name], part, f"{where}.{name}")
            else:
                yield f"{where}.{name}: unknown"
    elif isinstance(value, dict) and shape.type_name == "map":
        for name, part in value.items():
            yield from unfit(shape.value, part, f"{where}.{name}")
    elif isinstance(value, list) and shape.type_name == "list":
        for part in value:
            yield from unfit(shape.member, part, f"{where}[]")
    elif shape.type_name in ("structure", "map", "list"):
        yield f"{where}: got {type(value).__name__}, expected a {shape.type_name}"


UNREAD = {
    ("cloudformation", "DeleteStack"): "of a stack that is not there, which is no error",
    ("cloudformation", "ListHookResults"): "there are no hooks",
    ("codecommit", "DeleteBranch"): "of a branch that is not there, which is no error",
    ("events", "DeleteRule"): "Force is for rules that AWS manages, of which there are none",
    ("events", "ListRuleNamesByTarget"): "no rules, no targets",
    ("sagemaker", "CreatePipeline"): "ClientRequestToken: the same request again finds the name taken",
    ("states", "ValidateStateMachineDefinition"): "all problems are errors, whatever the type and severity",
}
"""What operations of ours do not look at, and why it makes no difference."""


def test_operations_of_ours_look_at_every_member_or_refuse_it(world: EmbeddedAws) -> None:
    world.gateway.unread.clear()
    for service in world.services:
        client = inputs.client(world, service.name)
        own = set(service.operations())
        for operation in (each for each in inputs.operations(service.name) if each.name in own):
            for params in inputs.single(operation.input_shape):
                with contextlib.suppress(ClientError):
                    getattr(client, xform_name(operation.name))(**params)
    found = {(service, name): members for service, name, members in world.gateway.unread}
    assert {each: members for each, members in found.items() if each not in UNREAD} == {}
    assert found, "nothing is noted any more"


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_fails_inside_and_every_answer_has_its_id_and_shape(world: EmbeddedAws, service: str) -> None:
    wrong, ids = [], []
    protocol = inputs.SESSION.get_service_model(MODELS.get(service, service)).metadata["protocol"]
    json_answers = protocol in ("json", "rest-json")
    for name, shape, answer, content in called(world, service):
        metadata = answer["ResponseMetadata"]
        ids.append(metadata.get("RequestId"))
        if metadata["HTTPStatusCode"] >= 500 or not answer.get("Error", {}).get("Code", "none"):
            wrong.append(f"{name}: {answer['Error']}")
        plain = shape is not None and "payload" not in shape.serialization
        if metadata["HTTPStatusCode"] in (200, 201, 202) and json_answers and plain:
            wrong += unfit(shape, json.loads(content or b"{}"), name)
    assert not wrong
    assert ids
    assert None not in ids
    assert len(set(ids)) == len(ids)


def test_what_was_looked_at_is_known() -> None:
    params = RequestMembers("sagemaker", {"a": 1, "b": 2, "c": None, "d": 4, "e": 5})
    assert (params["a"], params.get("b"), "d" in params) == (1, 2, True)
    assert params.unread == ["e"]
    only(params, {"a", "b", "d", "e"}, "Do")  # does not count as looking
    assert params.unread == ["e"]
    for whole in ({**params}, params | {}, dict(params)):
        assert whole == {"a": 1, "b": 2, "c": None, "d": 4, "e": 5}
    assert params.unread == []
    with pytest.raises(ApiError, match="1 validation error detected: x: missing"):
        params["x"]
