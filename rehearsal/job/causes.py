"""The cause of a failure in words: many programs tell the same, and people read it once."""

from __future__ import annotations

import re

_SHORT = 12  # letters; shorter lines are braces and headings
# what stands before the text of a line: times, levels, words for an error, marks
_BEFORE = re.compile(r"^(?:\[[^\]]*\]|\d[\d:.,TZ/ -]{6,}|(?:\w*Error|ERROR|FAILED|Error):|[\W_])+\s*")


def said_once(text: str) -> str:
    """`text` without the lines whose words stand in another of its lines as well; the longest of them stays."""
    lines = text.splitlines()
    words = [_BEFORE.sub("", line).strip() for line in lines]
    kept = [line for number, line in enumerate(lines) if not _repeats(number, words)]
    return "\n".join(kept)


def _repeats(number: int, words: list[str]) -> bool:
    own = words[number]
    if len(own) < _SHORT or number == 0:
        return False
    longer = any(own in other and len(other) > len(own) for other in words)
    return longer or own in words[:number]
