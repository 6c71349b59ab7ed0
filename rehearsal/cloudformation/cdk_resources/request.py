"""What CloudFormation asks of a custom resource, and what it is answered.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

CREATE, UPDATE, DELETE = "Create", "Update", "Delete"


class Failed(Exception):
    """The resource answers FAILED; the text is its reason."""


class Clients(Protocol):
    """Clients that act as the role of the function that would run on AWS."""

    def client(self, service: str, region: str | None = None) -> Any:
        """A client of a service (botocore's name), of the stack's region or another."""

    def assuming(self, role: str, session: str, external_id: str | None) -> Clients:
        """Those of another role that this one assumes. Raises ClientError when it may not."""


@dataclass(frozen=True)
class Request:
    """One request. Values are text, as CloudFormation hands them to functions; `old` are those before an update.

    `kind` is the RequestType, `id` the physical id (empty before there is one), `function` the function's name.
    """

    kind: str
    number: str
    stack_id: str
    logical_id: str
    function: str
    clients: Clients
    properties: dict[str, Any]
    old: dict[str, Any] = field(default_factory=dict)
    id: str = ""

    def text(self, name: str, default: str | None = None) -> str:
        """A property that is text. Raises Failed when it is missing and has no default."""
        value = self.properties.get(name, default)
        if not isinstance(value, str):
            raise Failed(f"got {value!r} for {name}, expected text")
        return value

    def flag(self, name: str, default: bool) -> bool:
        """A property that is `true` or `false`."""
        return str(self.properties.get(name, default)).lower() == "true"


@dataclass(frozen=True)
class Answer:
    """What a resource answers: its physical id, and what Fn::GetAtt gives."""

    id: str
    data: dict[str, Any] = field(default_factory=dict)


Handler = Callable[[Request], Answer]


class _Members(dict[str, Any]):
    """Members of a request. One that is read and missing fails the request, as it would fail its function."""

    def __missing__(self, name: str) -> Any:
        raise Failed(f"got nothing for {name}, which is needed")


def as_text(value: Any) -> Any:
    """A value of a template as functions get it: numbers and booleans are text, what is null is not there."""
    if isinstance(value, dict):
        return _Members({key: as_text(item) for key, item in value.items() if item is not None})
    if isinstance(value, list):
        return [as_text(item) for item in value if item is not None]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value
