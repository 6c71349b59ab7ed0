"""Filters, order and pages of the List operations."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Iterable
from typing import Any, TypeVar

from rehearsal.api import Params, invalid

Row = TypeVar("Row", bound=Params)

_PAGE = 100


def now() -> datetime.datetime:
    """The current time."""
    return datetime.datetime.now(datetime.UTC)


def select(rows: Iterable[Row], params: Params, *, name: str = "", time: str = "CreationTime") -> list[Row]:
    """The rows that the filters `Creation(Time)After|Before`, `LastModifiedTime...` and `NameContains` let through."""
    kept = list(rows)
    for key, member in (("CreationTime", time), ("Created", time), ("LastModifiedTime", "LastModifiedTime")):
        after, before = params.get(f"{key}After"), params.get(f"{key}Before")
        kept = [row for row in kept if after is None or row[member].timestamp() > after]
        kept = [row for row in kept if before is None or row[member].timestamp() < before]
    text = params.get("NameContains", "")
    return [row for row in kept if not text or text in row[name]]


def order(rows: list[Row], params: Params, keys: dict[str, str], *, by: str, descending: bool) -> list[Row]:
    """Rows in the order of `SortBy` (looked up in `keys`) and `SortOrder`; `by` and `descending` are the defaults."""
    member = keys[params.get("SortBy", by)]
    backwards = params.get("SortOrder", "Descending" if descending else "Ascending") == "Descending"
    return sorted(rows, key=lambda row: _sortable(row.get(member)), reverse=backwards)


def answer(rows: Iterable[Params], params: Params, member: str, noun: str, *, descending: bool = True) -> Params:
    """The answer of a List operation: under `member` one page of those that its filters let through, in its order.

    Their names and statuses are called `{noun}Name` and `{noun}Status`.
    """
    wanted = params.get("StatusEquals")
    found = (row for row in rows if wanted in (None, row.get(f"{noun}Status")))
    keys = {"Name": f"{noun}Name", "CreationTime": "CreationTime", "Status": f"{noun}Status"}
    kept = select(found, params, name=f"{noun}Name")
    return page(order(kept, params, keys, by="CreationTime", descending=descending), params, member)


def page(rows: list[Row], params: Params, answer: str) -> Params:
    """One page of rows under the member `answer`, with `NextToken` when there are more."""
    start = _position(params.get("NextToken"))
    end = start + params.get("MaxResults", _PAGE)
    more = {"NextToken": base64.b64encode(str(end).encode()).decode()} if end < len(rows) else {}
    return {answer: rows[start:end], **more}


def _position(token: str | None) -> int:
    try:
        return int(base64.b64decode(token)) if token else 0
    except ValueError:
        raise invalid(f"NextToken {token!r} is none that this operation returned") from None


def _sortable(value: Any) -> Any:
    return value if value is not None else ""
