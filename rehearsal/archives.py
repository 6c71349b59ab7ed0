"""Unpacks archives of others safely on every supported Python: `filter` came with 3.11.4, and Debian 12 has 3.11.2."""

from __future__ import annotations

import sys
from pathlib import Path

if sys.version_info >= (3, 12):
    import tarfile
else:
    from backports import tarfile

Unreadable = tarfile.TarError


def unpack(archive: Path, target: Path) -> None:
    """Unpack a `.tar.gz` into `target`; nothing of it gets outside, and no member keeps special modes or owners.

    Raises Unreadable, EOFError or OSError when it is no such archive or has members that would.
    https://docs.python.org/3/library/tarfile.html#tarfile.data_filter
    """
    with tarfile.open(archive, "r:gz") as tar:
        tar.extractall(target, filter="data")
