"""The small AWS behind `rehearse pipeline`: a SageMaker of one account and region, and the files of a store."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rehearsal import aws_hosts, threads
from rehearsal.accounts import Accounts, Credentials
from rehearsal.api import Caller, Operation, Params
from rehearsal.confinement.cage import Confinement
from rehearsal.latency import AT_ONCE
from rehearsal.local.clients import S3, Direct, Logs
from rehearsal.local.store import Store
from rehearsal.process import Processes
from rehearsal.sagemaker.images import Image
from rehearsal.sagemaker.ports import StepOptions
from rehearsal.sagemaker.runtimes import Runtimes
from rehearsal.sagemaker.service import SageMaker
from rehearsal.spans import Spans
from rehearsal.step_options import StepChoices

log = logging.getLogger(__name__)

OnEvent = Callable[[str, Params], None]


class LocalAws:
    """What SageMaker needs, without moto and without HTTP: see `rehearsal.sagemaker.ports.SageMakerPlatform`.

    Roles are taken as they are: nothing here knows or decides what one may do. `on_event` gets every event that
    SageMaker sends, `say` lines for people. `directory` is for what is removed at the end.
    """

    has_functions = False

    def __init__(
        self,
        *,
        account: str,
        region: str,
        store: Store,
        directory: Path,
        choices: StepChoices,
        step_options: StepOptions,
        on_event: OnEvent,
        say: Callable[[str], None],
    ) -> None:
        self.directory = directory
        self.store = store
        self.step_options = step_options
        self.wait_factor, self.latency, self.images = 0.0, AT_ONCE, choices.images
        self.accounts = Accounts()
        self.accounts.add(account)
        self.processes = Processes()
        self.confinement = Confinement(directory)
        self.closed = threading.Event()
        self.spans = Spans()
        self._on_event = on_event
        self._runtimes = Runtimes(self.processes, choices.images, choices.requirements, directory, say, others=True)
        self._lock = threading.Lock()
        self._endpoint: Any = None
        self.sagemaker = SageMaker(self, self)
        self.operations: Mapping[str, Operation] = self.sagemaker.operations()
        administrator = self.accounts.add(account)
        self.caller = Caller(account, region, administrator.arn, administrator.access_key)

    @property
    def endpoint(self) -> str:
        """Where the AWS clients of jobs find S3 and SageMaker; it listens from the first job on."""
        with self._lock:
            if self._endpoint is None:
                from rehearsal.local.endpoint import Endpoint

                self._endpoint = Endpoint(self.accounts, self.store.objects, self.operations)
                self.confinement.open(self._endpoint.port, self._endpoint.answer, stands_for=aws_hosts.is_aws)
            return str(self._endpoint.url)

    def client(
        self, service: str, *, account: str, region: str, role: str | None = None, identity: Credentials | None = None
    ) -> Any:
        """A client of S3, CloudWatch Logs or SageMaker; who acts makes no difference but for what is recorded."""
        if service == "s3":
            return S3(self.store.objects)
        if service == "logs":
            return Logs()
        assert service == "sagemaker", f"nothing here uses {service}"
        who = identity or (self.accounts.session(role, "SageMaker") if role else self.accounts.add(account))
        return Direct(self.operations, Caller(account, region, who.arn, who.access_key))

    def internal_client(self, service: str, *, account: str, region: str) -> Any:
        """As `client`: nothing here decides what one may do."""
        return self.client(service, account=account, region=region)

    def on_behalf(self, caller: Caller, of: str, service: str) -> Any:
        """As `client`."""
        return self.client(service, account=caller.account, region=caller.region)

    def background(self, call: Callable[[], None], name: str) -> threading.Thread:
        """Run `call` in a daemon thread; what it raises goes to the log."""
        return threads.start(call, name)

    def emit(
        self, *, account: str, region: str, source: str, detail_type: str, detail: Params, resources: list[str]
    ) -> None:
        """Show what happens; what cannot be shown must not hold up what runs."""
        try:
            self._on_event(detail_type, detail)
        except Exception:
            log.exception("cannot show %s", detail_type)

    def image(self, uri: str, region: str, step: str | None = None) -> Image:
        """The Python that stands in for an image. Raises ApiError."""
        return self._runtimes.image(uri, region, step)

    def pull_refusal(self, role: str, uri: str, region: str) -> str | None:
        """Nothing here decides what one may do."""
        return None

    def trusted_by(self, role: str, service: str) -> bool:
        """Every role of the account is there."""
        return True

    def close(self) -> None:
        """End every process."""
        self.closed.set()
        self.processes.close()
        self.confinement.close()
        if self._endpoint is not None:
            self._endpoint.close()
