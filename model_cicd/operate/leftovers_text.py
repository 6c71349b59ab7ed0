"""Leftovers as a person reads them, and as plain data."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from model_cicd.operate.leftovers import Leftover, Report, Unseen
from model_cicd.operate.leftovers_kept import Kept

_WIDTH = 80


def as_text(report: Report, retained: Sequence[Kept], unseen: Sequence[Unseen], manifest: str) -> str:
    """The leftovers, what is retained, and which accounts were not looked at, in lines of 80 columns."""
    return "\n".join(_lines(report, retained, unseen, manifest))


def _lines(report: Report, retained: Sequence[Kept], unseen: Sequence[Unseen], manifest: str) -> Iterator[str]:
    deployment = f"deployment {report.known.deployment} of project {report.known.project}"
    looked = f"{len(report.seen)} {'places were' if len(report.seen) != 1 else 'place was'} looked at"
    if report.leftovers:
        yield f"{_count(len(report.leftovers), 'leftover')} of {deployment}; {looked}"
    else:
        yield f"nothing is left of {deployment} that its manifest does not want; {looked}"
    for each in report.leftovers:
        yield ""
        yield from _leftover(each)
    if any(not each.held for each in report.leftovers):
        yield ""
        yield f"delete {'them' if len(report.leftovers) > 1 else 'it'}: model-cicd leftovers {manifest} --delete"
    yield from _retained(retained)
    if unseen:
        yield ""
        yield "not looked at, and there may be leftovers:"
        for one in unseen:
            yield f"  account {one.place.account} {one.place.region}"
            yield from _wrapped(one.reason, 4)


def _leftover(each: Leftover) -> Iterator[str]:
    of = f" of group {each.group}" if each.group else f" of module {each.module}"
    serves = f", environment {each.environment} ({each.type or 'type unknown'})" if each.environment else ""
    yield from _wrapped(f"{each.kind}{of}{serves}", 0)
    yield f"  account {each.account} {each.region}"
    yield f"  stack {each.stack}"
    yield from _wrapped(each.does, 2)
    if not each.status.endswith("_COMPLETE") or each.status.startswith("ROLLBACK"):
        yield f"  the stack is {each.status}"
    if each.held:
        yield from _wrapped(f"stays for now: {each.held}", 2)


def _retained(retained: Sequence[Kept]) -> Iterator[str]:
    if not retained:
        return
    yield ""
    yield "kept on purpose; --delete leaves it alone, and what comes back takes it:"
    for place, there in itertools.groupby(retained, key=lambda each: (each.account, each.region)):
        yield f"  account {' '.join(place)}"
        for kind, same in itertools.groupby(there, key=lambda each: each.kind):
            alike = list(same)
            yield f"    {kind if len(alike) == 1 else _plural(kind)}, {alike[0].costs}"
            yield from (f"      {each.name}" for each in alike)


def _plural(word: str) -> str:
    return f"{word[:-1]}ies" if word.endswith("y") and not word.endswith("key") else f"{word}s"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number != 1 else ''}"


def _wrapped(text: str, indent: int) -> list[str]:
    """Lines of at most 80 columns; no word is broken."""
    space = " " * indent
    return textwrap.wrap(
        " ".join(text.split()),
        _WIDTH,
        initial_indent=space,
        subsequent_indent=space,
        break_long_words=False,
        break_on_hyphens=False,
    )


def as_json(report: Report, retained: Sequence[Kept], unseen: Sequence[Unseen]) -> dict[str, Any]:
    """The same as plain data. Keys stay as they are; what is not known is null."""
    return {
        "project": report.known.project,
        "deployment": report.known.deployment,
        "leftovers": [
            {
                "kind": each.kind,
                "stack": each.stack,
                "account": each.account,
                "region": each.region,
                "module": each.module,
                "group": each.group or None,
                "environment": each.environment or None,
                "type": each.type or None,
                "status": each.status,
                "does": each.does,
                "held": each.held or None,
            }
            for each in report.leftovers
        ],
        "kept": [vars(each) for each in retained],
        "unseen": [
            {"account": each.place.account, "region": each.place.region, "reason": each.reason} for each in unseen
        ],
    }
