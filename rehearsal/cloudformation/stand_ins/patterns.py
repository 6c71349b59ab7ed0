"""Text that a pattern of a schema matches, made of given characters: the same for the same ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_SPARE = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_/:. "
_MOST = 17  # of what may come any number of times


def matching(pattern: str, characters: str) -> str | None:
    """A text that the whole pattern matches; None for patterns that say more than one text at a time (look-arounds)."""
    try:
        text = "".join(_made(parser.parse(pattern), iter(characters * 8)))
    except (re.error, StopIteration, NotImplementedError, RuntimeError):
        return None
    return text if re.search(pattern, text) else None


def _made(nodes: Any, characters: Iterator[str]) -> Iterator[str]:
    for code, value in nodes:
        if code is codes.LITERAL:
            yield chr(value)
        elif code is codes.ANY:
            yield next(characters)
        elif code is codes.IN:
            yield _one_of(value, characters)
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            least, most, inner = value
            for _ in range(least if least or most < _MOST else 0):
                yield from _made(inner, characters)
        elif code is codes.SUBPATTERN:
            yield from _made(value[3], characters)
        elif code is codes.BRANCH:
            yield from _made(value[1][0], characters)
        elif code is not codes.AT:
            raise NotImplementedError(code)


def _one_of(choices: Any, characters: Iterator[str]) -> str:
    wanted = next(characters)
    allowed: list[str] = [each for each in (wanted, *_SPARE) if _allows(choices, each)]
    if not allowed:
        raise NotImplementedError(choices)
    return allowed[0]


def _allows(choices: Any, character: str) -> bool:
    negated, found = False, False
    for code, value in choices:
        if code is codes.NEGATE:
            negated = True
        elif code is codes.LITERAL:
            found = found or chr(value) == character
        elif code is codes.RANGE:
            found = found or value[0] <= ord(character) <= value[1]
        elif code is codes.CATEGORY:
            found = found or bool(re.fullmatch(_CATEGORIES.get(value, r"[^\s\S]"), character))
    return found != negated


_CATEGORIES = {
    codes.CATEGORY_DIGIT: r"\d",
    codes.CATEGORY_WORD: r"\w",
    codes.CATEGORY_SPACE: r"\s",
    codes.CATEGORY_NOT_DIGIT: r"\D",
    codes.CATEGORY_NOT_WORD: r"\W",
    codes.CATEGORY_NOT_SPACE: r"\S",
}
