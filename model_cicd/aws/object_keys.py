"""The name that a published file gets: made of its content, so that an unchanged file keeps it."""

from __future__ import annotations

import hashlib
from pathlib import Path

#: the folder of files whose name matters to those who read them, such as scripts of steps
NAMED_FILES = "model-cicd"


def named_key(path: Path) -> str:
    """The object's key: `model-cicd/<hash>/<name>`."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    return f"{NAMED_FILES}/{digest}/{path.name}"
