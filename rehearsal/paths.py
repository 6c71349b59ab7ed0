"""Names of requests that become names of files: the one place where that happens."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

_NAME = re.compile(r"[\w.+=,@-]{1,200}", re.ASCII)


class UnsafeName(ValueError):
    """A name that would lead out of its directory, or nowhere."""


def below(root: Path, *names: str) -> Path:
    """The path of `names`, each of them one step below the one before. Raises UnsafeName when one is more or less."""
    for name in names:
        if not _NAME.fullmatch(name) or name in (".", ".."):
            raise UnsafeName(f"got {name!r}, expected a name of letters, digits and . _ + = , @ - for a file")
    return root.joinpath(*names)


def inside(root: Path, path: str) -> Path:
    """A relative path of several steps below `root`. Raises UnsafeName when it leads out of it."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\0" in path:
        raise UnsafeName(f"got {path!r}, expected a path that stays below its directory")
    return root / pure
