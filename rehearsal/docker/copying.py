"""COPY and ADD: files of the build's context into an image.

https://docs.docker.com/reference/dockerfile/#copy
"""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from rehearsal.docker.tree import OutsideError, place

_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


class CannotCopy(Exception):
    """What cannot be copied, and why."""


class Context:
    """The folder that `docker build` is given, without what its .dockerignore leaves out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        file = folder / ".dockerignore"
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        self._rules = [line.strip() for line in lines if line.strip() and not line.startswith("#")]

    def ignored(self, name: str) -> bool:
        """Whether a path below the folder is left out. https://docs.docker.com/build/concepts/context/#dockerignore-files"""
        out = False
        for rule in self._rules:
            back = rule.startswith("!")
            pattern = rule.lstrip("!").strip("/").removeprefix("./")
            if any(_matches(part, pattern) for part in _parents(name)):
                out = not back
        return out

    def find(self, source: str) -> list[str]:
        """The paths that a source of COPY names. Raises CannotCopy when there are none."""
        clean = os.path.normpath(source.lstrip("/") or ".")
        if clean.startswith(".."):
            raise CannotCopy(f"{source}: forbidden path outside the build context")
        found = [clean]
        if re.search(r"[*?\[]", clean):
            found = sorted(str(each.relative_to(self.folder)) for each in self.folder.glob(clean))
        there = [each for each in found if os.path.lexists(self.folder / each) and not self.ignored(each)]
        if any(not _inside(self.folder, (self.folder / each).parent) for each in there if each != "."):
            raise CannotCopy(f"{source}: a link leads out of the build context")
        if not there:
            raise CannotCopy(f'"/{clean}": not found in the build context')
        return there


def copy(context: Context, root: Path, words: Sequence[str], *, workdir: str, unpacks: bool) -> None:
    """Copy all but the last of `words` to the last. Raises CannotCopy; `unpacks`: as ADD would do with archives."""
    if len(words) < 2:
        raise CannotCopy("requires at least two arguments, but got one")
    *sources, target = words
    found = [name for source in sources for name in context.find(_local(source))]
    for name in found:
        if unpacks and name.endswith(_ARCHIVES):
            raise CannotCopy(f"{name}: the rehearsal unpacks no archives; COPY what is in it")
    into = target.endswith("/") or target == "." or len(found) > 1
    try:
        at = place(root, target, workdir)
    except OutsideError as error:
        raise CannotCopy(str(error)) from None
    if len(found) > 1 and not target.endswith("/") and target != ".":
        raise CannotCopy(f"{target}: when using COPY with more than one source file, the destination must end with /")
    for name in found:
        path = context.folder / name
        if path.is_dir() and not path.is_symlink():
            _tree(context, root, name, at)
        else:
            _file(root, path, at / PurePosixPath(name).name if into or at.is_dir() else at)


def _local(source: str) -> str:
    if "://" in source or source.startswith("git@"):
        raise CannotCopy(f"{source}: the rehearsal copies files of the build context, not from elsewhere")
    return source


def _inside(root: Path, path: Path) -> bool:
    """Whether a path is in a folder, wherever links lead."""
    return path.resolve().is_relative_to(root.resolve())


def _tree(context: Context, root: Path, name: str, target: Path) -> None:
    """The contents of a folder, as COPY takes them."""
    if not _inside(root, target):
        raise CannotCopy(f"{target.name}: a link leads out of the image")
    target.mkdir(parents=True, exist_ok=True)
    for entry in sorted(each.name for each in (context.folder / name).iterdir()):
        inner = entry if name == "." else f"{name}/{entry}"
        if context.ignored(inner):
            continue
        path = context.folder / inner
        if path.is_dir() and not path.is_symlink():
            _tree(context, root, inner, target / entry)
        else:
            _file(root, path, target / entry)


def _file(root: Path, source: Path, target: Path) -> None:
    if not _inside(root, target.parent):
        raise CannotCopy(f"{target.parent.name}: a link leads out of the image")
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_symlink():
        target.unlink()
    if source.is_symlink():
        target.unlink(missing_ok=True)
        target.symlink_to(source.readlink())
        return
    shutil.copyfile(source, target)
    target.chmod(0o755 if source.stat().st_mode & stat.S_IXUSR else 0o644)


def _parents(name: str) -> list[str]:
    parts = PurePosixPath(name).parts
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _matches(name: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return any(fnmatch.fnmatchcase(each, pattern[3:]) for each in (name, name.rpartition("/")[2]))
    return name.count("/") == pattern.count("/") and fnmatch.fnmatchcase(name, pattern)
