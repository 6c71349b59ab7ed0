"""One model server: downloads a model with its execution role, and answers invocations in a sandboxed subprocess."""

from __future__ import annotations

import contextlib
import http.client
import os
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rehearsal import archives
from rehearsal.named import Scope
from rehearsal.paths import below
from rehearsal.process import Child, base_environment
from rehearsal.sagemaker import own_images
from rehearsal.sagemaker.hosting import scripts
from rehearsal.sagemaker.hosting.models import Model
from rehearsal.sagemaker.jobs.failure import JobError
from rehearsal.sagemaker.jobs.joblog import JobLog
from rehearsal.sagemaker.jobs.transfer import Transfer
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.sandbox import Room, Sandbox, SandboxError

LOG_GROUP = "/aws/sagemaker/Endpoints/"
_CONTAINER = Path(__file__).parents[1] / "container"
_ANSWER = 32 << 20  # bytes of an answer at most
_START_SECONDS = 60.0
INVOKE_SECONDS = 60.0  # that an invocation may take
_END_SECONDS = 10.0
_LOG_SECONDS = 0.3


class HostingError(Exception):
    """An endpoint cannot be had; the text is its FailureReason."""


@dataclass(frozen=True)
class Answer:
    """What the container answered."""

    status: int
    content_type: str
    body: bytes


