"""Fills the shared caches with what builds needed, from the registries themselves."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.metadata
import logging
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rehearsal.codebuild import user_settings
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

        Wheels are installed, so that nothing of what is named is run; what cannot be had is left out.
        """
        if wanted == Fetched(left_out=wanted.left_out):
            return
        self._scratch.mkdir(parents=True, exist_ok=True)
        with self._alone(), tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            work = Path(folder)
            user_settings.copy(work)
            write = (self._caches.root, work)
            cage = Cage(self._confinement, write, read=(self._tools,))
            home = {"HOME": str(work), "TMPDIR": str(work), "UV_LINK_MODE": "symlink"}
            run = _Runner(self._processes, cage, work, cage.environment(pip.with_settings(dict(variables) | home)))
            self._build(run, wanted.sdists)
            for together in wanted.wheels:
                self._wheels(run, together, wanted.left_out)
                shutil.rmtree(work / "target", ignore_errors=True)
            for package in wanted.npm:
                run(["npm", "cache", "add", package])
            self._unpack(run, wanted.jsii)
            if wanted.modules:
                lines = "\n".join(wanted.modules).encode()
                run([self._python, "-I", "-S", "-c", _COMPILE, str(self._caches.root / "uv")], lines)

    def _wheels(self, run: _Runner, wheels: Sequence[str], left_out: Sequence[str]) -> None:
        """Wheels that fit together, without what others of them need that is built from source."""
        overrides = run.cwd / "overrides.txt"
        lines = (f"{name.partition('==')[0]} ; sys_platform == 'never'\n" for name in left_out)
        overrides.write_text("".join(lines), encoding="utf-8")
        options = ["--only-binary", ":all:", "--overrides", str(overrides), "--python", self._python]
        run(["uv", "pip", "install", "--quiet", *options, "--target", str(run.cwd / "target"), *wheels])

    def _build(self, run: _Runner, sdists: Sequence[str]) -> None:
        """Build from source what this program has itself: building runs code, which must be of somebody trusted."""
        for each in sdists:
            name, _, version = each.partition("==")
            with contextlib.suppress(importlib.metadata.PackageNotFoundError):
                if importlib.metadata.version(name) == version:
                    options = ["--no-deps", "--python", self._python, "--target", str(run.cwd / "target")]
                    run(["uv", "pip", "install", "--quiet", *options, each])

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
