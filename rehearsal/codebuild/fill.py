"""Fills the shared caches with what builds needed, from the registries themselves."""

from __future__ import annotations

import fcntl
import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rehearsal.codebuild.caches import Caches, Fetched
from rehearsal.codebuild.tools import pip
from rehearsal.confinement.cage import Cage, Confinement
from rehearsal.process import Processes

log = logging.getLogger(__name__)

_SECONDS = 900
# the Python packages whose code is run to let jsii unpack them: AWS's own, by exact name
_TRUSTED = {"aws-cdk-lib": "aws_cdk", "constructs": "constructs", "cdk-nag": "cdk_nag"}
_COMPILE = """
import importlib.util, os, py_compile, sys
for line in sys.stdin:
    path = os.path.join(sys.argv[1], line.rstrip("\\n"))
    if os.path.isfile(path) and not os.path.exists(importlib.util.cache_from_source(path)):
        py_compile.compile(path, quiet=2)
"""


class Filler:
    """Adds to the shared caches, one rehearsal at a time. `python` and `tools` are the programs it uses."""

    def __init__(
        self, caches: Caches, processes: Processes, confinement: Confinement, *, python: str, tools: Path, scratch: Path
    ) -> None:
        self._caches = caches
        self._processes = processes
        self._confinement = confinement
        self._python = python
        self._tools = tools
        self._scratch = scratch

    def fill(self, wanted: Fetched, variables: Mapping[str, str]) -> None:
        """Bring what a build needed; `variables` are of this program, not of the build.

        Only wheels are installed, so that nothing of what is named is run; what cannot be had is left out.
        """
        if wanted == Fetched():
            return
        self._scratch.mkdir(parents=True, exist_ok=True)
        with self._alone(), tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            work = Path(folder)
            write = (self._caches.root, work)
            cage = Cage(self._confinement, write, work / "tmp", read=(self._tools,))
            home = {"HOME": str(work), "TMPDIR": str(work / "tmp"), "UV_LINK_MODE": "symlink"}
            run = _Runner(self._processes, cage, work, cage.environment(pip.with_settings(dict(variables) | home)))
            for together in wanted.wheels:
                self._wheels(run, together)
            for package in wanted.npm:
                run(["npm", "cache", "add", package])
            self._unpack(run, wanted.jsii)
            if wanted.modules:
                lines = "\n".join(wanted.modules).encode()
                run([self._python, "-I", "-S", "-c", _COMPILE, str(self._caches.root / "uv")], lines)

    def _wheels(self, run: _Runner, wheels: Sequence[str]) -> None:
        with tempfile.TemporaryDirectory(dir=run.cwd) as folder:
            target = Path(folder)
            self._confinement.give(target)
            install = ["uv", "pip", "install", "--quiet", "--only-binary", ":all:", "--python", self._python]
            if run([*install, "--target", f"{target}/all", *wheels]):
                return
            for number, wheel in enumerate(wheels):  # one that is no wheel must not keep out the others
                run([*install, "--no-deps", "--target", f"{target}/{number}", wheel])

    def _unpack(self, run: _Runner, packages: Sequence[str]) -> None:
        """Let jsii itself unpack and index what it is asked for, of the packages that are trusted."""
        wanted = dict(package.rsplit("/", 1)[0].rsplit("/", 1) for package in packages)
        known = {name: version for name, version in wanted.items() if name in _TRUSTED}
        if not known:
            return
        python = str(run.cwd / "venv" / "bin" / "python")
        names = [f"{name}=={version}" for name, version in known.items()]
        imports = "; ".join(f"import {_TRUSTED[name]}" for name in known)
        if run(["uv", "venv", "--quiet", "--python", self._python, str(run.cwd / "venv")]):
            install = ["uv", "pip", "install", "--quiet", "--only-binary", ":all:", "--python", python, *names]
            if run([*install, "--offline"]) or run(install):
                run([python, "-I", "-c", imports])

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._caches.root / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


class _Runner:
    def __init__(self, processes: Processes, cage: Cage, cwd: Path, env: Mapping[str, str]) -> None:
        self.cwd = cwd
        self._processes = processes
        self._cage = cage
        self._env = env

    def __call__(self, command: Sequence[str], stdin: bytes = b"") -> bool:
        """Whether the command did what it should."""
        caged = self._cage.command(command, self.cwd)
        done = self._processes.communicate(caged, cwd=self.cwd, env=self._env, stdin=stdin, timeout=_SECONDS)
        if done.code:
            log.info("%s: %s", " ".join(command[:4]), done.stderr.decode(errors="replace")[-500:])
        return done.code == 0
