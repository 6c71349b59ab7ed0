"""The report as a file: JSON, a page of HTML or Markdown, by the ending of its name."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rehearsal import page
from rehearsal.errors import RehearsalError, UsageError

STEP = "--report"
# a list of numbers, which json.dumps writes one a line; a line's end in a text is always written as \n
_NUMBERS = re.compile(r"\[\n\s+(-?[\d.e+-]+(?:,\n\s+-?[\d.e+-]+)*)\n\s+\]")


def as_json(data: Mapping[str, Any]) -> str:
    """The report as JSON text; numbers of a list on one line."""
    return _NUMBERS.sub(lambda found: f"[{' '.join(found[1].split())}]", json.dumps(data, indent=2)) + "\n"


_FORMATS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    ".html": page.as_html,
    ".json": as_json,
    ".md": page.as_markdown,
}
ENDINGS = "FILE.html, FILE.json or FILE.md"


def check(path: Path) -> None:
    """Refuse a file that could not be written, before anything runs; nothing is left of trying.

    Raises UsageError for a name with another ending, RehearsalError for a place where no file can be made.
    """
    if path.suffix not in _FORMATS:
        raise UsageError(f"{STEP} {path}: got the ending {path.suffix!r}, expected {ENDINGS}")
    try:
        if path.exists():
            with path.open("ab"):
                return
        with tempfile.TemporaryFile(dir=next(each for each in path.parents if each.exists())):
            return
    except OSError as error:
        raise _cannot(path, error) from None


def write(data: Mapping[str, Any], path: Path) -> None:
    """Write the report to `path`. Raises RehearsalError when that fails."""
    text = _FORMATS[path.suffix](data)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _cannot(path, error) from None


def _cannot(path: Path, error: OSError) -> RehearsalError:
    reason = (error.strerror or str(error)).lower()
    return RehearsalError(STEP, f"{path} cannot be written: {reason}; expected a file in a folder that you may write")
