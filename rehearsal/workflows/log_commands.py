"""What steps print: masks, and the commands in it (`::error::...`).

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

from rehearsal.workflows.results import Annotation, StepResult

_COMMAND = re.compile(r"::(?P<name>[^\s:]+)(?:\s+(?P<parameters>.*?))?::(?P<message>.*)", re.DOTALL)
_ANNOTATIONS = ("error", "warning", "notice")
_DISABLED = {"set-env": "GITHUB_ENV", "add-path": "GITHUB_PATH", "set-output": "GITHUB_OUTPUT",
             "save-state": "GITHUB_STATE"}  # fmt: skip
_QUIET = ("echo", "add-matcher", "remove-matcher")


class Masks:
    """The strings that logs show as `***`. Thread-safe."""

    def __init__(self) -> None:
        self._values: list[str] = []
        self._lock = threading.Lock()

    def add(self, *values: str) -> None:
        """Show these no more, nor any line of them."""
        with self._lock:
            lines = {line for value in values for line in (value, *value.splitlines()) if line.strip()}
            # the longest first: one may be a part of another
            self._values = sorted({*self._values, *lines}, key=lambda each: (-len(each), each))

    def hide(self, text: str) -> str:
        """A text without them."""
        with self._lock:
            values = self._values
        for value in values:
            text = text.replace(value, "***")
        return text

    def hidden_in(self, text: str) -> bool:
        """Whether there is one in a text."""
        return self.hide(text) != text


class StepLog:
    """Takes the lines of one step into its result; `refused` has the reason when it used a disabled command."""

    def __init__(self, result: StepResult, masks: Masks, on_line: Callable[[str], None] | None = None) -> None:
        self.result = result
        self.refused: str | None = None
        self._masks = masks
        self._stopped: str | None = None
        self._on_line = on_line

    def line(self, text: str) -> None:
        """A line of output, which may be a command."""
        found = _COMMAND.fullmatch(text.strip()) if text.lstrip().startswith("::") else None
        if found is None:
            self.say(text)
        elif self._stopped is not None:
            if found["name"] == self._stopped:
                self._stopped = None
            else:
                self.say(text)
        else:
            self._command(found["name"].lower(), _parameters(found["parameters"] or ""), found["message"])

    def say(self, text: str) -> None:
        """A line that is no command."""
        text = self._masks.hide(text)
        self.result.add(text)
        if self._on_line:
            self._on_line(text)

    def annotate(self, level: str, message: str, parameters: dict[str, str] | None = None) -> None:
        """Note a remark and show it."""
        given = {name.lower(): value for name, value in (parameters or {}).items()}
        message = self._masks.hide(message)
        self.result.annotations.append(
            Annotation(
                level=level,
                message=message,
                title=self._masks.hide(given.get("title", "")),
                file=given.get("file", ""),
                line=_number(given.get("line")),
                end_line=_number(given.get("endline")),
                column=_number(given.get("col")),
                end_column=_number(given.get("endcolumn")),
            )
        )
        for line in message.splitlines() or [""]:
            self.say(f"##[{level}]{line}")

    def _command(self, name: str, parameters: dict[str, str], message: str) -> None:
        text = _unescape(message)
        if name in _ANNOTATIONS:
            self.annotate(name, text, parameters)
        elif name == "group":
            self.say(f"##[group]{text}")
        elif name == "endgroup":
            self.say("##[endgroup]")
        elif name == "add-mask":
            self._mask(text)
        elif name == "stop-commands":
            self._stopped = text
        elif name in _DISABLED:
            self.refused = f"the command {name} is disabled: write to the file ${_DISABLED[name]}"
            self.annotate("error", self.refused)
        elif name not in (*_QUIET, "debug"):
            self.say(f"::{name}::{message}")

    def _mask(self, text: str) -> None:
        if not text.strip():
            self.annotate("warning", "add-mask: got nothing to hide")
            return
        self._masks.add(text)


def _parameters(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(","))
    return {name.strip(): _unescape(value).replace("%3A", ":").replace("%2C", ",") for name, _, value in pairs if value}


def _unescape(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
