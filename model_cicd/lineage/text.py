"""The lineage as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from model_cicd.lineage import facts
from model_cicd.lineage.records import Lineage
from model_cicd.operate.columns import table, wrapped

_INDENT = 4


def as_text(lineage: Lineage, width: int | None = None) -> str:
    """Every part with its facts, in lines of `width` characters, None for any."""
    return "\n".join(_lines(lineage, width))


def _lines(lineage: Lineage, width: int | None) -> Iterator[str]:
    group = lineage.group
    yield from wrapped(f"{group.name} version {lineage.version.number} (module {group.module})", width)
    for title, found in facts.parts(lineage):
        yield f"  {title}"
        if found:
            yield from _indented(found, width, _INDENT)
        else:
            yield " " * _INDENT + facts.nothing(lineage, title)
    yield "  jobs"
    for job in lineage.jobs:
        cost = facts.cost(job)
        yield from wrapped(" " * _INDENT + job.step + (f": {cost}" if cost else ""), width)
        yield from _indented(facts.job(job), width, _INDENT + 2)
    if not lineage.jobs:
        yield " " * _INDENT + facts.nothing(lineage, "jobs")
    if lineage.unknown:
        yield "  unknown"
        yield from _indented(list(lineage.unknown.items()), width, _INDENT)


def _indented(rows: Sequence[tuple[str, str]], width: int | None, indent: int) -> Iterator[str]:
    names = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:  # a table of each: only what is too long for its line takes two
        for line in table([(name.ljust(names), value)], None if width is None else width - indent):
            yield " " * indent + line
