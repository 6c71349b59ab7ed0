"""The steps of a SageMaker pipeline as a drawing: from left to right, each behind what it waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from html_page import Markup, element, lines_of, picture

_WIDTH, _HEIGHT, _GAP, _BETWEEN = 182, 58, 40, 16
_IN_LINE = 21  # letters of a name in a line of a box
_MOST_COLUMNS = 4
_STYLES = {"Succeeded": "good-box", "Failed": "bad-box", "Stopped": "bad-box", "Executing": "accent-box"}


def drawing(graph: Sequence[Mapping[str, Any]], steps: Sequence[Mapping[str, Any]], title: str) -> Markup:
    """The steps of `graph` with status and seconds of those in `steps`; an empty text where nothing is known."""
    listed = list(graph) or [{"name": each["name"], "type": "", "after": []} for each in steps]
    if not listed:
        return Markup("")
    ran = {each["name"]: each for each in steps}
    places = _places(listed)
    boxes = [_box(each, ran.get(each["name"]), places[each["name"]]) for each in listed]
    arrows = [_arrow(places[name], places[each["name"]]) for each in listed for name in _direct(each, listed)]
    # arrows between rows go around what is at both ends
    margin = 2 if len({each.top for each in places.values()}) == 1 else _GAP // 2
    width = max(each.x for each in places.values()) + _WIDTH + margin
    height = max(each.y for each in places.values()) + _HEIGHT + 4
    return picture(*arrows, *boxes, width=width, height=height, title=title)


def _direct(step: Mapping[str, Any], graph: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a step waits for, without what that waits for itself."""
    after = {each["name"]: set(each["after"]) for each in graph}

    def behind(name: str) -> set[str]:
        return after.get(name, set()) | {other for each in after.get(name, set()) for other in behind(each)}

    own = [name for name in step["after"] if name in after]
    return [name for name in own if not any(name in behind(other) for other in own if other != name)]


@dataclass(frozen=True)
class _Place:
    """Where a box stands, and the top of its row of columns."""

    x: int
    y: int
    top: int


def _places(graph: Sequence[Mapping[str, Any]]) -> dict[str, _Place]:
    """Where each step stands: in the column behind the last that it waits for; columns go on in a row below."""
    after = {each["name"]: each["after"] for each in graph}

    def column(name: str) -> int:
        return 1 + max((column(each) for each in after[name] if each in after), default=-1)

    columns: dict[int, list[str]] = {}
    for each in graph:
        columns.setdefault(column(each["name"]), []).append(each["name"])
    places, top = {}, 2
    left = 2 if max(columns) < _MOST_COLUMNS else _GAP // 2
    for first in range(0, max(columns) + 1, _MOST_COLUMNS):
        band = range(first, min(first + _MOST_COLUMNS, max(columns) + 1))
        for number in band:
            for row, name in enumerate(columns[number]):
                x, y = left + (number - first) * (_WIDTH + _GAP), top + row * (_HEIGHT + _BETWEEN)
                places[name] = _Place(x, y, top)
        top += max(len(columns[number]) for number in band) * (_HEIGHT + _BETWEEN) + _GAP // 2
    return places


def _box(step: Mapping[str, Any], ran: Mapping[str, Any] | None, place: _Place) -> Markup:
    x, y = place.x, place.y
    status = ran["status"] if ran else "not run"
    seconds = f" {ran['seconds']} s" if ran and ran["seconds"] is not None else ""
    side = f", if {'met' if step['outcome'] else 'not met'}" if "condition" in step else ""
    names = lines_of(step["name"], _IN_LINE)
    name = names[0] if len(names) == 1 else f"{step['name'][: _IN_LINE - 1]}…"
    return element(
        "g",
        element("title", f"{step['name']}: {status}{seconds}"),
        element("rect", x=x, y=y, width=_WIDTH, height=_HEIGHT, rx=6, class_=_STYLES.get(status, "box")),
        element("text", name, x=x + 10, y=y + 19, class_="strong"),
        element("text", f"{step['type']}{side}", x=x + 10, y=y + 35, class_="soft"),
        element("text", f"{status}{seconds}", x=x + 10, y=y + 51),
    )


def _arrow(start: _Place, end: _Place) -> Markup:
    """Into the left side of `end`; where that is in a row below, between the rows and down beside it."""
    x, y = start.x + _WIDTH, start.y + _HEIGHT // 2
    to_x, to_y = end.x, end.y + _HEIGHT // 2
    if end.top == start.top:
        line = f"M{x} {y} C{x + _GAP // 2} {y} {to_x - _GAP // 2 - 4} {to_y} {to_x - 7} {to_y}"
    else:
        beside, lane = _GAP // 3, end.top - _GAP // 4 - 4
        line = f"M{x} {y} H{x + beside} V{lane} H{to_x - beside - 5} V{to_y} H{to_x - 7}"
    tip = f"M{to_x - 1} {to_y} l-8 -4 v8 z"
    return Markup("").join([element("path", d=line, class_="arrow"), element("path", d=tip, class_="tip")])
