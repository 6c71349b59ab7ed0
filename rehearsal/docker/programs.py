"""What RUN starts: uv in the place of pip, and a few programs that change files."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from rehearsal.docker import tree
from rehearsal.docker.bases import Base, look_for_python
from rehearsal.docker.problems import DockerError

_IGNORED = {"--disable-pip-version-check", "--no-input", "--no-warn-script-location", "--prefer-binary", "--user",
            "--system", "--root-user-action=ignore", "--no-python-version-warning"}  # fmt: skip
_RENAMED = {"--no-cache-dir": "--no-cache", "--pre": "--prerelease=allow", "--force-reinstall": "--reinstall"}
_SAID = 1500  # characters of an error


class Work:
    """Carries out what RUN asks for. `python` is the one that stands in for images without a version of their own."""

    def __init__(self, uv: str, python: str) -> None:
        self.uv, self._python = uv, python

    def python(self, root: Path, base: Base) -> None:
        """A virtual environment where the images of Python have theirs."""
        found = self._found(base.version) or self._python
        home = root / tree.PYTHON_HOME
        home.parent.mkdir(parents=True, exist_ok=True)
        self._do([self.uv, "venv", "--quiet", "--relocatable", "--python", found, str(home)], root, os.environ)

    def pip(self, root: Path, workdir: Path, words: list[str], environment: Mapping[str, str]) -> None:
        """`pip install` and `pip uninstall`, by uv, into the root."""
        verb, *rest = [word for word in words if word not in _IGNORED]
        python = str(root / tree.PYTHON_HOME / "bin" / "python")
        given = {name: value for name, value in environment.items() if name != "PATH"}
        command = [self.uv, "pip", verb, "--quiet", "--python", python, "--link-mode=copy"]
        rest = [_RENAMED.get(word, word) for word in rest if not (verb == "uninstall" and word in ("-y", "--yes"))]
        self._do([*command, *rest], workdir, {**given, **os.environ})

    def files(self, command: list[str]) -> None:
        """As it stands."""
        self._do(command, Path("/"), os.environ)

    def _found(self, version: str | None) -> str | None:
        if version is None:
            return None
        found = subprocess.run(
            look_for_python(self.uv, version),
            capture_output=True,
            text=True,
            check=False,
        )
        return found.stdout.strip() if found.returncode == 0 else None

    def _do(self, command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> None:
        if shutil.which(command[0]) is None:
            raise DockerError(f"{command[0]}: not installed on this machine")
        done = subprocess.run(command, cwd=cwd, env=dict(environment), capture_output=True, text=True, check=False)
        if done.returncode:
            said = (done.stderr or done.stdout).strip()[-_SAID:]
            raise DockerError(f"{Path(command[0]).name}: exit code {done.returncode}: {said}")
