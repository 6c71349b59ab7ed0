"""The log of one invocation: a stream of the function's log group, a file for people, and the tail for who asks."""

from __future__ import annotations

import datetime
import json
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.log_stream import LogStream

_TAIL = 4096  # bytes that Invoke gives back
_LONGEST = 250_000  # characters of an event


class FunctionLog:
    """Takes the lines of one invocation. `logs` is a CloudWatch Logs client that acts as the function's role.

    Lines are written as they come: with the format JSON it is the runtime that makes objects of what a handler logs.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
    """

    def __init__(self, file: Path, logs: Any, config: Mapping[str, Any], stream: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file.open("a", encoding="utf-8")
        self._stream = LogStream(logs, config["LogGroup"], stream, group_first=False)
        self._lock = threading.Lock()
        self._tail = b""

    def line(self, text: str) -> None:
        """One line."""
        with self._lock:
            if self._file.closed:
                return
            self._file.write(f"{text}\n")
            self._tail = (self._tail + f"{text}\n".encode())[-_TAIL:]
            self._stream.put(f"{text[:_LONGEST]}\n")

    def close(self) -> bytes:
        """Send what waits; the last 4 KB of all."""
        with self._lock:
            self._stream.flush()
            self._file.close()
            return self._tail


@dataclass(frozen=True)
class Told:
    """What Lambda itself says of an invocation, as text or as JSON.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
    """

    log: FunctionLog
    request: str
    config: dict[str, Any]

    def start(self, version: str) -> None:
        """It begins."""
        self._say(f"START RequestId: {self.request} Version: {version}", "start", {"version": version})

    def end(self, milliseconds: float, memory: int, used: int, *, failed: bool) -> None:
        """It has ended."""
        billed = math.ceil(milliseconds)
        metrics = {"durationMs": round(milliseconds, 2), "billedDurationMs": billed, "memorySizeMB": memory,
                   "maxMemoryUsedMB": used}  # fmt: skip
        text = (
            f"REPORT RequestId: {self.request}\tDuration: {milliseconds:.2f} ms\tBilled Duration: {billed} ms\t"
            f"Memory Size: {memory} MB\tMax Memory Used: {used} MB"
        )
        if self.config["LogFormat"] == "Text":
            self.log.line(f"END RequestId: {self.request}")
        self._say(text, "report", {"metrics": metrics, "status": "error" if failed else "success"})

    def _say(self, text: str, kind: str, record: dict[str, Any]) -> None:
        if self.config["LogFormat"] == "Text":
            self.log.line(text)
        elif self.config["SystemLogLevel"] != "WARN":
            now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
            told = {"time": now, "type": f"platform.{kind}", "record": {"requestId": self.request, **record}}
            self.log.line(json.dumps(told))
