"""The whole run as bars over time: the steps of the rehearsal, and below each training those of its pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from html_page import Markup, element, picture

_WIDTH, _NAMES, _ROW, _TOP = 860, 300, 22, 26
_LETTERS = 42
_STEPS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)


@dataclass(frozen=True)
class Bar:
    """What went on, from second `start` of the rehearsal on for `seconds`; `inner` ones belong to the one above."""

    name: str
    start: float
    seconds: float
    failed: bool = False
    inner: bool = False


def bars(report: Mapping[str, Any]) -> list[Bar]:
    """The bars of a report, in the order in which they began; those of a pipeline below its training."""
    inner = dict(_inner(report))
    found: list[Bar] = []
    for step in sorted(report["steps"], key=lambda each: each["started"]):
        found.append(Bar(step["name"], step["started"], step["seconds"], step["failed"]))
        found += inner.get(step["name"], [])
    return found


def drawing(report: Mapping[str, Any], title: str) -> Markup:
    """The bars with their seconds; empty for a rehearsal that did nothing."""
    listed = bars(report)
    if not listed:
        return Markup("")
    end = max([report["seconds"], *(each.start + each.seconds for each in listed)]) or 1.0
    scale = (_WIDTH - _NAMES - 56) / end
    height = _TOP + len(listed) * _ROW + 4
    step = next((each for each in _STEPS if end / each <= 10), 7200)
    grid = [
        part
        for second in range(0, int(end) + 1, step)
        for part in (
            element("line", x1=_NAMES + second * scale, x2=_NAMES + second * scale, y1=18, y2=height, class_="line"),
            element("text", f"{second} s", x=_NAMES + second * scale, y=12, text_anchor="middle", class_="soft"),
        )
    ]
    rows = [_row(bar, _TOP + number * _ROW, scale) for number, bar in enumerate(listed)]
    return picture(*grid, *rows, width=_WIDTH, height=height, title=title)


def _row(bar: Bar, top: float, scale: float) -> Markup:
    x, width = _NAMES + bar.start * scale, max(bar.seconds * scale, 1.5)
    most = _LETTERS - (3 if bar.inner else 0)
    name = bar.name if len(bar.name) <= most else f"{bar.name[: most - 1]}…"
    return element(
        "g",
        element("title", f"{bar.name}: {bar.seconds:.1f} s from second {bar.start:.1f} on"),
        element("text", name, x=18 if bar.inner else 2, y=top + 12, class_="soft" if bar.inner else None),
        element(
            "rect",
            x=x,
            y=top + (5 if bar.inner else 2),
            width=width,
            height=8 if bar.inner else 13,
            rx=2,
            class_="bad-bar" if bar.failed else "bar",
            fill_opacity=".55" if bar.inner else None,
        ),
        element("text", f"{bar.seconds:.1f} s", x=x + width + 5, y=top + 13, class_="soft"),
    )


def _inner(report: Mapping[str, Any]) -> Iterator[tuple[str, list[Bar]]]:
    """The steps of pipelines by the rehearsal's step that they belong to."""
    if not report["began"]:
        return
    began = datetime.fromisoformat(report["began"])
    named = [(f"train {each['group']}", each) for each in report["groups"]]
    named += [(f"run pipeline {each['module']}", each) for each in report["pipelines"]]
    for name, outcome in named:
        yield (
            name,
            [
                Bar(
                    step["name"],
                    max((datetime.fromisoformat(step["started"]) - began).total_seconds(), 0.0),
                    step["seconds"] or 0.0,
                    step["status"] == "Failed",
                    inner=True,
                )
                for step in outcome["steps"]
                if step.get("started")
            ],
        )
