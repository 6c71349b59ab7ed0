"""The words in which the gateway and the services speak: who calls, what an operation is, how it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Params = dict[str, Any]


@dataclass(frozen=True)
class Caller:
    """Whose request it is: the account and identity of its credentials and the region it was signed for.

    `via` is the AWS service that asks on the identity's behalf; `secure` is false for a request without TLS.
    """

    account: str
    region: str
    arn: str
    access_key: str
    via: str | None = None
    secure: bool = True

    @property
    def scope(self) -> tuple[str, str]:
        """The account and region."""
        return self.account, self.region

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn` or `aws-us-gov`."""
        return partition_of(self.region)


class ApiError(Exception):
    """An error as the service answers it: AWS's code and text, and the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> ApiError:
    """The request itself is wrong."""
    return ApiError("ValidationException", message)


def unsupported(what: str) -> ApiError:
    """AWS has `what`, the embedded AWS does not; it is never ignored."""
    return invalid(f"the embedded AWS does not support {what}")


@dataclass(frozen=True)
class RestRequest:
    """A request of a service that speaks REST; header names in `headers` are in any case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class RestAnswer:
    """Its answer, an error of the service's own form included."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Operation = Callable[[Caller, Params], Params | None]


class Service(Protocol):
    """A service of our own.

    `name` is the signing name (`codebuild`, `events`); `exclusive` services refuse every operation they do not have,
    the others leave those to moto. One that has REST operations has a method
    `rest(caller, request: RestRequest) -> RestAnswer | None` too, which returns None for what it does not know.
    """

    name: str
    exclusive: bool

    def operations(self) -> Mapping[str, Operation]:
        """The operations by their API name (`StartBuild`)."""


def partition_of(region: str) -> str:
    """The partition a region belongs to."""
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
