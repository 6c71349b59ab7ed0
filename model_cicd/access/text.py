"""The report as text of at most 80 columns, in which no name and no account id is broken or cut off."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from model_cicd.access.report import LETTERS, Matrix, Report, Row

_COLUMNS = 80
_NOTHING = "nobody of these can do anything with it"


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
    counted = f"{asked}, {report.counted} grants looked at"
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
    """Each who can do something, and below what they can do by column; then those who can do nothing."""
    yield f"{matrix.unit.word} {matrix.unit.name}"
    idle = []
    for row in matrix.rows:
        shown = [f"{column} {letters}" for column in matrix.columns if (letters := _shown(row, column))]
        if shown:
            yield f"  {row.principal.label}"
            yield from _filled(shown, "    ")
        else:
            idle.append(row.principal.label)
    if idle:
        yield f"  {_NOTHING}:"
        yield from (f"    {label}" for label in idle)


def _shown(row: Row, column: str) -> str:
    ceiling = row.ceiling.get(column)
    return row.effective[column] + (f"[{ceiling}]" if ceiling else "")


def _filled(parts: Sequence[str], indent: str) -> Iterator[str]:
    """Parts beside each other, with two blanks between them, in as many lines as it takes."""
    line = ""
    for part in parts:
        longer = f"{line}  {part}" if line else part
        if line and len(indent) + len(longer) > _COLUMNS:
            yield indent + line
            longer = part
        line = longer
    yield indent + line
