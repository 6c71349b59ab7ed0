"""The report as JSON."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from model_cicd.access.report import Report


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
