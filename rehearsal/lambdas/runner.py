"""Runs a handler once: a process of its own for each invocation, under the credentials of the function's role."""

from __future__ import annotations

import contextlib
import datetime
import json
import shutil
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from rehearsal.api import Params
from rehearsal.iam.functions import FunctionName
from rehearsal.lambdas import metrics
from rehearsal.lambdas.layers import Layers
from rehearsal.lambdas.logs import FunctionLog, Told
from rehearsal.lambdas.room import Rooms
from rehearsal.lambdas.state import Version
from rehearsal.paths import below, text_inside
from rehearsal.ports import Platform
from rehearsal.process import Child, Exit

_LOADING = 10.0  # seconds for the handler to be loaded, which do not count as the function's time
_LOOK = 0.005
_ANSWER = 6 * 1024 * 1024 + 100  # bytes of an answer at most
_READ = 2 * _ANSWER  # its JSON text in a JSON text


@dataclass(frozen=True)
class Called:
    """One invocation: what was named, the version that is, the event, and what the client says of itself."""

    name: FunctionName
    version: Version
    payload: bytes
    request: str
    client: Params | None = None


@dataclass(frozen=True)
class Outcome:
    """What the handler gave, or the error; `tail` is the end of the log."""

    payload: bytes
    failed: bool
    tail: bytes


class Runner:
    """Runs invocations; what one writes is gone with it, its log stays."""

    def __init__(self, platform: Platform, layers: Layers) -> None:
        self._platform = platform
        self._layers = layers
        self._rooms = Rooms(platform)

    def run(self, called: Called) -> Outcome:
        """From the start of its log to the end."""
        settings, version = called.version.settings, called.version.number
        work = below(self._platform.directory / "lambda" / "runs", f"{called.request}-{uuid.uuid4().hex[:8]}")
        work.mkdir(parents=True)
        stream = f"{datetime.datetime.now(datetime.UTC):%Y/%m/%d}/[{version}]{uuid.uuid4().hex}"
        with contextlib.closing(self._log(called, stream)) as log:
            log.line(f"INIT_START Runtime Version: {settings['Runtime']} ({_stand_in(settings['Runtime'])})")
            told = Told(log, called.request, settings["LoggingConfig"])
            told.start(version)
            try:
                self._write(work, called, stream)
                ended, seconds = self._executed(called, work, log, stream)
                payload, failed, memory = self._answer(called, work, ended, log)
            finally:
                shutil.rmtree(work, ignore_errors=True)
            told.end(1000 * seconds, settings["MemorySize"], memory, failed=failed)
            metrics.put(self._platform, called.name, 1000 * seconds, failed=failed)
            return Outcome(payload, failed, log.close())

    def _log(self, called: Called, stream: str) -> FunctionLog:
        name, settings = called.name, called.version.settings
        logs = self._platform.client("logs", account=name.account, region=name.region, role=settings["Role"])
        file = below(self._platform.directory / "logs" / "functions", name.account, f"{name.name}.log")
        return FunctionLog(file, logs, settings["LoggingConfig"], stream)

    def _write(self, work: Path, called: Called, stream: str) -> None:
        settings = called.version.settings
        group = settings["LoggingConfig"]["LogGroup"]
        facts = self._rooms.sdk() | {
            "request": called.request, "function": called.name.name, "version": called.version.number,
            "arn": called.name.arn, "handler": settings["Handler"], "timeout": settings["Timeout"],
            "memory": settings["MemorySize"], "group": group, "stream": stream, "client": called.client,
            "json": settings["LoggingConfig"]["LogFormat"] == "JSON",
            "level": settings["LoggingConfig"].get("ApplicationLogLevel", "INFO"),
        }  # fmt: skip
        (work / "call.json").write_text(json.dumps(facts), encoding="utf-8")
        (work / "event").write_bytes(called.payload)

    def _executed(self, called: Called, work: Path, log: FunctionLog, stream: str) -> tuple[Exit, float]:
        """How it ended, and after how many seconds since it was loaded."""
        name, settings = called.name, called.version.settings
        layers = self._layers.folders(settings.get("Layers") or [])
        room = self._rooms.room(called.version, layers, work, name.region)
        session = self._platform.accounts.session(settings["Role"], name.name)
        variables = session.environment(name.region) | {
            "AWS_LAMBDA_FUNCTION_NAME": name.name, "AWS_LAMBDA_FUNCTION_VERSION": called.version.number,
            "AWS_LAMBDA_LOG_GROUP_NAME": settings["LoggingConfig"]["LogGroup"], "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        }  # fmt: skip
        env = self._rooms.variables(room, settings, variables)
        command = self._rooms.command(room, settings, env)
        child = self._platform.processes.start(command, cwd=room.work, env=env, on_line=log.line)
        began = _loaded(child, room.work / "ready")
        ended = self._platform.processes.wait(child, settings["Timeout"])
        return ended, time.monotonic() - began

    def _answer(self, called: Called, work: Path, ended: Exit, log: FunctionLog) -> tuple[bytes, bool, int]:
        """The payload, whether it is an error, and the megabytes that were used."""
        if ended.reason and ended.reason.startswith("timed out"):
            text = f"Task timed out after {called.version.settings['Timeout']:.2f} seconds"
            log.line(f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%S.000Z} {called.request} {text}")
            return _error("Sandbox.Timedout", f"RequestId: {called.request} Error: {text}"), True, 0
        try:
            found = json.loads(text_inside(work, work / "answer.json", _READ))
            memory = int(found.get("memory", 0))
            if "result" in found:
                payload = str(found["result"]).encode()
                if len(payload) > _ANSWER:
                    text = f"Response payload size exceeded maximum allowed payload size ({_ANSWER} bytes)."
                    return _error("Function.ResponseSizeTooLarge", text), True, memory
                return payload, False, memory
            return json.dumps(dict(found["error"])).encode(), True, memory
        except (
            ValueError,
            KeyError,
            AttributeError,
            TypeError,
            OverflowError,
            RecursionError,
        ):  # it ended otherwise, or wrote nonsense in its place
            status = "signal: killed" if ended.code > 128 else f"exit status {ended.code}"
            text = f"RequestId: {called.request} Error: Runtime exited with error: {status}"
            log.line(text)
            return _error("Runtime.ExitError", text), True, 0


def _loaded(child: Child, ready: Path) -> float:
    """Wait until the handler was loaded, or could have been; when that was."""
    deadline = time.monotonic() + _LOADING
    while child.runs and not ready.exists() and time.monotonic() < deadline:
        time.sleep(_LOOK)
    return time.monotonic()


def _error(kind: str, text: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": text}).encode()


def _stand_in(runtime: str) -> str:
    """What runs in the place of a runtime."""
    if runtime.startswith("python"):
        return f"this machine's Python {sys.version.partition(' ')[0]} with its boto3"
    return "this machine's Node.js"
