"""AWS SDK integrations: `arn:aws:states:::aws-sdk:codepipeline:startPipelineExecution`.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import datetime
import difflib
import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.states import functions
from rehearsal.states.failures import TaskFailed

_RESOURCE = re.compile(r"^arn:aws[a-z-]*:states:::aws-sdk:(?P<service>[a-z0-9]+):(?P<operation>[a-zA-Z0-9]+)$")
# names of the integration that are not those of the API's own model
_RENAMED = {"sfn": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs"}


class IntegrationError(Exception):
    """A resource is not supported or not one of AWS's."""


@dataclass(frozen=True)
class Integration:
    """One operation of one service: botocore's names for it, and the prefix of its errors."""

    service: str
    operation: str
    prefix: str
    takes_input: bool = False

    @property
    def model(self) -> Any:
        """botocore's model of the operation."""
        return _model(self.service).operation_model(self.operation)

    def problems(self, parameters: Any, where: str) -> Iterator[str]:
        """What AWS refuses of Parameters when a state machine is made: unknown names, missing ones."""
        yield from _unknown(self.model.input_shape, parameters, where)
        given = {key.removesuffix(".$") for key in parameters}
        for name in self.model.input_shape.required_members:
            if _pascal(name) not in given:
                yield f"{where}: The field {_pascal(name)!r} is required but was missing"

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
            return f"{self.prefix}.{self.prefix}Exception"
        return f"{self.prefix}.{code}" if code.endswith("Exception") else f"{self.prefix}.{code}Exception"


@functools.cache
def resolve(resource: str) -> Integration | functions.FunctionCall:
    """The integration that a Resource names. Raises IntegrationError."""
    invocation = functions.find(resource)
    if invocation is not None:
        return invocation
    found = _RESOURCE.match(resource)
    if found is None:
        raise IntegrationError(
            f"the embedded AWS does not support the resource {resource}: only arn:<partition>:states:::aws-sdk:"
            "<service>:<operation>, arn:<partition>:states:::lambda:invoke and ARNs of functions, without "
            ".waitForTaskToken"
        )
    names = {name.replace("-", ""): name for name in _session().get_available_services()}
    service = _RENAMED.get(found["service"]) or names.get(found["service"])
    if service is None:
        raise IntegrationError(f"{resource}: there is no service {found['service']}{_near(found['service'], names)}")
    operations = {name[0].lower() + name[1:]: name for name in _model(service).operation_names}
    operation = operations.get(found["operation"])
    if operation is None:
        near = _near(found["operation"], operations)
        raise IntegrationError(f"{resource}: {service} has no operation {found['operation']}{near}")
    # the name of the service's class in the SDK for Java: SSM is Ssm there, CodePipeline stays
    words = str(_model(service).service_id).split()
    return Integration(service, operation, "".join(each.capitalize() if each.isupper() else each for each in words))


@functools.cache
def _session() -> Any:
    return botocore.session.Session()


@functools.cache
def _model(service: str) -> Any:
    return _session().get_service_model(service)


def _unknown(shape: Any, value: Any, where: str) -> Iterator[str]:
    if shape.type_name == "structure" and isinstance(value, dict):
        members = {_pascal(name): name for name in shape.members}
        for key, part in value.items():
            name = key.removesuffix(".$")
            if name not in members:
                yield f"{where}: The field {name!r} is not supported by Step Functions{_near(name, members)}"
            elif not key.endswith(".$"):
                yield from _unknown(shape.members[members[name]], part, f"{where}/{name}")
    elif shape.type_name == "list" and isinstance(value, list):
        for number, part in enumerate(value):
            yield from _unknown(shape.member, part, f"{where}[{number}]")


def _to_api(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure" and isinstance(value, dict):
        members = {_pascal(name): name for name in shape.members}
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
    return {_pascal(key): _from_api(shape.members[key], part) for key, part in value.items() if key in shape.members}


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]


def _near(name: str, known: Any) -> str:
    found = difflib.get_close_matches(name, list(known), 1)
    return f" (did you mean {found[0]}?)" if found else ""
