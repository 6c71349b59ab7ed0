"""One embedded AWS: its accounts, services, processes and scratch directory, from start to close."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rehearsal import aws_hosts, environment, threads
from rehearsal.accounts import Accounts, Credentials
from rehearsal.api import ApiError, Caller, invalid
from rehearsal.confinement.cage import Confinement
from rehearsal.process import Processes

environment.isolate()  # before boto3 and moto are imported: neither may see real credentials or settings

import botocore.session  # noqa: E402
from botocore.config import Config  # noqa: E402
from moto.core.base_backend import BackendDict  # noqa: E402
from moto.core.model_instances import reset_model_data  # noqa: E402

from rehearsal import moto_patches  # noqa: E402
from rehearsal.cloudformation import registry  # noqa: E402
from rehearsal.errors import RehearsalError  # noqa: E402
from rehearsal.gateway import Gateway, Server  # noqa: E402
from rehearsal.github import GitHubStandIn  # noqa: E402
from rehearsal.iam.authorizer import AWS_ITSELF, Authorizer  # noqa: E402
from rehearsal.iam.context import Organization  # noqa: E402
from rehearsal.iam.repositories import Pulls, Repositories  # noqa: E402
from rehearsal.iam.resource_policies import ResourcePolicies  # noqa: E402
from rehearsal.latency import AT_ONCE, Latency  # noqa: E402
from rehearsal.mailbox import Mailbox  # noqa: E402
from rehearsal.roles import trusts_service  # noqa: E402
from rehearsal.sagemaker.images import Image  # noqa: E402
from rehearsal.sagemaker.own_images import OwnImages  # noqa: E402
from rehearsal.sagemaker.runtimes import Runtimes  # noqa: E402
from rehearsal.services import Elsewhere, Services  # noqa: E402
from rehearsal.spans import Spans  # noqa: E402
from rehearsal.step_options import StepChoices  # noqa: E402

_CLIENT_CONFIG = Config(
    retries={"max_attempts": 0},
    parameter_validation=True,
    s3={"addressing_style": "path"},
    read_timeout=300,
    max_pool_connections=50,
    inject_host_prefix=False,
)

log = logging.getLogger(__name__)

# the organization of the accounts when nothing else is said
ORGANIZATION = "o-rehearsal00"


class EmbeddedAws:
    """An AWS of several accounts in this process, reachable at `endpoint` on 127.0.0.1.

    `directory` holds everything it writes and is removed by `close` unless it was given.
    `choices` are images and steps that run otherwise than they would by themselves. Waits of endpoint deployments
    (baking, termination) take `wait_factor` of the seconds that were asked for.
    `iam` is `enforce` (every call is decided), `audit` (what would be denied is noted) or `off`; `latency` is how
    late changes take effect. Resources of the types `stand_ins` are taken as records. The `accounts` are members of
    one AWS organization, `organization_id`; `strangers` are further accounts outside of it. For a snapshot whoever
    makes it leaves its `settings`, and its `anchors` (its parts as they were then).
    """

    settings: Mapping[str, Any] = MappingProxyType({})
    anchors: Any = None
    has_functions = True

    def __init__(
        self,
        *,
        accounts: list[str],
        directory: Path | None = None,
        port: int = 0,
        choices: StepChoices | None = None,
        wait_factor: float = 1 / 200,
        iam: str = "enforce",
        latency: Latency = AT_ONCE,
        organization_id: str = ORGANIZATION,
        strangers: Iterable[str] = (),
        stand_ins: Iterable[str] = (),
    ) -> None:
        self._own_directory = directory is None
        self.directory = directory or Path(tempfile.mkdtemp(prefix="rehearsal-"))
        self.directory.mkdir(parents=True, exist_ok=True)
        self.wait_factor, self.latency = wait_factor, latency
        self.mailbox = Mailbox(self.directory / "mail")
        self.accounts = Accounts()
        self.processes = Processes()
        self.choices = chosen = choices or StepChoices()
        self.step_options, self.images = chosen.for_steps(), dict(chosen.images)
        self._runtimes = Runtimes(
            self.processes, self.images, chosen.requirements, self.directory, log.info, others=False
        )
        self.confinement = Confinement(self.directory)
        self.spans = Spans()
        self.closed = threading.Event()  # set by `close`: background work that waits must end then
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._working: dict[object, str] = {}
        self._lock = threading.RLock()
        self._botocore = botocore.session.Session()
        self._members = set(accounts)
        self.organization = organization = Organization(organization_id, self._members)
        for account in (*accounts, *strangers):
            self.accounts.add(account)
        _begin_anew(stand_ins)
        policies = ResourcePolicies()
        self._repositories = Repositories(self.images, organization.accounts)
        policies.add("ecr", self._repositories.policy)
        self.iam = Authorizer(self.accounts, policies, iam, organization, latency)
        self._pulls = Pulls(self.accounts, self.iam)
        self.gateway = gateway = Gateway(self.accounts, self.iam, self.spans)
        self._plain: Server | None = None
        try:
            self.server = Server(gateway, port)
        except SystemExit:  # werkzeug's way to say that the port is taken
            self._remove()
            raise RehearsalError("up", f"port {port} on 127.0.0.1 is taken by another program") from None
        self.endpoint = self.server.endpoint
        self.confinement.open(self.server.port, self.server.answer, stands_for=aws_hosts.is_aws)
        self.github = GitHubStandIn(self.processes, self.confinement, self.directory)
        elsewhere = Elsewhere(self.github, self.github.sources, self.mailbox)
        self.services = Services(self, self.iam, policies, organization, elsewhere)
        self._own_images = OwnImages(self.services.ecr, self.directory / "images", self._runtimes.base)
        for service in self.services:
            gateway.add(service)

    def add_account(self, account: str, *, member: bool) -> None:
        """One more account, of the organization or a stranger. Raises ValueError when the id has not 12 digits."""
        self.accounts.add(account)
        if member:
            self._members.add(account)

    def open_plain_endpoint(self) -> str:
        """A second endpoint that stands for AWS's http ones: aws:SecureTransport is false for what comes there."""
        with self._lock:
            self._plain = self._plain or Server(self.gateway, secure=False)
            return self._plain.endpoint

    def client(
        self, service: str, *, account: str, region: str, role: str | None = None, identity: Credentials | None = None
    ) -> Any:
        """A botocore client of this AWS.

        It acts as `role` (an ARN; for work a service does on a role's behalf), as `identity`, or else as the account's
        administrator. Clients are cached and safe to share between threads.
        """
        with self._lock:
            who = identity or (self.accounts.role_session(role) if role else self.accounts.add(account))
            return self._client_as(service, region, who)

    def _client_as(self, service: str, region: str, who: Credentials) -> Any:
        key = (service, region, who.access_key)
        if key not in self._clients:
            self._clients[key] = self._botocore.create_client(
                service,
                region_name=region,
                endpoint_url=self.endpoint,
                config=_CLIENT_CONFIG,
                aws_access_key_id=who.access_key,
                aws_secret_access_key=who.secret_key,
                aws_session_token=who.session_token,
            )
        return self._clients[key]

    def client_key(self, client: Any) -> tuple[str, str, str] | None:
        """By which `client_of` gives a client back in another process: service, region and access key."""
        with self._lock:
            return next((key for key, found in self._clients.items() if found is client), None)

    def client_of(self, key: tuple[str, str, str]) -> Any:
        """The client of a key. Raises ApiError when the access key is nobody's."""
        service, region, access_key = key
        with self._lock:
            return self._client_as(service, region, self.accounts.identify(access_key))

    def internal_client(self, service: str, *, account: str, region: str) -> Any:
        """A client for what AWS does on its own inside (state it looks up, metrics it writes): nothing decides it."""
        return self.client(service, account=account, region=region, identity=self.accounts.service(account, AWS_ITSELF))

    def on_behalf(self, caller: Caller, of: str, service: str) -> Any:
        """A client with which the service `of` (`cloudformation.amazonaws.com`) acts with the caller's permissions."""
        identity = self.accounts.forward(caller.access_key, of)
        return self.client(service, account=caller.account, region=caller.region, identity=identity)

    def background(self, call: Callable[[], None], name: str) -> threading.Thread:
        """Run `call` in a daemon thread; what it raises goes to the log, how long it takes into `spans`."""

        def noted() -> None:
            try:
                with self.spans.span("background", name):
                    call()
            finally:
                with self._lock:
                    self._working.pop(key, None)

        key = object()
        with self._lock:
            self._working[key] = name
        return threads.start(noted, name)

    def working(self) -> list[str]:
        """What goes on in the background, by name."""
        with self._lock:
            return list(self._working.values())

    def image(self, uri: str, region: str, step: str | None = None) -> Image:
        """What stands in for a container image. Raises ApiError for those that nothing stands in for."""
        if made := self._own_images.image(uri, region):
            return made
        try:
            return self._runtimes.image(uri, region, step)
        except ApiError as error:
            if self._repositories.missing(uri):
                raise invalid(f"Requested image {uri} not found: no such repository. {error.message}") from None
            if self._repositories.made(uri):
                raise invalid(f"Requested image {uri} not found: it was never pushed. {error.message}") from None
            raise

    def pull_refusal(self, role: str, uri: str, region: str) -> str | None:
        """Why a role (an ARN) cannot pull an image in a region; None when it can."""
        return self._pulls.refusal(role, uri, region)

    def trusted_by(self, role: str, service: str) -> bool:
        """Whether the role (an ARN) exists and its trust policy names the service principal."""
        return trusts_service(role, service)

    def client_environment(self, account: str, region: str) -> dict[str, str]:
        """The variables under which `aws`, `cdk`, `git` and `seedfarmer` work on this AWS as an administrator."""
        identity = self.accounts.add(account)
        variables = environment.for_clients(self.endpoint) | identity.environment(region)
        return variables | self.services.codecommit.git_environment(account, region)

    def terminal_environment(self, account: str, region: str) -> dict[str, str]:
        """Those of a person's terminal, where git keeps the settings it has (`codecommit.terminal_settings`)."""
        return environment.for_clients(self.endpoint) | self.accounts.add(account).environment(region)

    def close(self) -> None:
        """End every process, stop listening and remove the scratch directory."""
        self.closed.set()
        registry.stand_in(())
        self.processes.close()
        self.services.codecommit.close()
        self.github.close()
        self.confinement.close()
        self.server.close()
        if self._plain is not None:
            self._plain.close()
        self._remove()

    def _remove(self) -> None:
        if self._own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)


def _begin_anew(stand_ins: Iterable[str]) -> None:
    """moto's state belongs to the process: an earlier embedded AWS in it must leave nothing behind."""
    registry.stand_in(stand_ins)
    moto_patches.apply()
    BackendDict.reset()
    reset_model_data()
