"""A directory of code as one archive, as the SageMaker SDK hands it to containers: the same files, the same bytes."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

#: the archive's name, which AWS's images look for
NAME = "sourcedir.tar.gz"
_LEFT_OUT = frozenset({"__pycache__", ".git", ".ipynb_checkpoints"})


def members(directory: Path) -> Iterator[Path]:
    """The files of a directory of code, sorted, without what Python and git leave there, links among them."""
    for path in sorted(directory.rglob("*")):
        if not _LEFT_OUT & set(path.relative_to(directory).parts) and (path.is_symlink() or path.is_file()):
            yield path


def links(directory: Path) -> list[str]:
    """The links of a directory of code: what they lead to may lie outside of the repository."""
    return [str(path.relative_to(directory)) for path in members(directory) if path.is_symlink()]


def archive(directory: Path) -> bytes:
    """The files as a gzipped tar archive: sorted, owned by root, without times; scripts stay executable."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in members(directory):
            entry = tarfile.TarInfo(str(path.relative_to(directory)))
            content = path.read_bytes()
            entry.size, entry.mode = len(content), 0o755 if path.stat().st_mode & 0o100 else 0o644
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()
