"""The report as one HTML page: the matrix, and in words who can do what, why, and whether that is expected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from html_page import render
from model_cicd.access.condition_context import condition_contexts, from_other_organization, named, over_http
from model_cicd.access.crowds import Cell
from model_cicd.access.policy_simulation import EFFECTIVE, IDENTITY, RESOURCE
from model_cicd.access.principals import Principal
from model_cicd.access.report import LETTERS, Matrix, Report, Row, letter_of, of_unit
from model_cicd.access.resource import Resource
from model_cicd.access.text import summary

#: what is said of the layers
_SIDES = {
    EFFECTIVE: "goes through",
    RESOURCE: "only the target's policy would let it through",
    IDENTITY: "only its own policies would let it through",
}
_EXTERNAL = "the target's policy lets it; its own policies are not this module's"


@dataclass(frozen=True)
class Pair:
    """What somebody can do with something: in words, by layer, against what is expected, and by which statements."""

    resource: Resource
    side: str
    words: str
    needed: tuple[str, ...]
    allowed: tuple[str, ...]
    unexpected: tuple[str, ...]
    statements: tuple[str, ...]


def as_html(reports: Sequence[Report]) -> str:
    """The page of several modules; the same reports give the same page."""
    modules = [_module(report) for report in reports]
    names = [each["name"] for each in modules]
    return render(
        "model_cicd.access",
        "access.html",
        heading=f"Who can do what: {', '.join(names)}",
        modules=modules,
        letters=list(LETTERS.items()),
        fine=all(report.fine for report in reports),
    )


def _module(report: Report) -> dict[str, Any]:
    simulation = report.deployment.simulation
    differences = [
        (
            "cannot be read" if each.unreadable else "too much" if each.gain else "too little",
            each.text,
            report.reason(each) or "no",
        )
        for each in report.differences
    ]
    return {
        "name": report.deployment.facts.context.module,
        "fine": report.fine,
        "verdict": summary(report).splitlines()[-1],
        "facts": [
            ("who ask", len(simulation.principals)),
            ("targets", len(simulation.resources)),
            ("grants looked at", report.counted),
            ("not expected", len(report.unexpected)),
        ],
        "differences": differences,
        "stale": report.stale,
        "units": [_unit(report, matrix) for matrix in report.matrices()],
    }


def _unit(report: Report, matrix: Matrix) -> dict[str, Any]:
    cells: dict[Principal, list[Cell]] = defaultdict(list)
    for cell in report.cells:
        if of_unit(cell.resource, matrix.unit.name) and cell.layer in _SIDES:
            cells[cell.principal].append(cell)
    return {
        "word": matrix.unit.word,
        "name": matrix.unit.name,
        "columns": matrix.columns,
        "rows": [
            {
                "label": row.principal.label,
                "short": row.principal.label.removesuffix(f" of {matrix.unit.name}"),
                "arn": row.principal.arn,
                "cells": [_letters(row, column) for column in matrix.columns],
                "pairs": list(_pairs(report, row.principal, cells[row.principal])),
            }
            for row in matrix.rows
        ],
    }


def _letters(row: Row, column: str) -> tuple[str, str]:
    """What stands in a cell of the matrix, and its class."""
    effective, ceiling = row.effective[column], row.ceiling.get(column, "")
    shown = effective + (f"[{ceiling}]" if ceiling else "")
    return shown, "writes" if set(effective) & set("wgA*") else "reads" if effective else "ceiling" if ceiling else ""


def _pairs(report: Report, principal: Principal, cells: Sequence[Cell]) -> Iterator[Pair]:
    """By target what goes through, and what only one side would let through."""
    grants: dict[tuple[Resource, str], dict[str, None]] = defaultdict(dict)
    for cell in cells:
        grants[cell.resource, cell.layer][cell.grant] = None
    through = {
        (resource, grant) for (resource, layer), found in grants.items() if layer == EFFECTIVE for grant in found
    }
    for (resource, layer), found in grants.items():
        listed = sorted(grant for grant in found if layer == EFFECTIVE or (resource, grant) not in through)
        if listed:
            yield _pair(report, principal, resource, layer, listed)


def _pair(report: Report, principal: Principal, resource: Resource, layer: str, grants: Sequence[str]) -> Pair:
    expected = report.deployment.expected
    needed = {grant for rule in expected.rules_for(principal, resource) for grant in (*rule.must, *rule.own)}
    fine = [grant for grant in grants if expected.allows(layer, principal, resource, grant)]
    letters = dict.fromkeys(letter_of(grant, resource) for grant in grants)
    return Pair(
        resource,
        _EXTERNAL if principal.external else _SIDES[layer],
        ", ".join(meaning for letter, meaning in LETTERS.items() if letter in letters),
        needed=tuple(grant for grant in fine if grant in needed),
        allowed=tuple(grant for grant in fine if grant not in needed),
        unexpected=tuple(grant for grant in grants if grant not in fine),
        statements=tuple(_statements(report, principal, resource, layer, grants)),
    )


def _statements(
    report: Report, principal: Principal, resource: Resource, layer: str, grants: Sequence[str]
) -> Iterator[str]:
    """Every statement that lets one of the grants through, each once."""
    simulation = report.deployment.simulation
    seen: dict[str, None] = {}
    for action in dict.fromkeys(grant.partition(" (")[0] for grant in grants):
        asked = (simulation.common, principal, resource, action)
        for word, context in (*condition_contexts(*asked), *from_other_organization(*asked), *over_http(*asked)):
            if named(action, word) in grants:
                decision = simulation.decide(layer, principal, resource, action, context)
                seen.update(dict.fromkeys(map(str, decision.statements)))
    yield from seen
