"""Which Python stands in for a container image: the one this runs with, or one with a step's own packages."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import re
import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from rehearsal.api import invalid
from rehearsal.docker.bases import base_of, look_for_python
from rehearsal.docker.problems import DockerError
from rehearsal.process import Processes, base_environment, base_python
from rehearsal.sagemaker import images
from rehearsal.sagemaker.images import Image
from rehearsal.sagemaker.jobs.programs import find_uv

_BUILT_IN = re.compile(rf"amazonaws\.com(\.cn)?/({images.XGBOOST}[:@]|{images.SCIKIT_LEARN}[:@]|{images.ANALYZER})")
# https://github.com/aws/deep-learning-containers/blob/master/available_images.md
_PYTORCH = re.compile(r"amazonaws\.com(\.cn)?/pytorch-(inference|training):(?P<version>[\w.-]+)")
_STAND_IN = re.compile(r"^\w+:\d")
_LIBRARIES = {"xgboost": ("xgboost", "xgboost-cpu"), "sklearn": ("scikit-learn",)}
_INSTALL_SECONDS = 1800


class Runtimes:
    """Images -> Pythons. Thread-safe.

    `mapped` are the user's own images: URI, with or without tag -> a Python, or an image of AWS (`xgboost:1.7-1`).
    `requirements` are files by step name. With `others` this Python runs every other image of the user's, else it is
    refused. `say` gets a line for each new choice.
    """

    def __init__(
        self,
        processes: Processes,
        mapped: Mapping[str, str],
        requirements: Mapping[str, Path],
        scratch: Path,
        say: Callable[[str], None],
        *,
        others: bool,
    ) -> None:
        self._mapped = mapped
        self._others = others
        self._processes = processes
        self._requirements = requirements
        self._scratch = scratch
        self._say = say
        self._lock = threading.Lock()
        self._said: set[tuple[str, Path]] = set()

    def image(self, uri: str, region: str, step: str | None) -> Image:
        """What runs in place of `uri` in a job of `step`.

        Raises ApiError ValidationException for an address that AWS could not pull, for an image that nothing stands in
        for, and for packages that cannot be installed.
        """
        known = self._known(uri, region)
        file = self._requirements.get(step or "")
        with self._lock:
            python = self._environment(file) if file else known.python
            found = replace(known, python=python)
            if (uri, python) not in self._said:
                self._said.add((uri, python))
                self._say(f"image {uri} -> {python}{self._which(found, file)}")
        return found

    def base(self, name: str, region: str) -> Image:
        """What stands in for the base image of one that was built here. Raises ApiError as `image` does."""
        try:
            version = base_of(name, self._mapped).version
        except DockerError as error:
            raise invalid(str(error)) from None
        return self._known(name, region) if version is None else Image(name, self._interpreter(version))

    def _interpreter(self, version: str) -> Path:
        """The Python of a version, or the one that this runs in where the machine has none: as builds choose it."""
        uv = find_uv()
        if uv:
            environment = base_environment() | {"HOME": os.environ.get("HOME", str(self._scratch))}
            found = self._processes.communicate(look_for_python(uv, version), cwd=self._scratch, env=environment)
            if found.code == 0:
                return Path(found.stdout.decode().strip())
        return Path(base_python())

    def _known(self, uri: str, region: str) -> Image:
        name = self._mapped.get(uri) or self._mapped.get(re.sub(r"([:@][^/]*)$", "", uri))
        if name and not _STAND_IN.match(name):
            pytorch = _PYTORCH.search(uri)
            return Image(uri, Path(name), *((images.PYTORCH, pytorch["version"]) if pytorch else ()))
        if name:
            framework, _, version = name.partition(":")
            return Image(uri, Path(sys.executable), framework, version)
        if self._others and not _BUILT_IN.search(uri):
            return Image(uri, Path(sys.executable))
        return images.resolve(uri, region)

    def _which(self, image: Image, file: Path | None) -> str:
        if file:
            return f" (the packages of {file})"
        names = _LIBRARIES.get(image.framework or "", ())
        for name in names:
            try:
                return f" ({names[0]} {importlib.metadata.version(name)} for {image.version})"
            except importlib.metadata.PackageNotFoundError:
                continue
        return f" (without {names[0]})" if names else ""

    def _environment(self, file: Path) -> Path:
        """The Python of a virtual environment with exactly what `file` names; kept for the next time."""
        content = file.read_bytes()
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        name = hashlib.sha256(content + version.encode() + sys.prefix.encode()).hexdigest()[:16]
        home = cache_directory() / "environments" / name
        if not (home / "bin" / "python").exists():
            self._install(file, home)
        return home / "bin" / "python"

    def _install(self, file: Path, home: Path) -> None:
        self._say(f"installing the packages of {file}")
        uv = _uv()
        home.parent.mkdir(parents=True, exist_ok=True)
        made = home.with_name(f"{home.name}-{os.getpid()}")
        python = str(made / "bin" / "python")
        for command in (
            [uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, str(made)],
            [uv, "pip", "install", "--quiet", "--python", python, "-r", str(file.resolve())],
        ):
            environment = base_environment() | {"HOME": os.environ.get("HOME", str(self._scratch))}
            done = self._processes.communicate(
                command, cwd=file.resolve().parent, env=environment, timeout=_INSTALL_SECONDS
            )
            if done.code:
                shutil.rmtree(made, ignore_errors=True)
                raise invalid(f"cannot install {file}: {done.stderr.decode(errors='replace').strip()[-1500:]}")
        if not home.exists():
            made.rename(home)


def cache_directory() -> Path:
    """The user's cache folder of the rehearsal."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "rehearsal"


def _uv() -> str:
    found = find_uv()
    if not found:
        raise invalid("uv is missing, which installs the packages of --requirements (pip install uv)")
    return found
