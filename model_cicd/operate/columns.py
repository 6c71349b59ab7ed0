"""Tables and sentences that hold in a terminal: no word, account id or ARN is broken in two."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

#: of a line that goes on, behind where it began
_HANG = 2
#: a word of a shell: what stands between quotes is one
_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+|["']\S*""")


def table(rows: Sequence[Sequence[str]], width: int | None) -> Iterator[str]:
    """Rows in columns; where they are wider than `width`, each row takes several lines, split at one column."""
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        for number, columns in enumerate(_split(widths, width)):
            text = "  ".join(row[at].ljust(widths[at]) for at in columns).rstrip()
            if text:
                yield from wrapped(text if not number else " " * 2 * _HANG + text, width)


def _split(widths: Sequence[int], width: int | None) -> list[list[int]]:
    """The columns of each line."""
    lines: list[list[int]] = [[]]
    for at, wide in enumerate(widths):
        if not wide:
            continue
        before = sum(widths[each] + 2 for each in lines[-1]) + (2 * _HANG if len(lines) > 1 else 0)
        if width is not None and lines[-1] and before + wide > width:
            lines.append([])
        lines[-1].append(at)
    return [each for each in lines if each]


def wrapped(text: str, width: int | None) -> list[str]:
    """`text` in lines of `width`, the later ones indented; a word that is longer stays whole."""
    if width is None or len(text) <= width or " " not in text.strip():
        return [text]
    indent = len(text) - len(text.lstrip())
    return textwrap.wrap(
        text,
        width,
        subsequent_indent=" " * (indent + _HANG),
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )


def command(text: str, width: int | None) -> list[str]:
    """A line for a shell, in several lines where it is longer than `width`: it can be copied as it stands."""
    if width is None or len(text) <= width:
        return [text]
    lines = [""]
    for word in _WORD.findall(text):
        if lines[-1] and len(lines[-1]) + len(word) + 3 > width:
            lines[-1] += " \\"
            lines.append(" " * _HANG)
        lines[-1] += f"{'' if not lines[-1].strip() else ' '}{word}"
    return lines
