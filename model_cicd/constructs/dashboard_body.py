"""The body of a CloudWatch dashboard, widget by widget.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from model_cicd.aws.place import Place

#: of the page, which is 24 wide
_WIDTH, _HEIGHT = 8, 6
_DAY = 86_400


@dataclass(frozen=True)
class Metric:
    """A metric, the statistic of it that is shown, and how it is called there."""

    namespace: str
    name: str
    statistic: str
    label: str
    dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Graph:
    """Metrics of one place over time; `period` is in seconds."""

    title: str
    place: Place
    metrics: Sequence[Metric] = field(default_factory=tuple)
    period: int = _DAY

    def properties(self, own_account: str) -> dict[str, Any]:
        """The widget's; metrics of another account than the dashboard's are named with theirs."""
        shown: dict[str, Any] = {
            "title": self.title,
            "view": "timeSeries",
            "region": self.place.region,
            "period": self.period,
            "metrics": [
                [
                    each.namespace,
                    each.name,
                    *(part for dimension in each.dimensions for part in dimension),
                    {"stat": each.statistic, "label": each.label},
                ]
                for each in self.metrics
            ],
        }
        return shown if self.place.account == own_account else {**shown, "accountId": self.place.account}


def body(rows: Iterable[tuple[str, Sequence[Graph]]], own_account: str) -> str:
    """A dashboard of `rows`, each with a heading in Markdown and graphs, three beside each other."""
    widgets: list[dict[str, Any]] = []
    top = 0
    for heading, graphs in rows:
        widgets.append(
            {"type": "text", "x": 0, "y": top, "width": 24, "height": 1, "properties": {"markdown": heading}}
        )
        top += 1
        for index, graph in enumerate(graphs):
            at = {"x": index % 3 * _WIDTH, "y": top + index // 3 * _HEIGHT, "width": _WIDTH, "height": _HEIGHT}
            widgets.append({"type": "metric", **at, "properties": graph.properties(own_account)})
        top += (len(graphs) + 2) // 3 * _HEIGHT
    return json.dumps({"start": "-P14D", "periodOverride": "inherit", "widgets": widgets})
