"""Names of requests that become names of files: the one place where that happens."""

from __future__ import annotations

import ctypes
import os
import re
import stat
import struct
from pathlib import Path, PurePosixPath
from typing import BinaryIO

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


_OPENAT2 = 437  # the same on every architecture
_NO_MAGIC_LINKS, _BENEATH = 0x02, 0x08


def open_inside(root: Path, path: Path) -> BinaryIO:
    """A regular file below `root` that others may have written: links are followed, but never out of `root`.

    The kernel looks to that while it opens the file, whatever is changed meanwhile.
    Raises UnsafeName when it leads elsewhere, or is no file; OSError when it is not there.
    https://man7.org/linux/man-pages/man2/openat2.2.html
    """
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        handle = _open_beneath(folder, os.path.relpath(path, root))
    except OSError:
        target = Path(os.path.realpath(path))  # an absolute link to a place in `root` is fine
        if not os.path.lexists(path) or not target.is_relative_to(os.path.realpath(root)):
            raise UnsafeName(f"{path} is no file in {root}") from None
        handle = _open_beneath(folder, os.path.relpath(target, os.path.realpath(root)))
    finally:
        os.close(folder)
    file = os.fdopen(handle, "rb")
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        file.close()
        raise UnsafeName(f"{path} is no file")
    return file


def text_inside(root: Path, path: Path, limit: int = 1 << 20) -> str:
    """The text of such a file, `limit` bytes at most; "" when there is none, or it leads elsewhere."""
    try:
        with open_inside(root, path) as file:
            return file.read(limit).decode("utf-8", errors="replace")
    except (OSError, UnsafeName):
        return ""


def _open_beneath(folder: int, path: str) -> int:
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe without a writer must not hold us up
    how = struct.pack("QQQ", flags, 0, _NO_MAGIC_LINKS | _BENEATH)
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.syscall(_OPENAT2, folder, os.fsencode(path), how, ctypes.c_size_t(len(how)))
    if handle < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)
    return int(handle)
