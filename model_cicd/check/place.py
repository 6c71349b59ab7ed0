"""Where complaints about settings stand in a document."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from model_cicd.text.errors import Problem
from model_cicd.text.messages import Complaint, KeyPath, TextOf
from model_cicd.text.source import Document, format_path


def value_at(document: Document, path: Sequence[str | int]) -> object:
    """What stands at `path`, or None."""
    value = document.data
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def written_below(document: Document, base: KeyPath) -> TextOf:
    """Scalars as they are written below `base`."""
    return lambda path: document.written.get((*base, *path))


def problems_below(
    document: Document,
    base: KeyPath,
    complaints: Iterable[Complaint],
    *,
    shown: Callable[[KeyPath], str] | None = None,
) -> list[Problem]:
    """Complaints about what stands below `base` as problems of `document`.

    Text with `${...}` is left alone: Seed-Farmer puts an environment variable there, so nobody knows it yet.
    """
    found = []
    for path, message in complaints:
        whole = (*base, *path)
        value = value_at(document, whole)
        if isinstance(value, str) and "${" in value:
            continue
        found.append(Problem(document.file, document.line(whole), (shown or format_path)(whole), message))
    return found


def shown(path: Path) -> str:
    """`path` as short as it can be named from here."""
    absolute = os.path.normpath(path.absolute())
    here = str(Path.cwd())
    return os.path.relpath(absolute, here) if absolute.startswith(here + os.sep) or absolute == here else absolute
