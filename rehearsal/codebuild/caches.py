"""What builds share: packages that were downloaded once. Builds read it; only this program adds to it.

Each build sees the shared cache under a layer of its own: what it writes there is its own and goes with it. What it
downloaded is then downloaded again by this program itself, by name and version and from the user's registry, so that no
build can leave anything behind for another one, whatever it writes into its cache or its environments.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rehearsal.confinement.cage import Layer

_NAME = "model-cicd-rehearsal-2"  # the first had what builds wrote
_DISTRIBUTION = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.]{0,99})-(?P<version>[A-Za-z0-9][\w.+!]{0,49})\.dist-info", re.ASCII
)
_PACKAGE = r"(?P<name>(?:@[a-z0-9._-]+/)?[a-z0-9][a-z0-9._-]*)"
_TARBALL = re.compile(rf'"key":"[^"]*?/{_PACKAGE}/-/[^"/]*?-(?P<version>\d[\w.+-]*)\.tgz"', re.ASCII)
_JSII = re.compile(r"(?:@aws-cdk/)?[a-z0-9-]+/\d[\w.+-]*/[0-9a-f]{64}", re.ASCII)
_MODULE = re.compile(r"archive-v\d+/[\w-]+/(?:[\w.-]+/)*\w+\.py", re.ASCII)
_MOST = 20_000  # of each kind


@dataclass(frozen=True)
class Fetched:
    """What a build has that is not shared yet, all of it only names.

    `wheels` are `name==version`, those of one environment together; `sdists` such that were built, `left_out` all that
    were, new or not; `npm` are `name@version`, `jsii` its unpacked packages (`name/version/digest`), `modules` those of
    the shared cache that were compiled.
    """

    wheels: tuple[tuple[str, ...], ...] = ()
    sdists: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    jsii: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Caches:
    """The directories that all builds share."""

    root: Path

    @staticmethod
    def find(fallback: Path, *, caged: bool) -> Caches:
        """Those of the user, or below `fallback` when they cannot be written.

        Builds without a cage write there themselves, as who they are, and have others than builds in cages.
        """
        try:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
            root = base / (_NAME if caged else f"{_NAME}-uncaged")
            root.mkdir(parents=True, exist_ok=True)
            if os.access(root, os.W_OK):
                return Caches(root)
        except (OSError, RuntimeError):
            pass
        fallback.mkdir(parents=True, exist_ok=True)
        return Caches(fallback)

    def environment(self, *, layered: bool) -> dict[str, str]:
        """The variables that point package managers to the caches. A layer is a file system of its own."""
        return {
            "UV_CACHE_DIR": str(self.root / "uv"),
            "UV_LINK_MODE": "symlink" if layered else "copy",
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_NO_PROGRESS": "1",
            "PIP_CACHE_DIR": str(self.root / "pip"),
            "NPM_CONFIG_CACHE": str(self.root / "npm"),
            "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(self.root / "jsii"),
        }

    def layer(self, own: Path) -> Layer:
        """The cache as a build sees it; what the build writes there lands in `own`."""
        return Layer(self.root, own)

    def fetched(self, own: Path, environments: list[Path]) -> Fetched:
        """What a build brought that others could use: from its layer `own` and its virtual environments."""
        built, known = set(_built(own / "uv")), set(_built(self.root / "uv"))
        return Fetched(
            wheels=tuple(_together(set(_wheels(own / "uv")), built | known, environments)),
            sdists=tuple(sorted(built - known)),
            left_out=tuple(sorted(built | known)),
            npm=tuple(sorted(set(_packages(own / "npm")))),
            jsii=tuple(sorted(set(_unpacked(own / "jsii", self.root / "jsii")))),
            modules=tuple(sorted(set(_compiled(environments, self.root / "uv")))),
        )


def _together(new: set[str], built: set[str], environments: list[Path]) -> Iterator[tuple[str, ...]]:
    """All wheels of each environment that has something new: only together are they known to fit."""
    new = new - built
    for site in environments:
        names = set(_distributions(site.glob("*.dist-info"))) - built
        if names & new:
            new -= names
            yield tuple(sorted(names))
    yield from ((name,) for name in sorted(new))


def _built(uv: Path) -> Iterator[str]:
    """What was built from source."""
    for path in _few(uv.glob("sdists-v*/pypi/*/*")):
        found = _DISTRIBUTION.fullmatch(f"{path.parent.name.replace('-', '_')}-{path.name}.dist-info")
        if found:
            yield f"{path.parent.name}=={path.name}"


def _wheels(uv: Path) -> Iterator[str]:
    return _distributions(uv.glob("archive-v*/*/*.dist-info"))


def _distributions(paths: Iterator[Path]) -> Iterator[str]:
    for path in _few(paths):
        found = _DISTRIBUTION.fullmatch(path.name)
        if found:
            yield f"{re.sub(r'[-_.]+', '-', found['name']).lower()}=={found['version']}"


def _packages(npm: Path) -> Iterator[str]:
    for entry in _few(npm.glob("_cacache/index-v5/*/*/*")):
        if entry.is_symlink() or not entry.is_file() or entry.stat().st_size > 1 << 20:
            continue
        for found in _TARBALL.finditer(entry.read_text(encoding="utf-8", errors="replace")):
            yield f"{found['name']}@{found['version']}"


def _unpacked(own: Path, shared: Path) -> Iterator[str]:
    for entry in _few([*own.glob("*/*/*"), *own.glob("@aws-cdk/*/*/*")]):
        name = entry.relative_to(own).as_posix()
        if _JSII.fullmatch(name) and not (shared / name).exists():
            yield name


def _compiled(environments: list[Path], shared: Path) -> Iterator[str]:
    """Modules that are links into the shared cache and were compiled beside the link."""
    tag = f".{_tag()}.pyc"
    for site in environments:
        for folder, folders, files in os.walk(site):
            if not folder.endswith("__pycache__"):
                folders.sort()
                continue
            for name in files:
                compiled = Path(folder, name)
                if not name.endswith(tag) or compiled.is_symlink():
                    continue
                source = compiled.parent.with_name(f"{name.removesuffix(tag)}.py")
                if source.is_symlink():
                    target = os.path.relpath(source.readlink(), shared)
                    if _MODULE.fullmatch(target) and (shared / target).is_file():
                        yield target


def _few(paths: Iterator[Path] | list[Path]) -> Iterator[Path]:
    for number, path in enumerate(paths):
        if number >= _MOST:
            return
        yield path


def _tag() -> str:
    return str(sys.implementation.cache_tag)
