"""Text that others wrote, as a terminal may show it: what builds logged, and what was mailed."""

from __future__ import annotations

import re

_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")


def shown(text: str) -> str:
    """`text` with its lines and tabs, without colours, and with all else that a terminal acts on as an escape.

    That is control characters, directions of writing and what is not seen: `\\x1b`, `\\u202e`.
    """
    plain = _COLOURS.sub("", text.replace("\r\n", "\n"))
    return "".join(each if each.isprintable() or each in "\n\t" else ascii(each)[1:-1] for each in plain)
