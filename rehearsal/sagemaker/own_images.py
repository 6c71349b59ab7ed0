"""Images that were built here and pushed to ECR: pulled, unpacked, and what their containers are made of.

Layers are of others. So the Python that runs them is put together beside them, from what this machine has, and their
files are only ever seen from within a cage.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Protocol

from rehearsal import archives
from rehearsal.api import invalid
from rehearsal.confinement import visible
from rehearsal.docker import config as images
from rehearsal.docker.config import Config
from rehearsal.sagemaker.images import Image, Own

_URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<repository>[^:@]+)"
    r"(:(?P<tag>[\w.-]+)|@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_WHITEOUT = ".wh."
_PYTHON = b"#!/usr/local/bin/python"
_ADD = "import site; site.addsitedir({packages!r})\n"
_SEE = "import site; site.PREFIXES.append({prefix!r}); site.addsitedir({packages!r})\n"


class Stored(Protocol):
    """An image as the registry keeps it."""

    @property
    def digest(self) -> str:
        """Of its manifest."""

    @property
    def config(self) -> bytes:
        """Its configuration."""

    @property
    def layers(self) -> tuple[Path, ...]:
        """Its layers, compressed."""


class Registry(Protocol):
    """ECR."""

    def stored(self, account: str, region: str, repository: str, reference: str) -> Stored | None:
        """An image by its tag or digest, None where there is none."""


@dataclass(frozen=True)
class _Found:
    uri: str
    stored: Stored
    config: Config


class OwnImages:
    """Unpacks each image once, below `directory`. `base` says what stands in for a base image. Thread-safe."""

    def __init__(self, registry: Registry, directory: Path, base: Callable[[str, str], Image]) -> None:
        self._registry, self._directory, self._base = registry, directory, base
        self._lock = threading.Lock()

    def image(self, uri: str, region: str) -> Image | None:
        """The image at `uri` for something in `region`, None where nothing was pushed there.

        Raises ApiError ValidationException for one that cannot be run.
        """
        found = _URI.fullmatch(uri)
        if found is None:
            return None
        reference = found["digest"] or found["tag"] or "latest"
        stored = self._registry.stored(found["account"], found["region"], found["repository"], reference)
        if stored is None:
            return None
        if found["region"] != region:
            raise invalid(f"Cannot pull the image {uri}: it is in {found['region']}, the job in {region}")
        try:
            return self._made(_Found(uri, stored, images.read(stored.config)), region)
        except (archives.Unreadable, OSError, ValueError) as error:
            raise invalid(f"the embedded AWS cannot run the image {uri}: {error}") from None

    def _made(self, found: _Found, region: str) -> Image:
        base, home = self._base(found.config.base, region), self._directory / found.stored.digest.partition(":")[2]
        with self._lock:
            if not (home / "ready").exists():
                shutil.rmtree(home, ignore_errors=True)
                _unpack(found.stored.layers, home / "root")
                _python(home, base.python)
                (home / "ready").touch()
        config = found.config
        own = Own(
            root=home / "root",
            programs=home / "python" / "bin",
            entrypoint=tuple(config.entrypoint),
            command=tuple(config.command),
            environment=tuple(config.environment.items()),
            workdir=config.workdir,
            read=(home / "root", *visible.python(base.python)),
        )
        return replace(base, uri=found.uri, python=own.programs / "python", own=own)


def _unpack(layers: tuple[Path, ...], root: Path) -> None:
    """One on the other; what a later one takes away is gone."""
    root.mkdir(parents=True)
    for each in layers:
        archives.unpack(each, root)
        for mark in sorted(root.rglob(f"{_WHITEOUT}*")):
            gone = mark.with_name(mark.name.removeprefix(_WHITEOUT))
            mark.unlink()
            if gone.is_dir() and not gone.is_symlink():
                shutil.rmtree(gone)
            else:
                gone.unlink(missing_ok=True)


def _python(home: Path, base: Path) -> None:
    """A virtual environment of the base's interpreter that sees the packages of the image, then those of the base."""
    interpreter, prefix = base.resolve(), base.absolute().parent.parent
    version = re.fullmatch(r"python(3\.\d+)", interpreter.name)
    if version is None:
        raise ValueError(f"{base} is no interpreter whose version its name says")
    library = home / "root" / "usr" / "local" / "lib"
    found = sorted(each.name.removeprefix("python") for each in library.glob("python3.*"))
    if found and version[1] not in found:
        raise ValueError(f"its packages are for Python {', '.join(found)}, what stands in for its base is {version[1]}")
    made = home / "python"
    packages = made / "lib" / f"python{version[1]}" / "site-packages"
    packages.mkdir(parents=True)
    (made / "bin").mkdir()
    (made / "bin" / "python").symlink_to(interpreter)
    (made / "bin" / "python3").symlink_to("python")
    nested = (prefix / "pyvenv.cfg").is_file()
    whole = "false" if nested else "true"
    (made / "pyvenv.cfg").write_text(
        f"home = {interpreter.parent}\ninclude-system-site-packages = {whole}\nversion = {version[1]}\n"
    )
    lines = _ADD.format(packages=str(library / f"python{version[1]}" / "site-packages"))
    if nested:
        inherited = prefix / "lib" / f"python{version[1]}" / "site-packages"
        lines += _SEE.format(prefix=str(prefix), packages=str(inherited))
    (packages / "image.pth").write_text(lines)
    _programs(home / "root" / "usr" / "local" / "bin", made / "bin")


