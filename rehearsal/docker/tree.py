"""The files of an image: a folder that stands for its root, and layers of what an instruction changed in it."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

#: where the Python of an image is, and what its packages install into
PYTHON_HOME = "usr/local"
#: folders of an image that the machine's own stand in for: nothing of theirs can be changed
SYSTEM = ("bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "run", "sbin", "sys", "usr")
#: but these can
_OWN = ("usr/local", "usr/src")

State = dict[str, tuple[object, ...]]


class OutsideError(Exception):
    """A path of an image that nothing can be written to."""


@dataclass(frozen=True)
class Layer:
    """A layer as registries have it: a compressed tar, its digest, and that of the tar itself."""

    content: bytes
    digest: str
    plain_digest: str


def writable(path: PurePosixPath) -> bool:
    """Whether a path of an image (absolute) is one that the stand-in can write."""
    inside = str(path).lstrip("/")
    first = inside.partition("/")[0]
    return first not in SYSTEM or any(inside == own or inside.startswith(f"{own}/") for own in _OWN)


def place(root: Path, path: str, workdir: str = "/") -> Path:
    """Where a path of the image is in its folder. Raises OutsideError for those that cannot be written."""
    pure = PurePosixPath(os.path.normpath(PurePosixPath(workdir) / path))
    if pure == PurePosixPath("/"):
        return root
    if not writable(pure):
        raise OutsideError(f"{pure}: the rehearsal has this machine's own /{pure.parts[1]} in its place")
    found = root / str(pure).lstrip("/")
    beyond = found.parent.resolve()
    if beyond != root.resolve() and not beyond.is_relative_to(root.resolve()):
        raise OutsideError(f"{pure}: a link leads out of the image")
    return found


def state(root: Path) -> State:
    """What is there, so that `layer` can tell what changed."""
    found: State = {}
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(folder, name)
            about = path.lstat()
            link = str(path.readlink()) if stat.S_ISLNK(about.st_mode) else ""
            kind = stat.S_IFMT(about.st_mode)
            size = (about.st_size, about.st_mtime_ns) if kind == stat.S_IFREG else ()
            found[str(path.relative_to(root))] = (kind, stat.S_IMODE(about.st_mode), link, *size)
    return found


def layer(root: Path, before: State, after: State) -> Layer | None:
    """What changed from one state to the other, without clocks and owners: the same change is the same layer."""
    changed = [name for name in sorted(after) if before.get(name) != after[name]]
    gone = [name for name in sorted(before) if name not in after]
    if not changed and not gone:
        return None
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in changed:
            _add(tar, root, name)
        for name in gone:
            at = PurePosixPath(name)
            if str(at.parent) in gone:
                continue
            tar.addfile(_clean(tarfile.TarInfo(str(at.parent / f".wh.{at.name}"))))
    return packed(plain.getvalue())


def packed(plain: bytes) -> Layer:
    """A tar as a layer."""
    content = gzip.compress(plain, 6, mtime=0)
    return Layer(content, digest(content), digest(plain))


def digest(content: bytes) -> str:
    """As registries write it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _add(tar: tarfile.TarFile, root: Path, name: str) -> None:
    path = root / name
    info = _clean(tar.gettarinfo(str(path), name))
    if info.isreg():
        info.type = tarfile.REGTYPE
        with path.open("rb") as file:
            tar.addfile(info, file)
    elif info.islnk():  # a second name of a file: the file itself
        info.type, info.size = tarfile.REGTYPE, path.lstat().st_size
        with path.open("rb") as file:
            tar.addfile(info, file)
    elif info.isdir() or info.issym():
        tar.addfile(info)


def _clean(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mtime = 0
    info.pax_headers = {}
    return info
