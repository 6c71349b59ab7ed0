"""The files that a page of the documentation shows."""

from __future__ import annotations

import re
from pathlib import Path

#: code that begins with the name of a file as a comment
_FILE = re.compile(r"^```\w+\n# ([\w./-]+)\n(.*?)```$", re.DOTALL | re.MULTILINE)


def files_of(page: Path) -> dict[str, str]:
    """By name, the text of each file of a page."""
    return dict(_FILE.findall(page.read_text(encoding="utf-8")))
