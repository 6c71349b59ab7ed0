"""Custom::AWS: calls of the AWS SDK that a template asks for (`AwsCustomResource`).

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources-readme.html#custom-resources-for-aws-apis
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.cloudformation.cdk_resources.request import CREATE, DELETE, UPDATE, Answer, Clients, Failed, Request
from rehearsal.cloudformation.cdk_resources.sdk_names import method_of, service_of
from rehearsal.cloudformation.shapes import fit

_PHYSICAL_ID = "PHYSICAL:RESOURCEID:"  # PhysicalResourceIdReference
_REPETITIONS = 3  # of a pattern
_SESSION = re.compile(r"[^\w+=,.@-]")

# members of a call
_FORMS: Mapping[str, type] = {"service": str, "action": str, "parameters": dict, "physicalResourceId": dict}
_WORDS: Mapping[type, str] = {str: "text", dict: "an object"}

Call = Mapping[str, Any]


def handle(request: Request) -> Answer:
    """Make the call of the request, if there is one; without it nothing happens."""
    calls = {kind: _call(request, kind) for kind in (CREATE, UPDATE, DELETE)}
    identity = _identity(request, calls)
    call = calls[request.kind]
    if not call:
        return Answer(identity)
    try:
        response = _made(request.clients, call, identity)
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        pattern = call.get("ignoreErrorCodesMatching")
        if not pattern or not _fits(str(pattern), code):
            raise Failed(str(error.response["Error"].get("Message") or code)) from None
        response = None
    if response is None:
        return Answer(identity)
    path = (call.get("physicalResourceId") or {}).get("responsePath")
    if path:
        if not response.get(path):
            raise Failed(f"Invalid PhysicalResourceId: the response has no {path}")
        identity = str(response[path])
    return Answer(identity, _wanted(call, response))


def _call(request: Request, kind: str) -> Call:
    text = request.properties.get(kind)
    try:
        found = json.loads(text) if text else {}
    except (TypeError, ValueError):
        raise Failed(f"{kind}: got {text!r}, expected a call as JSON") from None
    if not isinstance(found, dict):
        raise Failed(f"{kind}: got {text!r}, expected a call as JSON")
    for name, form in _FORMS.items() if found else ():
        if not isinstance(found.get(name, form()), form) or (form is str and not found.get(name)):
            raise Failed(f"{kind}.{name}: got {found.get(name)!r}, expected {_WORDS[form]}")
    return found


def _fits(pattern: str, code: str) -> bool:
    """Whether a pattern of a template is found in an error code.

    Raises Failed for one that could take for ever: with a repeated group, or many repetitions.
    """
    if re.search(r"\)[*+{]", pattern) or len(re.findall(r"[*+{]", pattern)) > _REPETITIONS:
        raise Failed(f"ignoreErrorCodesMatching: got {pattern!r}: the embedded AWS does not support repeated groups")
    try:
        return re.search(pattern, code) is not None
    except re.error as error:
        raise Failed(f"ignoreErrorCodesMatching: got {pattern!r}: {error}") from None


def _identity(request: Request, calls: Mapping[str, Call]) -> str:
    """The physical id before any response: as the call says, else what it was, else the logical id."""
    said = {kind: str((call.get("physicalResourceId") or {}).get("id") or "") for kind, call in calls.items()}
    if request.kind == CREATE:
        return said[CREATE] or said[UPDATE] or said[DELETE] or request.logical_id
    return said[request.kind] or request.id


def _made(clients: Clients, call: Call, identity: str) -> dict[str, Any]:
    """Make a call; what it answers, flat. Raises ClientError, and Failed for a call that there is not."""
    if call.get("externalId") and not call.get("assumedRoleArn"):
        raise Failed("ExternalId can only be provided when assumedRoleArn is specified")
    if call.get("assumedRoleArn"):
        session = _SESSION.sub("", f"{int(time.time() * 1000)}-{identity}")[:64]
        clients = clients.assuming(call["assumedRoleArn"], session, call.get("externalId"))
    client = clients.client(service_of(call["service"]), call.get("region"))
    operation, method = method_of(client, call["action"])
    shape = client.meta.service_model.operation_model(operation).input_shape
    parameters = _with_identity(call.get("parameters") or {}, identity)
    try:
        response = getattr(client, method)(**(fit(shape, parameters, operation) if shape else {}))
    except (BotoCoreError, ValueError) as error:
        raise Failed(str(error)) from None
    response.pop("ResponseMetadata", None)
    return {"region": client.meta.region_name, **flat(response)}


def _with_identity(value: Any, identity: str) -> Any:
    if isinstance(value, dict):
        return {key: _with_identity(item, identity) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_identity(item, identity) for item in value]
    return identity if value == _PHYSICAL_ID else value


def flat(value: Any) -> dict[str, Any]:
    """A response by paths: `Items.0.Name`. Dates have none, as in the function; bodies are their text."""
    found: dict[str, Any] = {}

    def walk(node: Any, path: tuple[str, ...]) -> None:
        if isinstance(node, dict):
            for key, item in node.items():
                walk(item, (*path, str(key)))
        elif isinstance(node, list):
            for index, item in enumerate(node):
                walk(item, (*path, str(index)))
        elif hasattr(node, "read"):
            walk(node.read(), path)
        elif isinstance(node, bytes):
            found[".".join(path)] = node.decode("utf-8", errors="replace")
        elif isinstance(node, str | bool | int | float):
            found[".".join(path)] = node

    walk(value, ())
    return found


def _wanted(call: Call, response: dict[str, Any]) -> dict[str, Any]:
    """What of the response GetAtt may have: all of it, or what begins like one of `outputPaths`."""
    paths = [call["outputPath"]] if call.get("outputPath") else call.get("outputPaths")
    if not paths:
        return response
    return {name: value for name, value in response.items() if name.startswith(tuple(paths))}
