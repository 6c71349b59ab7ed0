"""Whether a resource still is what its template says.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.cloudformation.operation import StackOperation
from rehearsal.cloudformation.registry import known_provider
from rehearsal.cloudformation.shapes import own_tags
from rehearsal.cloudformation.state import Resource

Difference = dict[str, str]
#: parts of the names of properties of which anything more changes what they say
_WHOLE = ("Definition", "Document", "Pattern", "Policy", "Statement")


@dataclass(frozen=True)
class Drift:
    """What was found of a resource: a status, the properties that were compared, and how they differ."""

    status: str
    expected: dict[str, Any]
    actual: dict[str, Any] | None = None
    differences: tuple[Difference, ...] = ()


def look(operation: StackOperation, resource: Resource) -> Drift:
    """Compare the properties that the template sets with those that the resource has; values with NoEcho are not."""
    provider = known_provider(resource.type)
    call = operation.call(resource)
    try:
        actual = provider.actual(call)
    except ClientError as cause:
        if not provider.is_absent(cause):
            raise
        return Drift("DELETED", resource.shown)
    if actual is None:
        return Drift("NOT_CHECKED", resource.shown)
    told = {name for name, value in resource.properties.items() if resource.shown.get(name) == value}
    expected = {name: value for name, value in call.properties.items() if name in actual and name in told}
    if "Tags" in actual:
        expected["Tags"], actual["Tags"] = (own_tags(each) for each in (expected.get("Tags"), actual["Tags"]))
    held = {name: actual[name] for name in expected}
    found = tuple(_differences(_plain(expected), _plain(held), ""))
    return Drift("MODIFIED" if found else "IN_SYNC", expected, held, found)


def _plain(value: Any) -> Any:
    """A value as text wherever a template may give text, and documents as what they say."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return _plain(json.loads(value))
        except ValueError:
            return value
    return str(value)


def _differences(expected: Any, actual: Any, path: str) -> Iterator[Difference]:
    if isinstance(expected, dict) and isinstance(actual, dict):
        # of settings only what the template sets is compared
        whole = path.startswith("/Tags") or any(word in path for word in _WHOLE)
        for name in dict.fromkeys([*expected, *(actual if whole else ())]):
            yield from _differences(expected.get(name), actual.get(name), f"{path}/{name}")
        return
    if isinstance(expected, list) and isinstance(actual, list):
        same = sorted(map(_text, expected)) == sorted(map(_text, actual))
    else:
        same = expected == actual
    if same:
        return
    kind = "ADD" if expected is None else "REMOVE" if actual is None else "NOT_EQUAL"
    values = {"ExpectedValue": _text(expected), "ActualValue": _text(actual)}
    yield {"PropertyPath": path, "DifferenceType": kind} | values


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
