"""Text for a terminal, in which names, reasons and logs of others have no power: no colours, cursors or titles."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from typing import IO, Any

#: what `str.isprintable` may refuse, and JSON writes as it is
_BEYOND_ASCII = re.compile(r"[^\n\x20-\x7e]")


def printable(text: str, *, lines: bool = False) -> str:
    """`text` without control characters, directions of writing and the like; line ends stay with `lines`."""
    return "".join(each if each.isprintable() or (lines and each == "\n") else " " for each in text)


def width() -> int | None:
    """The columns of the terminal; None where the output goes elsewhere and nobody says how wide it is."""
    if not sys.stdout.isatty() and not os.environ.get("COLUMNS"):
        return None
    return max(shutil.get_terminal_size((80, 24)).columns, 40)


def say(text: object = "", file: IO[str] | None = None) -> None:
    """Print `text` at once, with its line ends and nothing else that a terminal acts on."""
    print(printable(str(text), lines=True), file=sys.stdout if file is None else file, flush=True)


def as_json(data: Any, *, indent: int | None = 2) -> str:
    """`data` as JSON in which letters stay readable, and what a terminal acts on is escaped: nothing is lost."""
    text = json.dumps(data, indent=indent, ensure_ascii=False)
    return _BEYOND_ASCII.sub(
        lambda found: found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1],
        text,
    )
