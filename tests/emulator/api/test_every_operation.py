"""What holds for every operation that the embedded AWS answers, found from the models: new ones fall under it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.iam.table import TABLE
from rehearsal.refusals import MODELS
from tests.emulator.api import inputs

SERVICES = sorted(TABLE)


def called(world: EmbeddedAws, service: str) -> Iterator[tuple[str, Any, dict[str, Any], bytes]]:
    """Every operation without input, with what it must have and with all: name, shape, answer or error, its bytes."""
    client, seen = inputs.client(world, service), []
    client.meta.events.register("after-call", lambda http_response, **_: seen.append(http_response.content))
    for operation in inputs.operations(service):
        call, shape = getattr(client, xform_name(operation.name)), operation.input_shape
        given: list[dict[str, Any]] = [{}, inputs.params(shape, full=False), inputs.params(shape, full=True)]
        for params in [each for number, each in enumerate(given) if each not in given[:number]]:
            seen.clear()
            try:
                answer = call(**params)
            except ClientError as error:
                answer = error.response
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


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_fails_inside_and_every_answer_has_its_id_and_shape(world: EmbeddedAws, service: str) -> None:
    wrong, ids = [], []
    json_answers = inputs.SESSION.get_service_model(MODELS.get(service, service)).metadata["protocol"] == "json"
    for name, shape, answer, content in called(world, service):
        metadata = answer["ResponseMetadata"]
        ids.append(metadata.get("RequestId"))
        if metadata["HTTPStatusCode"] >= 500 or not answer.get("Error", {}).get("Code", "none"):
            wrong.append(f"{name}: {answer['Error']}")
        if metadata["HTTPStatusCode"] == 200 and json_answers and shape is not None:
            wrong += unfit(shape, json.loads(content or b"{}"), name)
    assert not wrong
    assert len(ids) > 1
    assert None not in ids
    assert len(set(ids)) == len(ids)
