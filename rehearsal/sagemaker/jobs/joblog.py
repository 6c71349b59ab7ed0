"""A job's log: a file for people and a CloudWatch Logs stream for clients."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path
from typing import Any, TextIO

from rehearsal.log_stream import LogStream

_TAIL = 20


class JobLog:
    """Takes lines of one job; `tail` are the last ones. Lines reach CloudWatch Logs within about a second."""

    def __init__(self, file: Path, logs: Any, group: str, stream: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.tail: deque[str] = deque(maxlen=_TAIL)
        self._path = file
        self._file: TextIO = file.open("w", encoding="utf-8", buffering=1)
        self._stream = LogStream(logs, group, stream, group_first=True)
        self._lock = threading.Lock()

    def line(self, text: str) -> None:
        """One line of the job's output."""
        with self._lock:
            self.tail.append(text)
            self._file.write(text + "\n")
            self._stream.put(text or " ")

    def lines(self) -> list[str]:
        """All lines so far."""
        return self._path.read_text(encoding="utf-8").split("\n")

    def flush(self) -> None:
        """Send what waits."""
        with self._lock:
            self._stream.flush()

    def close(self) -> None:
        """Send what waits, for the last time."""
        with self._lock:
            self._stream.flush()
            self._file.close()
