"""Stand-ins in texts for what only the target knows, such as the account that a template is deployed to.

A token is a name between two characters of Unicode's private use area, which no pipeline YAML may hold: whatever stands
between them was never written by a user.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_OPEN, _CLOSE = "\ue000", "\ue001"
_TOKEN = re.compile(f"{_OPEN}([a-z_]+){_CLOSE}")


def token(name: str) -> str:
    """The token `name`, to be put into a text."""
    return f"{_OPEN}{name}{_CLOSE}"


def split(text: str) -> Iterator[tuple[str, bool]]:
    """The parts of a text in their order: literal text with False, names of tokens with True."""
    end = 0
    for found in _TOKEN.finditer(text):
        if found.start() > end:
            yield text[end : found.start()], False
        yield found[1], True
        end = found.end()
    if end < len(text):
        yield text[end:], False


def plain(text: str) -> str:
    """The text with a letter in place of each token: what a check of its form is to look at."""
    return _TOKEN.sub("x", text)


def is_clean(text: str) -> bool:
    """Whether a text holds neither of the two characters."""
    return _OPEN not in text and _CLOSE not in text