def _programs(source: Path, target: Path) -> None:
    """The programs of the image beside its interpreter, which they look for there or at its usual place."""
    for each in sorted(source.iterdir()) if source.is_dir() and not source.is_symlink() else ():
        if each.is_symlink() or not each.is_file() or (target / each.name).exists():
            continue
        content = each.read_bytes()
        first, end, rest = content.partition(b"\n")
        if first.startswith(_PYTHON):
            content = b"#!/usr/bin/env " + first.removeprefix(b"#!/usr/local/bin/") + end + rest
        (target / each.name).write_bytes(content)
        (target / each.name).chmod(each.stat().st_mode & 0o755)


def command_of(own: Own, words: list[str]) -> list[str]:
    """What a container runs that is started with `words` (none: with its own), its entry point first."""
    command = [*own.entrypoint, *(words or own.command)]
    if command and PurePosixPath(command[0]).parent == PurePosixPath("/usr/local/bin"):
        command[0] = str(own.programs / PurePosixPath(command[0]).name)
    return command


def path_of(own: Own, first: str, last: str) -> str:
    """PATH in a container: that of the image, with its programs where it has them, and `last` the machine's."""
    given = dict(own.environment).get("PATH", "")
    ours = f"{first}:{own.programs}"
    parts = [ours if each == "/usr/local/bin" else each for each in given.split(":") if each]
    return ":".join([*parts, *([] if ours in parts else [ours]), last])


def places(own: Own, scratch: Path, ml: Path) -> tuple[tuple[str, Path], ...]:
    """Copies of the image's files for one container, with where it has them; what is below /opt/ml goes into `ml`."""
    made: list[tuple[str, Path]] = []
    for path in _tops(own.root):
        inside = path.relative_to(own.root)
        if str(inside) == "opt/ml":
            for each in sorted(path.iterdir()):
                _copy(each, ml / each.name)
            continue
        target = scratch / "image" / "-".join(inside.parts)
        _copy(path, target)
        made.append((f"/{inside}", target))
    return tuple(made)


def _tops(root: Path) -> list[Path]:
    """What is put into a container as a whole: folders at the top, and those of /opt and /usr/src one by one."""
    found = []
    for each in sorted(root.iterdir()):
        if each.name == "opt" and each.is_dir() and not each.is_symlink():
            found += sorted(each.iterdir())
        elif each.name == "usr":
            found += [each / "src"] if (each / "src").is_dir() else []
        elif each.name not in ("tmp", "var"):  # which are made anew for each container
            found.append(each)
    return [each for each in found if not each.is_symlink()]


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target, follow_symlinks=False)
