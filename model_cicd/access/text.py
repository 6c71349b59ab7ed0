"""The report as text of at most 120 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from model_cicd.access.report import LETTERS, Matrix, Report, Row

_COLUMNS = 120
_LONGEST_NAME = 43


def as_text(report: Report) -> str:
    """Matrices, differences and the verdict."""
    lines: list[str] = []
    for matrix in report.matrices():
        lines += [*_matrix(matrix), ""]
    meanings = {**LETTERS, "[x]": "only one side would let it through: the other one's policy does not"}
    legend = ";  ".join(f"{letter} {meaning}" for letter, meaning in meanings.items())
    lines += [*textwrap.wrap(legend, _COLUMNS), ""]
    return "\n".join([*lines, summary(report)])


def summary(report: Report) -> str:
    """What is not as expected, and the verdict."""
    lines = [f"not expected: {difference}" for difference in report.unexpected]
    lines += [f"acknowledged, but not there (any more): {grant}" for grant in report.stale]
    lines += [
        f"acknowledged: {difference} ({reason})"
        for difference in report.differences
        if (reason := report.reason(difference)) is not None
    ]
    simulation = report.deployment.simulation
    asked = f"{len(simulation.principals)} who ask, {len(simulation.resources)} targets"
    counted = f"{asked}, {len(report.cells)} grants looked at"
    if report.fine:
        return "\n".join([*lines, f"access is as expected: {counted}"])
    parameter = report.deployment.facts.acknowledged_in
    advice = (
        f"To deploy it nevertheless, put each line into the module's parameter {parameter}, as `grant` with a `reason`."
    )
    unreadable = [each for each in report.unexpected if each.unreadable]
    if len(unreadable) < len(report.unexpected) + len(report.stale):
        lines.append(advice)
    if unreadable:
        lines.append(f"What cannot be read cannot be acknowledged: {'; '.join(map(str, unreadable))}")
    return "\n".join([*lines, f"access is not as expected: {counted}"])


def _matrix(matrix: Matrix) -> Iterator[str]:
    columns = matrix.columns
    widths = {column: max(len(column), *(len(_shown(row, column)) for row in matrix.rows)) for column in columns}
    room = min(_LONGEST_NAME, _COLUMNS - sum(widths.values()) - len(widths))
    yield f"{matrix.unit.word} {matrix.unit.name}"
    yield _line("", room, {column: column for column in columns}, widths)
    for row in matrix.rows:
        values = {column: _shown(row, column) or "." for column in columns}
        yield _line(_name(row, matrix.unit.name), room, values, widths)


def _name(row: Row, group: str) -> str:
    return row.principal.label.removesuffix(f" of {group}").replace(" of account ", " of ")


def _shown(row: Row, column: str) -> str:
    ceiling = row.ceiling.get(column)
    return row.effective[column] + (f"[{ceiling}]" if ceiling else "")


def _line(name: str, room: int, values: dict[str, str], widths: dict[str, int]) -> str:
    shown = name if len(name) <= room else f"{name[: room - 1]}…"
    return f"{shown:{room}} " + " ".join(f"{value:{widths[column]}}" for column, value in values.items()).rstrip()
