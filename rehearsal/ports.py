"""What the services know of each other: protocols. `rehearsal.services` hands them out, no service imports another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from rehearsal.accounts import Accounts, Credentials
from rehearsal.api import Caller, Params
from rehearsal.confinement.cage import Confinement
from rehearsal.iam.checks import Check
from rehearsal.latency import Latency
from rehearsal.process import Processes
from rehearsal.spans import Spans


class Platform(Protocol):
    """What every service stands on: identities, clients of AWS, and this machine.

    `directory` is for what services write, `confinement` has the cages for what others wrote. `closed` is set when the
    embedded AWS ends: what waits in the background must end then. `spans` notes what took how long. Waits of AWS itself
    (baking of a deployment, `Wait` states) take `wait_factor` of their seconds; `latency` is what AWS takes besides.
    """

    directory: Path
    accounts: Accounts
    processes: Processes
    confinement: Confinement
    closed: threading.Event
    spans: Spans
    wait_factor: float
    latency: Latency

    @property
    def images(self) -> Mapping[str, str]:
        """The images of `--image`, and what stands in for each."""

    @property
    def endpoint(self) -> str:
        """The URL at which processes reach this AWS."""

    def client(
        self, service: str, *, account: str, region: str, role: str | None = None, identity: Credentials | None = None
    ) -> Any:
        """A client with botocore's methods and errors.

        It acts as `role` (an ARN), as `identity`, or else as the account's administrator.
        Raises ApiError AccessDenied for a role of an unknown account.
        """

    def internal_client(self, service: str, *, account: str, region: str) -> Any:
        """A client for what AWS does on its own inside (state it looks up, metrics it writes): no policy decides."""

    def on_behalf(self, caller: Caller, of: str, service: str) -> Any:
        """A client with which the service `of` (`cloudformation.amazonaws.com`) acts with the caller's permissions."""

    def background(self, call: Callable[[], None], name: str) -> threading.Thread:
        """Run `call` in a daemon thread; what it raises goes to the log."""


class Authorization(Protocol):
    """IAM, for what services decide themselves."""

    def require(self, identity: Credentials, checks: Iterable[Check], region: str, service: str) -> None:
        """Decide all checks of one operation. Raises ApiError (AccessDenied) for the first that is denied."""


class EventSink(Protocol):
    """EventBridge, for services that tell what happens."""

    def emit(
        self, *, account: str, region: str, source: str, detail_type: str, detail: Params, resources: list[str]
    ) -> None:
        """Put an event of an AWS service on the account's default bus; rules are delivered in the background."""


class RuleTriggers(Protocol):
    """CodePipeline, for EventBridge: who is behind a StartPipelineExecution."""

    def expect(self, token: str, rule_arn: str) -> None:
        """The StartPipelineExecution with this clientRequestToken comes from the rule."""


class Issuers(Protocol):
    """Those who vouch for people and jobs, for STS: what they publish of their keys."""

    def keys_of(self, issuer: str) -> Mapping[str, object] | None:
        """The JSON Web Key Set of an issuer (a URL), or None where nothing answers."""


@dataclass(frozen=True)
class BranchMoved:
    """A branch of a CodeCommit repository has a new tip."""

    account: str
    region: str
    repository: str
    branch: str


class SourceRepositories(Protocol):
    """CodeCommit, for those who build what is in it."""

    def archive(self, *, account: str, region: str, name: str, commit: str) -> bytes:
        """A zip of the files of a commit (codecommit:UploadArchive). Raises ApiError without such a repository."""

    def git_environment(self, account: str, region: str) -> dict[str, str]:
        """The variables under which `git` reaches the repositories of an account; `region` is the default one."""

    def on_move(self, listener: Callable[[BranchMoved], None]) -> None:
        """Call `listener` whenever a branch moved, before the push or commit is answered."""


@dataclass(frozen=True)
class ObjectPut:
    """There is a new object, or a new version of one."""

    bucket: str
    key: str


class SourceObjects(Protocol):
    """S3, for those who build what is in an object."""

    def on_put(self, listener: Callable[[ObjectPut], None]) -> None:
        """Call `listener` whenever an object was put or copied, before the request is answered."""


@dataclass(frozen=True)
class S3Location:
    """An object of a pipeline's artifact store."""

    bucket: str
    key: str

    @property
    def arn(self) -> str:
        """The object as CodeBuild shows it as a pipeline build's source version."""
        return f"arn:aws:s3:::{self.bucket}/{self.key}"


