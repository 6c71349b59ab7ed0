"""A job's log: a file for people and a CloudWatch Logs stream for clients."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any, TextIO

from botocore.exceptions import BotoCoreError, ClientError

log = logging.getLogger(__name__)

_TAIL = 20


class JobLog:
    """Takes lines of one job; `tail` are the last ones. Lines reach CloudWatch Logs within about a second."""

    def __init__(self, file: Path, logs: Any, group: str, stream: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.tail: deque[str] = deque(maxlen=_TAIL)
        self._path = file
        self._file: TextIO = file.open("w", encoding="utf-8", buffering=1)
        self._logs = logs
        self._group = group
        self._stream = stream
        self._lock = threading.Lock()
        self._waiting: list[dict[str, Any]] = []
        self._made = False
        self._sent = time.monotonic()
        self._refused = False

    def line(self, text: str) -> None:
        """One line of the job's output."""
        with self._lock:
            self.tail.append(text)
            self._file.write(text + "\n")
            self._waiting.append({"timestamp": int(time.time() * 1000), "message": text or " "})
            if time.monotonic() - self._sent > 1:
                self._flush()

    def lines(self) -> list[str]:
        """All lines so far."""
        return self._path.read_text(encoding="utf-8").split("\n")

    def flush(self) -> None:
        """Send what waits."""
        with self._lock:
            self._flush()

    def close(self) -> None:
        """Send what waits, for the last time."""
        with self._lock:
            self._flush()
            self._file.close()

    def _flush(self) -> None:
        self._sent = time.monotonic()
        events, self._waiting = self._waiting, []
        if not events or self._refused:
            return
        try:
            if not self._made:
                self._make()
            for start in range(0, len(events), 1000):
                self._logs.put_log_events(
                    logGroupName=self._group, logStreamName=self._stream, logEvents=events[start : start + 1000]
                )
        except BotoCoreError:  # the embedded AWS is shutting down
            self._refused = True
        except ClientError as error:  # as on AWS, a role that may not log does not fail the job
            self._refused = True
            log.warning("no CloudWatch logs for %s: %s", self._stream, error)

    def _make(self) -> None:
        for call, names in (
            (self._logs.create_log_group, {"logGroupName": self._group}),
            (self._logs.create_log_stream, {"logGroupName": self._group, "logStreamName": self._stream}),
        ):
            try:
                call(**names)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                    raise
        self._made = True