class ModelServer:
    """The container of one production variant. It writes below the platform's `directory`, removed by `stop`."""

    def __init__(
        self, platform: SageMakerPlatform, sandbox: Sandbox, *, scope: Scope, endpoint: str, variant: str, model: Model
    ) -> None:
        self._platform = platform
        self._sandbox = sandbox
        self._scope = scope
        self._variant = variant
        self._model = model
        self._child: Child | None = None
        self._stopped = False
        self._ended = threading.Event()
        account, region = scope
        token = secrets.token_hex(8)
        self.stream = f"{variant}/i-{token}"
        self._directory = below(platform.directory / "endpoints", account, region, endpoint, f"{variant}-{token}")
        self._ml = self._directory / "ml"
        logs = platform.client("logs", account=account, region=region, role=model.role)
        file = below(platform.directory / "logs" / "endpoints", f"{endpoint}-{variant}-{token}.log")
        self._log = JobLog(file, logs, LOG_GROUP + endpoint, self.stream)

    def start(self, seconds: float = _START_SECONDS) -> None:
        """Download, load and wait until it answers pings. Raises HostingError; nothing of it stays then."""
        try:
            self._download()
            self._run(seconds)
        except (HostingError, SandboxError) as error:
            self._log.line(str(error))
            self.stop()
            raise HostingError(str(error)) from None
        except Exception:
            self.stop()
            raise

    def stop(self) -> None:
        """End it, and remove what it wrote except its log."""
        if self._stopped:
            return
        self._stopped = True
        if self._child:
            self._child.stop("the endpoint does not need it any longer")
            self._ended.wait(_END_SECONDS)
        self._log.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def invoke(self, body: bytes, headers: dict[str, str]) -> Answer:
        """POST /invocations. Raises OSError or HTTPException when the container does not answer."""
        with self._connection(INVOKE_SECONDS) as connection:
            connection.request("POST", "/invocations", body, headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheader("Content-Type", ""), response.read(_ANSWER))
        if answer.status >= 400:
            self._platform.background(self._flush_soon, f"log of {self.stream}")
        return answer

    def _flush_soon(self) -> None:
        time.sleep(_LOG_SECONDS)  # what the container printed about it is on its way
        self._log.flush()

    def _download(self) -> None:
        """As SageMaker does: S3 GetObject with the model's execution role, wherever the bucket is."""
        account, region = self._scope
        url, role = self._model.container.data, self._model.role
        s3 = self._platform.client("s3", account=account, region=region, role=role)
        target = self._ml / "model"
        target.mkdir(parents=True)
        archive = self._directory / "model.tar.gz"
        try:
            Transfer(s3, role, region).fetch(url, archive)
        except JobError as error:
            raise HostingError(
                f'Failed to download model data for container "container_1" from URL: "{url}". Please ensure that '
                "there is an object located at the URL and that the role passed to CreateModel has permissions to "
                f"download the model. ({error})"
            ) from None
        try:
            archives.unpack(archive, target)
        except (archives.Unreadable, EOFError, OSError) as error:
            raise HostingError(f"Failed to extract model data archive from URL {url}: {error}") from None
        archive.unlink()
        self._bring_code(Transfer(s3, role, region))

    def _bring_code(self, transfer: Transfer) -> None:
        script = self._model.container.script
        try:
            if script:
                scripts.bring(script, transfer, self._ml, isolated=self._model.isolated)
        except JobError as error:
            raise HostingError(str(error)) from None

    def _run(self, seconds: float) -> None:
        container = self._model.container
        script, *arguments = container.server()
        serve = [str(container.image.python), str(_CONTAINER / script), *arguments]
        temporary = self._directory / "tmp"
        temporary.mkdir()
        own, base = container.image.own, base_environment()
        room = Room(self._ml, Path("/opt/ml"), container.image.python, write=(temporary,))
        if own:
            places = own_images.places(own, self._directory, self._ml)
            room = replace(room, cwd=Path(own.workdir), read=own.read, places=places)
            base |= dict(own.environment) | {
                "PATH": own_images.path_of(own, str(own.programs), base.get("PATH", "/usr/bin:/bin"))
            }
        command = self._sandbox.command(room, serve, isolated=self._model.isolated)
        environment = base | dict(container.environment) | {
            "HOME": str(self._directory / "tmp"), "TMPDIR": str(self._directory / "tmp"), "PYTHONPATH": "",
            "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1", "AWS_REGION": self._scope[1],
        }  # fmt: skip
        if container.script and not self._model.isolated:  # which may have packages to install
            environment = self._platform.confinement.environment(environment)
        self._keep(command, environment)
        deadline = time.monotonic() + seconds
        while not self._answers():
            ended = self._ended.is_set()
            if ended or time.monotonic() > deadline or self._platform.closed.is_set():
                said = " ".join(line for line in list(self._log.tail)[-3:] if line.strip())
                raise HostingError(
                    f"The primary container for production variant {self._variant} did not pass the ping health "
                    f"check. Please check CloudWatch logs for this endpoint.{f' ({said})' if said else ''}"
                )
            time.sleep(0.02)
        self._log.flush()

    def _keep(self, command: list[str], environment: dict[str, str]) -> None:
        """Start the process in a thread that lives as long as it: the kernel ends a sandbox with its parent thread."""
        started = threading.Event()

        def keep() -> None:
            try:
                self._child = self._platform.processes.start(
                    command, cwd=self._ml, env=environment, on_line=self._log.line
                )
                started.set()
                self._platform.processes.wait(self._child)
            finally:
                self._ended.set()
                started.set()

        self._platform.background(keep, f"model server {self.stream}")
        started.wait()

    def _answers(self) -> bool:
        if not (self._ml / "socket").exists():
            return False
        try:
            with self._connection(5) as connection:
                connection.request("GET", "/ping")
                return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False

    @contextlib.contextmanager
    def _connection(self, seconds: float) -> Iterator[http.client.HTTPConnection]:
        connection = http.client.HTTPConnection("localhost", timeout=seconds)
        connection.sock = _connect(self._ml, "socket", seconds)
        try:
            yield connection
        finally:
            connection.close()


def _connect(directory: Path, name: str, seconds: float) -> socket.socket:
    """A connection to a Unix socket whose path may be longer than the 107 bytes that an address holds."""
    folder = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # of itself, never of what the container linked there: it could be a socket that the container may not reach
        handle = os.open(name, os.O_PATH | os.O_NOFOLLOW, dir_fd=folder)
    finally:
        os.close(folder)
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        found.settimeout(seconds)
        found.connect(f"/proc/self/fd/{handle}")
    except OSError:
        found.close()
        raise
    finally:
        os.close(handle)
    return found
