"""Where the seconds of a rehearsal went: what worked, for how long, and how much of it beside other work."""

from __future__ import annotations

import itertools
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rehearsal.job.progress import Step
from rehearsal.spans import Span

#: kinds of work by the names of background work; other background work only waits for one of these
_BACKGROUND = {
    "stack": re.compile("cloudformation-"),
    "job": re.compile("[A-Z][a-z]* job "),
    "build": re.compile("build "),
}
#: of work within work the inner one counts: the first of these that is under way
_INNER = (("stack", "job"), ("command",), ("build",), ("request",), ("client",))
#: none of them was: the rehearsal waited between two looks, or did something short itself
WAITS = "no work but the rehearsal's own"
WIDTH = 80
_SHORT = 0.05  # seconds of waiting that are not worth a row
_LONGEST, _NAME = 12, 54

_INSTALL = re.compile(r"\b(uv|pip|npm|npx)\b.*\b(install|ci|tool|venv|sync)\b|\buv venv\b")
_LABELS = {
    "stack": "CloudFormation: stack operations",
    "job": "SageMaker: training and processing jobs",
    "build": "builds: download, Python, upload",
    "request": "API: requests answered",
}


@dataclass(frozen=True)
class Row:
    """Work of one label. All in seconds.

    `total` adds up all its spans, `wall` counts what went on at the same time once, and `share` is its part of the
    rehearsal: each second belongs in equal parts to the labels that were at work in it, so shares add up to the whole.
    """

    label: str
    count: int
    total: float
    wall: float
    share: float


@dataclass(frozen=True)
class Profile:
    """The rows by their share, the largest first; the longest spans; and how long the rehearsal took."""

    seconds: float
    rows: Sequence[Row]
    longest: Sequence[Span]

    @classmethod
    def of(cls, spans: Iterable[Span], steps: Iterable[Step], began: float, seconds: float) -> Profile:
        """The profile of a rehearsal that began at `began` (of `time.monotonic`) and took `seconds`."""
        moved = (Span(_kind(s), s.name, max(s.start - began, 0.0), min(s.end - began, seconds)) for s in spans)
        found = [each for each in moved if each.kind and each.end > each.start]
        shares = _shares(found, steps, seconds)
        grouped: dict[str, list[Span]] = {}
        for each in found:
            grouped.setdefault(label(each), []).append(each)
        rows = [
            Row(name, len(group), sum(each.seconds for each in group), _union(group), shares.pop(name, 0.0))
            for name, group in grouped.items()
        ]
        rows += [Row(name, 0, share, share, share) for name, share in shares.items() if share >= _SHORT]
        rows.sort(key=lambda row: (-row.share, row.label))
        lasting = [each for each in found if each.kind not in ("request", "build")]
        return cls(seconds, rows, sorted(lasting, key=lambda each: -each.seconds)[:_LONGEST])

    def as_data(self) -> dict[str, Any]:
        """The profile for the report."""
        return {
            "seconds": round(self.seconds, 1),
            "rows": [
                {
                    "what": row.label,
                    "count": row.count,
                    "totalSeconds": round(row.total, 2),
                    "wallSeconds": round(row.wall, 2),
                    "shareSeconds": round(row.share, 2),
                }
                for row in self.rows
            ],
            "longest": [
                {
                    "what": label(each),
                    "name": each.name,
                    "start": round(each.start, 2),
                    "seconds": round(each.seconds, 2),
                }
                for each in self.longest
            ],
        }

    def show(self, out: TextIO) -> None:
        """Print it as tables of 80 columns at most."""
        console = Console(file=out, width=WIDTH)
        table = Table(title=f"Where {self.seconds:.1f} s went", title_justify="left")
        table.add_column("what", overflow="fold")
        for heading in ("times", "total s", "wall s", "share s"):
            table.add_column(heading, justify="right")
        for row in self.rows:
            numbers = (f"{each:.1f}" for each in (row.total, row.wall, row.share))
            table.add_row(row.label, str(row.count or "-"), *numbers)
        table.add_section()
        table.add_row("the rehearsal", "", "", f"{self.seconds:.1f}", f"{sum(row.share for row in self.rows):.1f}")
        console.print(table)
        for line in (
            "total adds up what went on at the same time, wall counts it once; a second of",
            "parallel work is shared out evenly, so that the shares add up.",
        ):
            print(line, file=out)
        longest = Table(title="The longest", title_justify="left")
        for heading in ("from s", "took s", "what"):
            longest.add_column(heading, justify="left" if heading == "what" else "right")
        for each in self.longest:
            name = textwrap.shorten(each.name, _NAME, placeholder="...") if " " in each.name else each.name[:_NAME]
            longest.add_row(f"{each.start:.1f}", f"{each.seconds:.1f}", Text(name))
        console.print(longest)


def label(span: Span) -> str:
    """What a span is called in the table; commands of builds are told apart by what they do."""
    text = span.name
    if span.kind == "client":  # whether it computes or sleeps cannot be seen from outside
        return f"{text.partition(' ')[0]} by itself, its sleeps among it"
    if span.kind != "command":
        return _LABELS[span.kind]
    if _INSTALL.search(text):
        return "builds: installs (uv, pip, npm)"
    if re.search(r"\bcdk (deploy|synth|destroy)\b", text):
        return "builds: cdk (synthesis, publishing)"
    return "builds: other commands"


def _shares(spans: Sequence[Span], steps: Iterable[Step], seconds: float) -> dict[str, float]:
    """Seconds by label; those without any work belong to the steps that were under way, or to none."""
    waits = [Span("", each.name.split(" ")[0], each.started, min(each.ended or seconds, seconds)) for each in steps]
    events: dict[float, list[Span]] = {0.0: [], seconds: []}
    for each in (*spans, *waits):
        for edge in (each.start, each.end):
            events.setdefault(edge, []).append(each)
    shares: dict[str, float] = {}
    under_way: set[Span] = set()
    for start, end in itertools.pairwise(sorted(events)):
        under_way ^= set(events[start])  # what begins here comes in, what ends here goes out
        labels = {label(each) for each in _innermost([each for each in under_way if each.kind])}
        if not labels:
            names = ", ".join(sorted({each.name for each in under_way}))
            labels = {f"{WAITS} ({names or 'start, end'})"}
        for name in labels:
            shares[name] = shares.get(name, 0.0) + (end - start) / len(labels)
    return shares


def _innermost(working: Sequence[Span]) -> list[Span]:
    """The spans that are at work themselves: a build's command while nothing it asked for is being done, and so on."""
    by_kind = ([each for each in working if each.kind in kinds] for kinds in _INNER)
    return next((found for found in by_kind if found), [])


def _kind(span: Span) -> str:
    if span.kind != "background":
        return span.kind
    return next((kind for kind, pattern in _BACKGROUND.items() if pattern.match(span.name)), "")


def _union(spans: Iterable[Span]) -> float:
    total, until = 0.0, 0.0
    for each in sorted(spans, key=lambda span: span.start):
        if each.end > until:
            total += each.end - max(each.start, until)
            until = each.end
    return total
