"""The accounts of a deployment as a drawing: who deploys, who trains, who serves, and what goes from one to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from html_page import Markup, element, lines_of, picture

_WIDTH, _GAP, _BETWEEN, _LINE = 236, 70, 18, 16
_LETTERS = 30
_COLUMNS = {"toolchain": 0, "module": 0, "build": 1, "pipeline": 1, "environment": 2}
_HEADINGS = ("deploys", "trains", "serves")
_TOP = 24


@dataclass(frozen=True)
class _Account:
    id: str
    x: int
    y: int
    lines: tuple[tuple[str, bool], ...]  # text, and whether it begins what the account does

    @property
    def height(self) -> int:
        return 32 + _LINE * len(self.lines) + 6

    @property
    def middle(self) -> int:
        return self.y + self.height // 2


def drawing(topology: Sequence[Mapping[str, Any]], title: str) -> Markup:
    """The accounts in columns, an arrow from each to those that it hands something to; empty without accounts."""
    placed = _placed(topology)
    if not placed:
        return Markup("")
    flows = sorted({flow for flow in _flows(topology) if flow[0] != flow[1]})
    arrows = [_arrow(placed[start], placed[end]) for start, end in flows]
    headings = [
        element("text", text, x=2 + column * (_WIDTH + _GAP), y=12, class_="soft")
        for column, text in enumerate(_HEADINGS)
        if any(each.x == 2 + column * (_WIDTH + _GAP) for each in placed.values())
    ]
    boxes = [_box(each) for each in placed.values()]
    width = max(each.x for each in placed.values()) + _WIDTH + 2
    height = max(each.y + each.height for each in placed.values()) + 4
    return picture(*headings, *arrows, *boxes, width=width, height=height, title=title)


def named_only(topology: Sequence[Mapping[str, Any]]) -> list[str]:
    """The accounts that a manifest names, and in which nothing is deployed."""
    return [each["account"] for each in topology if not each["does"]]


def _placed(topology: Sequence[Mapping[str, Any]]) -> dict[str, _Account]:
    tops = [_TOP, _TOP, _TOP]
    placed = {}
    for each in topology:
        if not each["does"]:
            continue
        column = min(_COLUMNS[what["kind"]] for what in each["does"])
        account = _Account(each["account"], 2 + column * (_WIDTH + _GAP), tops[column], tuple(_lines(each)))
        tops[column] += account.height + _BETWEEN
        placed[account.id] = account
    return placed


def _lines(account: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    for what in account["does"]:
        for number, line in enumerate(lines_of(_text(what), _LETTERS)):
            yield line, number == 0
    yield ", ".join(account["regions"]), False


def _text(what: Mapping[str, Any]) -> str:
    if what["kind"] == "toolchain":
        return f"Seed-Farmer, deployment {what['name']}"
    if what["kind"] == "module":
        return f"pipelines of {what['name']}"
    if what["kind"] == "build":
        return f"trains {what['name']} from branch {what['branch']}"
    if what["kind"] == "pipeline":
        return f"runs pipeline {what['name']}"
    return f"{what['order']}. {what['name']} ({what['type']}) of {what['of']}"


def _flows(topology: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """From the toolchain to what it deploys to; from a build to the environments of its group, one after the other."""
    records = [(each["account"], what) for each in topology for what in each["does"]]
    deployer = next((account for account, what in records if what["kind"] == "toolchain"), None)
    modules = {what["name"]: account for account, what in records if what["kind"] == "module"}
    for account, what in records:
        if what["kind"] == "pipeline" and deployer:
            yield deployer, account
        if what["kind"] == "module" and deployer:
            yield deployer, account
        if what["kind"] == "build":
            yield modules[what["of"]], account
            for served, environment in records:
                if environment["kind"] == "environment" and environment["of"] == what["name"]:
                    yield account, served


def _box(account: _Account) -> Markup:
    texts = [
        element(
            "text",
            line,
            x=account.x + (10 if first else 22),
            y=account.y + 38 + number * _LINE,
            class_=None if first else "soft",
        )
        for number, (line, first) in enumerate(account.lines)
    ]
    return element(
        "g",
        element("rect", x=account.x, y=account.y, width=_WIDTH, height=account.height, rx=6, class_="box"),
        element("text", account.id, x=account.x + 10, y=account.y + 20, class_="strong"),
        *texts,
    )


def _arrow(start: _Account, end: _Account) -> Markup:
    if start.x == end.x:  # one below the other
        x, y, to = start.x + _WIDTH // 2, start.y + start.height, end.y
        line, tip = f"M{x} {y} V{to - 7}", f"M{x} {to - 1} l-4 -8 h8 z"
        if to < y:
            line, tip = f"M{x} {start.y} V{end.y + end.height + 7}", f"M{x} {end.y + end.height + 1} l-4 8 h8 z"
    elif end.x > start.x:
        x, bend = start.x + _WIDTH, _GAP // 2
        line = f"M{x} {start.middle} C{x + bend} {start.middle} {end.x - bend} {end.middle} {end.x - 7} {end.middle}"
        tip = f"M{end.x - 1} {end.middle} l-8 -4 v8 z"
    else:
        to, bend = end.x + _WIDTH, _GAP // 2
        line = (
            f"M{start.x} {start.middle} C{start.x - bend} {start.middle} {to + bend} {end.middle} {to + 7} {end.middle}"
        )
        tip = f"M{to + 1} {end.middle} l8 -4 v8 z"
    return Markup("").join([element("path", d=line, class_="arrow"), element("path", d=tip, class_="tip")])