@dataclass(frozen=True)
class ArtifactTarget:
    """An output artifact of a pipeline action: its name there and the exact object it becomes.

    `encryption_key` is a KMS key id or ARN; None encrypts as the bucket does by default.
    """

    name: str
    bucket: str
    key: str
    encryption_key: str | None = None


@dataclass(frozen=True)
class PipelineBuild:
    """A build for a pipeline's action.

    `source_version` is the revision that CODEBUILD_RESOLVED_SOURCE_VERSION shows. Source and artifacts are read and
    written with the project's service role. A `patient` build leaves the cores to the others.
    """

    project: str
    initiator: str
    source_version: str | None
    source: S3Location
    secondary: Mapping[str, S3Location] = field(default_factory=dict)
    environment: Sequence[Params] = ()
    artifacts: Sequence[ArtifactTarget] = ()
    patient: bool = False


class Builds(Protocol):
    """CodeBuild, for CodePipeline: what goes beyond StartBuild."""

    def start_for_pipeline(self, account: str, region: str, wanted: PipelineBuild) -> str:
        """Start a build in an account and region and give back its id. Raises ApiError."""


class EndpointVariants(Protocol):
    """SageMaker, for Application Auto Scaling."""

    def serverless_variants(self, account: str, region: str, endpoint: str) -> dict[str, bool]:
        """The variants of an endpoint by name, and whether each is serverless; none without such an endpoint."""


@dataclass(frozen=True)
class HostCommit:
    """A commit of a repository at one of the hosts of connections; `date` is ISO 8601."""

    sha: str
    message: str
    author: str
    email: str
    date: str


@dataclass(frozen=True)
class HostChange:
    """What a host tells a connection: a push of `ref` (a branch or tag), or a pull request from `ref` into `base`.

    `event` is empty for a push, else OPEN, UPDATED or CLOSED; `paths` are the files that changed.
    """

    host: str
    repository: str
    ref: str
    sha: str
    paths: tuple[str, ...] = ()
    event: str = ""
    base: str = ""
    number: int = 0
    title: str = ""


class RepositoryHosts(Protocol):
    """GitHub and the like, for services of AWS that have a connection there. `host` is its name (`github.com`)."""

    def on_change(self, listener: Callable[[HostChange], None]) -> None:
        """Call `listener` for each push and pull request of every host."""

    def commit(self, host: str, repository: str, name: str) -> HostCommit:
        """The commit of a branch, tag or id. Raises KeyError without such a repository or commit."""

    def archive(self, host: str, repository: str, sha: str) -> bytes:
        """A zip of the files of a commit. Raises KeyError."""

    def bundle(self, host: str, repository: str) -> bytes:
        """All branches and tags with their history, as `git bundle` has them. Raises KeyError."""


@dataclass(frozen=True)
class UsedConnection:
    """A connection that is there and finished: what its ARN calls its service, whose it is, and the host."""

    arn: str
    service: str
    account: str
    provider: str
    host: str

    def keys(self, repository: str, branch: str, action: str) -> dict[str, str]:
        """The condition keys of `UseConnection` for one use: `action` is what is done at the host (`GitPull`)."""
        owner, _, name = repository.partition("/")
        keys = {"FullRepositoryId": repository, "OwnerId": owner, "RepositoryName": name, "BranchName": branch}
        keys |= {"ProviderAction": action, "ProviderPermissionsRequired": "read_only"}
        return {f"{self.service}:{key}": value for key, value in keys.items()}


class Connections(Protocol):
    """CodeConnections, for those who have a repository through it."""

    def find(self, arn: str) -> UsedConnection | None:
        """The connection with an ARN, None unless it is AVAILABLE."""


CLONE_REFERENCE = b'{"CodeBuildCloneRef"'
"""How the artifact of a source action begins that hands on a reference to a repository instead of its files."""


@dataclass(frozen=True)
class Clone:
    """A repository with its history: a `git bundle`, the commit that is wanted, and where it comes from."""

    bundle: bytes
    commit: str
    url: str


class Cloning(Protocol):
    """CodeConnections, for builds whose source is a reference to a repository."""

    def clone(self, role: str, region: str, reference: bytes) -> Clone:
        """The history that a reference means, as a role (an ARN) may have it. Raises ApiError."""
