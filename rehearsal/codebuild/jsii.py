"""jsii's cache of unpacked packages, shared between rehearsals: without it each build unpacks the CDK for seconds.

jsii takes a lock whose owner it cannot see among the processes for abandoned, and every rehearsal has a PID namespace
of its own: two that fill one directory at the same time delete each other's files. So each rehearsal has its own
directory, in which links stand for what is shared, and what its builds add is put beside that whole or not at all.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

#: jsii writes this file into an entry (`<package>/<version>/<digest>`) once it is complete
_COMPLETE = ".jsii-runtime-package-cache"
_PART = ".part-"
_UNUSED = 30 * 86400  # seconds after which jsii itself drops an entry; it touches the file above with each use
_ABANDONED = 3600  # seconds after which nobody is still copying


def link(shared: Path, own: Path) -> None:
    """Make `own` a cache that has everything `shared` has. Drops from `shared` what was not used for a month."""
    own.mkdir(parents=True, exist_ok=True)
    _prune(shared)
    for entry in _entries(shared):
        here = own / entry
        here.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            here.symlink_to(shared / entry, target_is_directory=True)


def share(own: Path, shared: Path) -> None:
    """Add what was unpacked into `own` to `shared`, each entry whole or not at all."""
    for entry in _entries(own):
        if not (shared / entry).exists():
            with contextlib.suppress(OSError):  # no space, or another rehearsal added it meanwhile: it is only a cache
                _add(own / entry, shared / entry)


def _add(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=target.parent, prefix=_PART))
    try:
        copy = shutil.copytree(source, part / target.name, symlinks=True, copy_function=_link_or_copy)
        copy.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def _entries(cache: Path) -> Iterator[Path]:
    """The complete entries of a cache that are its own, relative to it. Links and half-made copies are passed over."""
    for directory, directories, files in os.walk(cache):
        directories[:] = sorted(name for name in directories if not name.startswith(_PART))
        if _COMPLETE in files:
            directories.clear()
            yield Path(directory).relative_to(cache)


def _prune(shared: Path) -> None:
    now = time.time()
    for entry in [shared / each for each in _entries(shared)]:
        if (entry / _COMPLETE).stat().st_mtime < now - _UNUSED:
            shutil.rmtree(entry, ignore_errors=True)
        for part in entry.parent.glob(f"{_PART}*"):
            if part.stat().st_mtime < now - _ABANDONED:
                shutil.rmtree(part, ignore_errors=True)
