"""Reads inputs of actions, which are all texts."""

from __future__ import annotations

from rehearsal.workflows.steps import ActionError, Call

_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")


def boolean(call: Call, name: str) -> bool:
    """An input that is true or false. Raises ActionError."""
    text = call.inputs.get(name.lower(), "").strip()
    if text not in (*_TRUE, *_FALSE):
        raise ActionError(f"{name}: got {text!r}, expected true or false")
    return text in _TRUE


def number(call: Call, name: str, least: int, most: int) -> int:
    """An input that is a whole number. Raises ActionError."""
    text = call.inputs.get(name.lower(), "").strip()
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ActionError(f"{name}: got {text!r}, expected a number from {least} to {most}")
    return int(text)


def lines(call: Call, name: str) -> list[str]:
    """The lines of an input that are not empty."""
    return [line.strip() for line in call.inputs.get(name.lower(), "").splitlines() if line.strip()]


def required(call: Call, name: str) -> str:
    """An input that must be there. Raises ActionError."""
    text = call.inputs.get(name.lower(), "").strip()
    if not text:
        raise ActionError(f"{name}: got nothing, expected it")
    return text
