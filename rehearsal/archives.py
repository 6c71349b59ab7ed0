"""Unpacks archives of others safely on every supported Python: `filter` came with 3.11.4, and Debian 12 has 3.11.2.

A kilobyte of an archive can stand for a gigabyte of files, or of what describes them: all that comes out is limited.
"""

from __future__ import annotations

import gzip
import io
import shutil
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

if sys.version_info >= (3, 12):
    import tarfile
else:
    from backports import tarfile

Unreadable = tarfile.TarError

#: bytes of everything that comes out of an archive, and how many members it may have
LARGEST, MOST = 16 << 30, 200_000
_AT_ONCE = 1 << 20  # bytes that are read at once: the content of files comes in less, and what describes them is short


class _Limited:
    """What comes out of a gzip stream, as far as `largest` bytes."""

    def __init__(self, packed: gzip.GzipFile, largest: int) -> None:
        self._packed, self._largest = packed, largest

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _AT_ONCE:
            raise Unreadable(f"a description of a member has {size} bytes, expected {_AT_ONCE} at most")
        self._within(self._packed.tell() + size)
        return self._packed.read(size)

    def seek(self, position: int, whence: int = io.SEEK_SET) -> int:
        self._within(position)
        return self._packed.seek(position, whence)

    def tell(self) -> int:
        return self._packed.tell()

    def _within(self, position: int) -> None:
        if position > self._largest + _AT_ONCE:
            raise Unreadable(_too_large(self._largest))


def unpack(archive: Path, target: Path, *, largest: int = LARGEST) -> None:
    """Unpack a `.tar.gz` into `target`; nothing of it gets outside, and no member keeps special modes or owners.

    Raises Unreadable, EOFError or OSError when it is no such archive, has members that would, or holds more than
    `largest` bytes, MOST members, or half of what is free on the disk.
    https://docs.python.org/3/library/tarfile.html#tarfile.data_filter
    """
    target.mkdir(parents=True, exist_ok=True)
    largest = min(largest, shutil.disk_usage(target).free // 2)
    size = count = 0

    def allowed(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
        nonlocal size, count
        size, count = size + member.size, count + 1
        if size > largest:  # of a sparse file, more than there is in the archive
            raise Unreadable(_too_large(largest))
        if count > MOST:
            raise Unreadable(f"it has more than {MOST} members")
        return tarfile.data_filter(member, path)

    with archive.open("rb") as file, _opened(file, largest) as tar:
        tar.errorlevel = 2  # a refusal is no warning
        tar.extractall(target, filter=allowed)


def names(content: bytes, *, largest: int = LARGEST) -> list[str]:
    """The members of a `.tar.gz`; MOST at most are named. Raises as `unpack` does."""
    with _opened(io.BytesIO(content), largest) as tar:
        return [member.name for member, _ in zip(tar, range(MOST), strict=False)]


@contextmanager
def _opened(file: IO[bytes], largest: int) -> Iterator[tarfile.TarFile]:
    try:
        with (
            gzip.GzipFile(fileobj=file, mode="rb") as packed,
            tarfile.open(fileobj=_Limited(packed, largest), mode="r:") as tar,
        ):
            yield tar
    except (gzip.BadGzipFile, zlib.error) as error:
        raise Unreadable(f"not a gzip file: {error}") from None


def check_zip(archive: zipfile.ZipFile, largest: int) -> None:
    """Raises Unreadable for a zip whose files have more than `largest` bytes, or that has more than MOST of them.

    `zipfile` reads no more of a file than the archive says that there is.
    """
    if len(archive.infolist()) > MOST:
        raise Unreadable(f"it has more than {MOST} members")
    if sum(each.file_size for each in archive.infolist()) > largest:
        raise Unreadable(_too_large(largest))


def gunzip(content: bytes, *, largest: int) -> bytes:
    """What is in a gzip stream. Raises Unreadable for none, and for more than `largest` bytes."""
    try:
        plain = gzip.GzipFile(fileobj=io.BytesIO(content)).read(largest + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"not a gzip file: {error}") from None
    if len(plain) > largest:
        raise Unreadable(_too_large(largest))
    return plain


def _too_large(largest: int) -> str:
    return f"it has more than {largest} bytes when unpacked"
