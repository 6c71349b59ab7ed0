"""What an action provider is, what it is given and what it returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from rehearsal.accounts import ROLE_ARN
from rehearsal.api import Params, partition_of
from rehearsal.codepipeline import artifacts
from rehearsal.codepipeline.models import ActionRun, Approval, Execution, Location, Pipeline, Revision, now
from rehearsal.iam.checks import Check
from rehearsal.ports import (
    Authorization,
    Builds,
    Connections,
    Platform,
    RepositoryHosts,
    SourceObjects,
    SourceRepositories,
)


class ActionFailedError(Exception):
    """The action failed. `code` is AWS's: JobFailed, ConfigurationError, PermissionError, Timeout."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class MisconfiguredError(ActionFailedError):
    """The action cannot do what its configuration says."""

    def __init__(self, message: str) -> None:
        super().__init__("ConfigurationError", message)


class ActionAbandonedError(Exception):
    """The execution was stopped without waiting for its actions."""


@dataclass(frozen=True)
class Result:
    """What a successful action gives: a summary, output variables and, for a source, the revision it took."""

    summary: str | None = None
    variables: dict[str, str] = field(default_factory=dict)
    revision: Revision | None = None


@dataclass(frozen=True)
class Neighbours:
    """The services that actions reach inside the process, beyond the API of AWS."""

    iam: Authorization
    repositories: SourceRepositories
    objects: SourceObjects
    builds: Builds
    connections: Connections
    hosts: RepositoryHosts


@dataclass
class Context:
    """One run of an action: whose it is, what it was given, and how it reaches other services."""

    platform: Platform
    neighbours: Neighbours
    pipeline: Pipeline
    execution: Execution
    run: ActionRun

    @property
    def configuration(self) -> dict[str, str]:
        """The configuration with its variables filled in."""
        return self.run.resolved

    @property
    def account(self) -> str:
        """The account of the role the action runs with."""
        found = ROLE_ARN.match(self.run.role)
        return found["account"] if found else self.pipeline.account

    @property
    def store(self) -> Params:
        """The artifact store of the action's region."""
        return artifacts.store_of(self.execution.declaration, self.run.region)

    def client(self, service: str) -> Any:
        """A client that acts as the action's role, or else the pipeline's."""
        return self.platform.client(service, account=self.account, region=self.run.region, role=self.run.role)

    def require(
        self, action: str, resource: str, account: str | None = None, keys: Mapping[str, str] | None = None
    ) -> None:
        """Decide, as the action's role, what is done inside the process; `resource` is an ARN without `arn:aws:`.

        It is of `account` (the role's when it is None); `keys` are condition keys. Raises ApiError when it is denied.
        """
        arn = f"arn:{partition_of(self.run.region)}:{resource}"
        check = Check(action, arn, account or self.account, dict(keys or {}))
        identity = self.platform.accounts.role_session(self.run.role)
        self.neighbours.iam.require(identity, [check], self.run.region, "codepipeline")

    def report(self, external_id: str, url: str | None = None) -> None:
        """Show while it runs what it started elsewhere."""
        self.run.external_id, self.run.external_url, self.run.updated = external_id, url, now()

    def wait(self, seconds: float) -> None:
        """Wait between two looks at something. Raises ActionAbandonedError when the execution was abandoned."""
        if self.execution.abandoned.wait(seconds) or self.platform.closed.is_set():
            raise ActionAbandonedError

    def decision(self, token: str) -> Approval | None:
        """Wait for the decision on a manual approval, which the API takes under `token`; None when it expires before.

        Raises ActionAbandonedError.
        """
        condition = self.pipeline.condition
        with condition:
            self.run.token, self.run.updated = token, now()
            while self.run.approval is None:
                if self.execution.abandoned.is_set() or self.platform.closed.is_set():
                    raise ActionAbandonedError
                if self.run.expires is not None and now() >= self.run.expires:
                    return None
                condition.wait(1)
            return self.run.approval

    def read(self, artifact: str) -> bytes:
        """The content of an input artifact."""
        return artifacts.get(self.client("s3"), self.run.inputs[artifact])

    def write(self, artifact: str, content: bytes) -> Location:
        """Store an output artifact."""
        location = self.run.outputs[artifact]
        artifacts.put(self.client("s3"), self.store, location, content)
        return location


class Provider(ABC):
    """An action provider: one file, one line in the registry.

    `categories` are the action categories it serves, `name` is what actions call it. `required` and `optional` are its
    configuration keys, separated by spaces; `inputs` and `outputs` say how many artifacts it takes and gives, at least
    and at most.
    """

    categories: ClassVar[tuple[str, ...]]
    name: ClassVar[str]
    required: ClassVar[str] = ""
    optional: ClassVar[str] = ""
    inputs: ClassVar[tuple[int, int]] = (0, 0)
    outputs: ClassVar[tuple[int, int]] = (0, 0)

    def check(self, action: Params) -> str | None:
        """What of a declared action cannot be supported, or None."""
        return None

    @abstractmethod
    def run(self, context: Context) -> Result:
        """Do it. Raises ActionFailedError, or what a client raises."""
