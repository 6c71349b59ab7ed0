"""Calls a Python handler as Lambda's runtime does: WORK, a directory with `call.json` and `event`.

The answer goes to WORK/answer.json, `ready` is there once the handler was loaded. Standard library only.
https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

from __future__ import annotations

import decimal
import importlib
import json
import logging
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

Error = dict[str, Any]


class Context:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, call: dict[str, Any]) -> None:
        self.aws_request_id = call["request"]
        self.function_name, self.function_version = call["function"], call["version"]
        self.invoked_function_arn, self.memory_limit_in_mb = call["arn"], str(call["memory"])
        self.log_group_name, self.log_stream_name = call["group"], call["stream"]
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self.client_context = _client_context(call.get("client"))
        self._end = time.time() + call["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        """Until the function is ended."""
        return max(0, int((self._end - time.time()) * 1000))

    def log(self, message: object) -> None:
        """Write to the log."""
        sys.stdout.write(str(message))


class Refused(Exception):
    """The handler cannot be called: an error of the runtime's own."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def main() -> None:
    """See the module."""
    work = Path(sys.argv[1])
    sys.path.pop(0)  # that of this program
    call = json.loads((work / "call.json").read_text(encoding="utf-8"))
    event = json.loads((work / "event").read_bytes() or b"{}")
    _log_to_stdout(call)
    answer = _called(call, event, work)
    answer["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    part = work / "answer.part"
    part.write_text(json.dumps(answer), encoding="utf-8")
    part.rename(work / "answer.json")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # threads that are left are frozen in Lambda


def _called(call: dict[str, Any], event: Any, work: Path) -> dict[str, Any]:
    try:
        try:
            handler = _load(call["handler"])
        finally:
            (work / "ready").touch()
        context = Context(call)
        result = handler(event, context)
        try:
            return {"result": json.dumps(result, default=_plain)}
        except (TypeError, ValueError) as error:
            raise Refused("Runtime.MarshalError", f"Unable to marshal response: {error}") from None
    except Refused as refused:
        return {"error": _told({"errorMessage": str(refused), "errorType": refused.kind}, call, [])}
    except Exception as error:
        frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename != __file__]
        trace = traceback.format_list(frames)
        return {"error": _told({"errorMessage": str(error), "errorType": type(error).__name__}, call, trace)}


def _load(name: str) -> Callable[[Any, Context], Any]:
    module, dot, function = name.rpartition(".")
    if not dot:
        text = f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)"
        raise Refused("Runtime.MalformedHandlerName", text)
    try:
        found = importlib.import_module(module.replace("/", "."))
    except ImportError as error:
        raise Refused("Runtime.ImportModuleError", f"Unable to import module '{module}': {error}") from None
    except SyntaxError as error:
        raise Refused("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module}': {error}") from None
    if not hasattr(found, function):
        raise Refused("Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{module}'")
    handler: Callable[[Any, Context], Any] = getattr(found, function)
    return handler


def _told(error: Error, call: dict[str, Any], trace: list[str]) -> Error:
    """The error, written to the log."""
    if call["json"]:
        told = {"timestamp": _now(), "log_level": "ERROR", **error, "requestId": call["request"], "stackTrace": trace}
        sys.stdout.write(json.dumps(told) + "\n")
        return error | {"requestId": call["request"], "stackTrace": trace}
    sys.stdout.write(f"[ERROR] {error['errorType']}: {error['errorMessage']}\n")
    if trace:
        sys.stdout.write("Traceback (most recent call last):\n" + "".join(trace))
    return error | {"requestId": call["request"], "stackTrace": trace}


class _Json(logging.Formatter):
    """https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""

    def __init__(self, request: str) -> None:
        super().__init__()
        self._request = request

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        told = {"timestamp": _now(), "level": record.levelname, "message": record.getMessage(), "logger": record.name}
        if record.exc_info:
            told["stackTrace"] = self.formatException(record.exc_info)
        return json.dumps(told | {"requestId": self._request})


def _log_to_stdout(call: dict[str, Any]) -> None:
    """The root logger writes as in Lambda; its level stays WARNING unless the function's settings say another one."""
    handler, root = logging.StreamHandler(sys.stdout), logging.getLogger()
    if call["json"]:
        handler.setFormatter(_Json(call["request"]))
        root.setLevel({"TRACE": "DEBUG", "WARN": "WARNING", "FATAL": "CRITICAL"}.get(call["level"], call["level"]))
    else:
        line = f"[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t{call['request']}\t%(message)s"
        form = logging.Formatter(line, "%Y-%m-%dT%H:%M:%S")
        form.converter = time.gmtime
        handler.setFormatter(form)
    root.addHandler(handler)


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _plain(value: object) -> float:
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _client_context(given: dict[str, Any] | None) -> SimpleNamespace | None:
    if not given:
        return None
    return SimpleNamespace(custom=given.get("custom"), env=given.get("env"), client=given.get("client"))


if __name__ == "__main__":
    main()
