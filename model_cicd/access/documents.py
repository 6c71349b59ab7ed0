"""The report as JSON, and as one HTML page that needs nothing else."""

from __future__ import annotations

import html
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from model_cicd.access.report import LETTERS, Matrix, Report, Row, column_of
from model_cicd.access.text import summary

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem; color: #1b1f24; }
table { border-collapse: collapse; margin: 0 0 2rem; }
th, td { padding: .2rem .45rem; border-bottom: 1px solid #d8dee4; text-align: left; white-space: nowrap; }
thead th { position: sticky; top: 0; background: #fff; text-align: center; }
tbody th { font-weight: 500; }
td { font-family: ui-monospace, monospace; text-align: center; }
td.w { background: #fff3d6; } td.r { background: #e8f3e8; } td.c { color: #6e7781; }
.fine { color: #1a7f37; } .bad { color: #b42318; white-space: pre-wrap; }
pre { white-space: pre-wrap; }
@media (prefers-color-scheme: dark) {
  body { background: #0d1117; color: #e6edf3; } thead th { background: #0d1117; }
  th, td { border-color: #30363d; } td.w { background: #4b3a0b; } td.r { background: #12331c; }
  .fine { color: #3fb950; } .bad { color: #ff7b72; }
}
"""


def as_json(report: Report) -> dict[str, Any]:
    """Every pair with its grants by layer, and what is not as expected."""
    pairs: dict[tuple[str, str, str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for cell in report.cells:
        pair = (cell.principal.label, cell.principal.arn, cell.resource.label, cell.resource.arn)
        pairs[pair][cell.layer].append(cell.grant)
    return {
        "module": report.deployment.facts.context.module,
        "asExpected": report.fine,
        "differences": [
            {
                "text": each.text,
                "gain": each.gain,
                "acknowledged": report.reason(each),
            }
            for each in report.differences
        ],
        "staleAcknowledgements": list(report.stale),
        "access": [
            {"who": who, "whoArn": arn, "what": what, "whatArn": resource}
            | {layer: sorted(grants) for layer, grants in sorted(layers.items())}
            for (who, arn, what, resource), layers in pairs.items()
        ],
    }


def as_json_text(reports: list[Report]) -> str:
    """The JSON of several modules."""
    return json.dumps([as_json(report) for report in reports], indent=1, ensure_ascii=False)


def as_html(reports: list[Report]) -> str:
    """The page."""
    body = "".join("".join(_report(report)) for report in reports)
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'><title>Who can do what</title>"
        f"<style>{_STYLE}</style></head><body>{body}</body></html>\n"
    )


def _report(report: Report) -> Iterator[str]:
    yield f"<h1>Who can do what: {html.escape(report.deployment.facts.context.module)}</h1>"
    yield f"<p class='{'fine' if report.fine else 'bad'}'>{html.escape(summary(report))}</p>"
    meanings = "; ".join(f"<b>{letter}</b> {html.escape(meaning)}" for letter, meaning in LETTERS.items())
    yield f"<p>{meanings}. In brackets: only one side would let it through. A cell's tip names the grants.</p>"
    grants: dict[tuple[str, str], list[str]] = defaultdict(list)
    for cell in report.cells:
        column = column_of(cell.resource)
        if column:
            grants[cell.principal.label, column].append(f"{cell.grant}: {cell.layer}, {cell.resource}")
    for matrix in report.matrices():
        yield from _matrix(matrix, grants)


def _matrix(matrix: Matrix, grants: dict[tuple[str, str], list[str]]) -> Iterator[str]:
    columns = matrix.columns
    yield f"<h2>{html.escape(matrix.unit.name)}</h2><table><thead><tr><th></th>"
    yield "".join(f"<th scope='col'>{column}</th>" for column in columns) + "</tr></thead><tbody>"
    for row in matrix.rows:
        who = row.principal.label.removesuffix(f" of {matrix.unit.name}")
        yield f"<tr><th scope='row'>{html.escape(who)}</th>"
        yield "".join(_cell(row, column, grants) for column in columns) + "</tr>"
    yield "</tbody></table>"


def _cell(row: Row, column: str, grants: dict[tuple[str, str], list[str]]) -> str:
    effective, ceiling = row.effective[column], row.ceiling.get(column, "")
    shown = effective + (f"[{ceiling}]" if ceiling else "")
    if not shown:
        return "<td></td>"
    tip = "\n".join(grants.get((row.principal.label, column), []))
    style = "w" if set(effective) & set("wgA*") else "r" if effective else "c"
    return f"<td class='{style}' title='{html.escape(tip, quote=True)}'>{html.escape(shown)}</td>"
