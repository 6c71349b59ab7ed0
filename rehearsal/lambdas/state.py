"""What Lambda's API shows: functions with their versions, aliases and policies, and layers."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal.api import ApiError, Params
from rehearsal.iam.functions import LATEST, FunctionName, LayerName
from rehearsal.named import Error, Named, Scope

SERVICE = "lambda.amazonaws.com"  # whom roles of functions trust
NO_ROLE = "The role defined for the function cannot be assumed by Lambda."


def stamp() -> str:
    """The time as Lambda writes it."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


@dataclass(frozen=True)
class Code:
    """A package: its bytes' SHA-256 in base64, how many they are, and the directory that it is unpacked in."""

    sha256: str
    size: int
    folder: Path


@dataclass
class Version:
    """A version of a function, `$LATEST` among them: its settings as the API shows them, and its code."""

    number: str
    settings: Params
    code: Code
    modified: str = field(default_factory=stamp)
    revision: str = field(default_factory=lambda: str(uuid.uuid4()))

    def change(self, settings: Params | None = None, code: Code | None = None) -> None:
        """Take on new settings or code."""
        self.settings, self.code = settings or self.settings, code or self.code
        self.modified, self.revision = stamp(), str(uuid.uuid4())


@dataclass
class Alias:
    """A name of a version."""

    name: str
    version: str
    description: str
    revision: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass
class Function:
    """A function. `statements` are those of its policies and `asynchronous` how it is invoked by events, by qualifier
    (empty: the function itself). `concurrency` is what is reserved, None without it.
    """

    name: FunctionName
    latest: Version
    tags: dict[str, str] = field(default_factory=dict)
    versions: dict[str, Version] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    statements: dict[str, list[Params]] = field(default_factory=dict)
    policy_revision: str = field(default_factory=lambda: str(uuid.uuid4()))
    asynchronous: dict[str, Params] = field(default_factory=dict)
    concurrency: int | None = None
    published: int = 0

    def version(self, qualifier: str | None) -> Version:
        """What a qualifier means now. Raises ApiError ResourceNotFoundException."""
        alias = self.aliases.get(qualifier or "")
        number = alias.version if alias else qualifier or LATEST
        found = self.latest if number == LATEST else self.versions.get(number)
        if found is None:
            raise absent(f"Function not found: {self.name.unqualified}:{qualifier}")
        return found


@dataclass
class LayerVersion:
    """A version of a layer."""

    name: LayerName
    code: Code
    description: str
    runtimes: list[str]
    architectures: list[str]
    license: str | None
    created: str = field(default_factory=stamp)


class Functions(Named[Function]):
    """The functions of all accounts."""

    words = "function"
    taken = ("ResourceConflictException", "Function already exist: {name}")
    absent = ("ResourceNotFoundException", "Function not found: {arn}")

    def arn(self, scope: Scope, name: str) -> str:
        """Its ARN."""
        return FunctionName(*scope, name).arn

    def error(self, kind: Error, scope: Scope, name: str) -> ApiError:
        """As for every kind of resource, with Lambda's status."""
        found = super().error(kind, scope, name)
        return ApiError(found.code, found.message, 409 if kind is self.taken else 404)

    def named(self, name: FunctionName, region: str) -> Function:
        """The function of a name, for who asks in a region. Raises ApiError ResourceNotFoundException."""
        if name.region != region:
            raise absent(f"Functions from '{name.region}' are not reachable in this region ('{region}')")
        return self.at(name.scope, name.name)


def absent(text: str) -> ApiError:
    """Something is not there."""
    return ApiError("ResourceNotFoundException", text, 404)


def wrong(text: str) -> ApiError:
    """A value is not what Lambda takes."""
    return ApiError("InvalidParameterValueException", text)


def unsupported(what: str) -> ApiError:
    """Lambda has `what`, the embedded one does not."""
    return wrong(f"the embedded AWS does not support {what}")
