"""Input for every operation that the embedded AWS answers, made of botocore's models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import botocore.session
from botocore.config import Config

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.iam.table import TABLE
from rehearsal.refusals import MODELS
from tests.emulator.conftest import ACCOUNTS, REGION

SESSION = botocore.session.Session()
_CONFIG = Config(parameter_validation=False, retries={"max_attempts": 0}, inject_host_prefix=False)
_NOT_SENT = "EndpointId"  # which needs botocore's C runtime to be signed
_ARN = f"arn:aws:x:{REGION}:{ACCOUNTS[0]}:thing/absent"


def operations(service: str) -> Iterator[Any]:
    """The models of the operations of a service (by signing name) that have permissions in the authorization map."""
    model = SESSION.get_service_model(MODELS.get(service, service))
    for name in sorted(TABLE[service]):
        if name in model.operation_names and not model.operation_model(name).has_event_stream_output:
            yield model.operation_model(name)


def client(world: EmbeddedAws, service: str) -> Any:
    """A client of the first account's administrator that sends whatever it is given."""
    who = world.accounts.add(ACCOUNTS[0])
    return SESSION.create_client(
        MODELS.get(service, service),
        region_name=REGION,
        endpoint_url=world.endpoint,
        config=_CONFIG,
        aws_access_key_id=who.access_key,
        aws_secret_access_key=who.secret_key,
    )


def params(shape: Any, *, full: bool) -> dict[str, Any]:
    """Values for the members that a request must have, or for all of them; what they name is not there."""
    return {} if shape is None else _structure(shape, full, 0)


def in_path(shape: Any) -> dict[str, Any]:
    """Values for the members that are in the path of a request: without them there is none."""
    made = params(shape, full=False)
    return {name: value for name, value in made.items() if shape.members[name].serialization.get("location") == "uri"}


def single(shape: Any) -> Iterator[dict[str, Any]]:
    """What a request must have with one more member, each in turn."""
    for name, member in shape.members.items() if shape is not None else ():
        if name == _NOT_SENT:
            continue
        yield params(shape, full=False) | {name: _value(member, name, False, 1)}


def _structure(shape: Any, full: bool, depth: int) -> dict[str, Any]:
    names = shape.members if full and depth < 6 else shape.required_members
    made = {name: _value(shape.members[name], name, full, depth + 1) for name in names}
    return {name: value for name, value in made.items() if name != _NOT_SENT and not name.lower().endswith("token")}


def _value(shape: Any, name: str, full: bool, depth: int) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, full, depth)
    if kind == "list":
        return [_value(shape.member, name, full, depth + 1)] * max(1, shape.metadata.get("min", 1)) if depth < 8 else []
    if kind == "map":
        return {_value(shape.key, name, full, depth): _value(shape.value, name, full, depth + 1)}
    return _text(shape, name) if kind == "string" else _SCALARS[kind](shape)


def _text(shape: Any, name: str) -> str:
    if shape.enum:
        return str(shape.enum[0])
    if name == "QueueUrl":
        return f"http://127.0.0.1/{ACCOUNTS[0]}/absent"
    if "arn" in name.lower():
        return _ARN
    return ("absent" * 50)[: max(shape.metadata.get("min", 1), 6)][: shape.metadata.get("max", 100)]


def _number(shape: Any) -> int:
    return max(1, int(shape.metadata.get("min", 1)))


_SCALARS: dict[str, Any] = {
    "integer": _number,
    "long": _number,
    "float": _number,
    "double": _number,
    "boolean": lambda shape: False,
    "timestamp": lambda shape: 1700000000,
    "blob": lambda shape: b"x",
}
