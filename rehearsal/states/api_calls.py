"""Calls of AWS's APIs by tasks, in the spelling of Step Functions: parameters in, answers and errors out.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import datetime
import difflib
import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.states.failures import TaskFailed


@dataclass(frozen=True)
class ApiCall:
    """One operation of one service: botocore's names for it, and the prefix of its errors."""

    service: str
    operation: str
    prefix: str
    takes_input: bool = False

    @property
    def model(self) -> Any:
        """botocore's model of the operation."""
        return model_of(self.service).operation_model(self.operation)

    def problems(self, parameters: Any, where: str) -> Iterator[str]:
        """What AWS refuses of Parameters when a state machine is made: unknown names, missing ones."""
        yield from _unknown(self.model.input_shape, parameters, where)
        given = {key.removesuffix(".$") for key in parameters}
        for name in self.model.input_shape.required_members:
            if camel(name) not in given:
                yield f"{where}: The field {camel(name)!r} is required but was missing"

    def run(self, client: Any, parameters: Any) -> Any:
        """Call it. Raises TaskFailed."""
        shape = self.model.input_shape
        method = next(name for name, api in client.meta.method_to_api_mapping.items() if api == self.operation)
        try:
            answer = getattr(client, method)(**_to_api(shape, parameters))
        except ClientError as error:
            details, metadata = error.response["Error"], error.response.get("ResponseMetadata", {})
            cause = (
                f"{details.get('Message')} (Service: {self.prefix}, Status Code: {metadata.get('HTTPStatusCode')}, "
                f"Request ID: {metadata.get('RequestId', '-')})"
            )
            raise TaskFailed(self._error(details.get("Code", "")), cause) from None
        except (BotoCoreError, ValueError, TypeError) as error:
            raise TaskFailed("States.Runtime", str(error)) from None
        answer.pop("ResponseMetadata", None)
        return _from_api(self.model.output_shape, answer)

    def _error(self, code: str) -> str:
        known = {shape.name for shape in self.model.error_shapes}
        if code not in known:
            return f"{self.prefix}.{self.unnamed_error}"
        return f"{self.prefix}.{code}" if code.endswith("Exception") else f"{self.prefix}.{code}Exception"

    @property
    def unnamed_error(self) -> str:
        """What the integration calls an error that the API does not declare."""
        return f"{self.prefix}Exception"


@functools.cache
def session() -> Any:
    """botocore's data."""
    return botocore.session.Session()


@functools.cache
def model_of(service: str) -> Any:
    """botocore's model of a service."""
    return session().get_service_model(service)


def _unknown(shape: Any, value: Any, where: str) -> Iterator[str]:
    if shape.type_name == "structure" and isinstance(value, dict):
        members = {camel(name): name for name in shape.members}
        for key, part in value.items():
            name = key.removesuffix(".$")
            if name not in members:
                yield f"{where}: The field {name!r} is not supported by Step Functions{near(name, members)}"
            elif not key.endswith(".$"):
                yield from _unknown(shape.members[members[name]], part, f"{where}/{name}")
    elif shape.type_name == "list" and isinstance(value, list):
        for number, part in enumerate(value):
            yield from _unknown(shape.member, part, f"{where}[{number}]")


def _to_api(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure" and isinstance(value, dict):
        members = {camel(name): name for name in shape.members}
        unknown = sorted(set(value) - set(members))
        if unknown:
            raise ValueError(f"The field {unknown[0]!r} is not supported by Step Functions")
        return {members[key]: _to_api(shape.members[members[key]], part) for key, part in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [_to_api(shape.member, part) for part in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: _to_api(shape.value, part) for key, part in value.items()}
    if shape.type_name == "blob" and not isinstance(value, str):
        return json.dumps(value, separators=(",", ":")).encode()
    return value


def _from_api(shape: Any, value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    if shape is None or not isinstance(value, dict | list):
        return value.read().decode(errors="replace") if hasattr(value, "read") else value
    if isinstance(value, list):
        return [_from_api(shape.member, part) for part in value]
    if shape.type_name == "map":
        return {key: _from_api(shape.value, part) for key, part in value.items()}
    return {camel(key): _from_api(shape.members[key], part) for key, part in value.items() if key in shape.members}


def camel(name: str) -> str:
    """A member's or operation's name as Step Functions spells it: `Name` for `name`."""
    return name[:1].upper() + name[1:]


def near(name: str, known: Any) -> str:
    """The nearest known name, in words; nothing where none is near."""
    found = difflib.get_close_matches(name, list(known), 1)
    return f" (did you mean {found[0]}?)" if found else ""
