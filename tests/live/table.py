"""What probes saw, as a table for people and as a file that can be sent in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tests.live.probe import AS_EXPECTED, Seen


def as_text(seen: Iterable[Seen]) -> str:
    """A line each fact; what was expected and seen below those that are not as expected."""
    lines = []
    for each in seen:
        lines.append(f"{each.outcome:<15} {each.fact.name}")
        if each.outcome != AS_EXPECTED:
            lines += [f"                expected: {each.fact.expected}", f"                seen:     {each.seen}"]
        lines += [f"                left behind: {left}" for left in each.left]
    return "\n".join(lines)


def as_records(seen: Iterable[Seen]) -> list[dict[str, object]]:
    """By fact: what is believed, expected and seen; no account ids but those that AWS's answers hold."""
    return [
        {
            "fact": each.fact.name,
            "says": each.fact.says,
            "expected": each.fact.expected,
            "seen": each.seen,
            "outcome": each.outcome,
            "left": list(each.left),
        }
        for each in seen
    ]


def as_markdown(seen: Iterable[Seen]) -> str:
    """The table for an issue."""
    rows = [f"| {each.fact.name} | {each.fact.expected} | {each.seen} | {each.outcome} |" for each in seen]
    return "\n".join(["| fact | expected | seen | |", "| --- | --- | --- | --- |", *rows, ""])


def write(path: Path, seen: list[Seen]) -> None:
    """Markdown where the name says so, else JSON."""
    text = as_markdown(seen) if path.suffix == ".md" else json.dumps(as_records(seen), indent=2) + "\n"
    path.write_text(text, encoding="utf-8")
