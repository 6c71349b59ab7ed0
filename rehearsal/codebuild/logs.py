"""Build logs: each line to CloudWatch Logs, in batches, and to a file with the status of its build beside it."""

from __future__ import annotations

import contextlib
import datetime
import json
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.codebuild.state import Build, BuildFailure
from rehearsal.paths import below

_INTERVAL = 0.5  # seconds between two batches
_BATCH = 1000  # events; CloudWatch Logs takes up to 10,000 or 1 MiB a call
_LONGEST = 100_000  # characters of one event; CloudWatch Logs takes 256 KiB


@dataclass(frozen=True)
class BuildLog:
    """One build's log on disk."""

    id: str
    path: Path
    status: str
    account: str
    region: str
    start: float


def build_logs(directory: Path) -> list[BuildLog]:
    """The logs of all builds of the embedded AWS that lives in `directory`, oldest first.

    `id` is the build id (`project:uuid`), `status` AWS's build status, `start` epoch seconds.
    """
    found = []
    for record in directory.glob("logs/builds/*/*.json"):
        with contextlib.suppress(OSError):  # one that goes with its embedded AWS
            facts = json.loads(record.read_text(encoding="utf-8"))
            found.append(BuildLog(path=record.with_suffix(".log"), **facts))
    return sorted(found, key=lambda log: log.start)


def log_path(directory: Path, build: Build) -> Path:
    """Where the log of a build is written."""
    return below(directory / "logs" / "builds", build.project, f"{build.uuid}.log")


class BuildLogWriter:
    """Takes the lines of one build. Thread-safe.

    `logs` is a CloudWatch Logs client that acts as the build's service role. Raises BuildFailure when the role may not
    create the log stream. Strings in `secrets` are written as `***`, as AWS does with values from the parameter store
    and Secrets Manager.
    """

    def __init__(self, directory: Path, build: Build, logs: Any) -> None:
        self._build = build
        self._logs = logs
        self._lock = threading.Lock()
        self._waiting: list[dict[str, Any]] = []
        self._secrets: list[str] = []
        self._closed = threading.Event()
        self._lost = False
        path = log_path(directory, build)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._record = path.with_suffix(".json")
        self._file = path.open("w", encoding="utf-8")
        self.save_status()
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"log-{build.id}")
        self._thread.start()

    def create_stream(self) -> None:
        """Create the log group and stream. Raises BuildFailure when the service role may not."""
        build = self._build
        if build.log_group is None:
            return
        stream = {"logGroupName": build.log_group, "logStreamName": build.log_stream}
        try:
            try:
                self._logs.create_log_stream(**stream)
            except ClientError as error:  # a role may lack the right to make the group
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                self._logs.create_log_group(logGroupName=build.log_group)
                self._logs.create_log_stream(**stream)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                self._lost = True
                raise BuildFailure(
                    "ACCESS_DENIED",
                    f"Service role {build.role} does not allow AWS CodeBuild to create Amazon CloudWatch Logs log "
                    f"streams for build {build.arn}. Error message: {error.response['Error']['Message']}",
                ) from None

    def mask(self, secrets: Iterable[str]) -> None:
        """Keep these strings out of the log from now on."""
        with self._lock:
            self._secrets += [line for secret in secrets for line in secret.splitlines() if line]

    def agent(self, text: str) -> None:
        """A line of CodeBuild's own."""
        now = datetime.datetime.now(datetime.UTC)
        self.line(f"[Container] {now:%Y/%m/%d %H:%M:%S.%f} {text}")

    def line(self, text: str) -> None:
        """A line of output."""
        with self._lock:
            for secret in self._secrets:
                text = text.replace(secret, "***")
            if not self._file.closed:
                self._file.write(text + "\n")
                self._file.flush()
            self._waiting.append({"timestamp": int(time.time() * 1000), "message": text[:_LONGEST] + "\n"})

    def save_status(self) -> None:
        """Write the status of the build beside its log."""
        build = self._build
        facts = {
            "id": build.id, "status": build.status, "account": build.account, "region": build.region,
            "start": build.start,
        }  # fmt: skip
        with contextlib.suppress(OSError):  # the scratch directory is gone when the embedded AWS ends first
            part = self._record.with_suffix(".part")
            part.write_text(json.dumps(facts), encoding="utf-8")
            part.replace(self._record)  # others see it whole

    def close(self) -> None:
        """Write what is waiting and end."""
        self._closed.set()
        self._thread.join()
        with self._lock:
            self._file.close()

    def _run(self) -> None:
        while not self._closed.wait(_INTERVAL):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        build = self._build
        if self._lost or build.log_group is None:
            return
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for first in range(0, len(waiting), _BATCH):
            try:
                self._logs.put_log_events(
                    logGroupName=build.log_group,
                    logStreamName=build.log_stream,
                    logEvents=waiting[first : first + _BATCH],
                )
            except Exception as error:
                # The build goes on, as on AWS; its log ends here and the file says why.
                self._lost = True
                with self._lock:
                    if not self._file.closed:
                        self._file.write(f"[rehearsal] no more lines reach CloudWatch Logs: {error}\n")
                return
