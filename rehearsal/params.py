"""What the JSON services share: members an operation knows, pages of a list, tags."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar

from rehearsal.api import ApiError, Params, unsupported

T = TypeVar("T")


def only(params: Params, known: Collection[str], what: str) -> None:
    """Refuse members of `params` that the embedded AWS does not honour, all in one message that names `what`.

    Raises ApiError ValidationException.
    """
    unknown = sorted(name for name, value in dict.items(params) if name not in known and value is not None)
    if unknown:
        raise unsupported(f"{', '.join(unknown)} of {what}")


def page(items: Sequence[T], token: str | None, limit: int | None) -> tuple[list[T], str | None]:
    """The items from `token` on, `limit` at most, and the token of the next page (None at the end).

    Raises ApiError InvalidNextTokenException for a token that no page gave.
    """
    if token is not None and not (token.isdecimal() and int(token) <= len(items)):
        raise ApiError("InvalidNextTokenException", f"The next token {token!r} is not valid.")
    start = int(token or 0)
    end = len(items) if limit is None else start + limit
    return list(items[start:end]), str(end) if end < len(items) else None
