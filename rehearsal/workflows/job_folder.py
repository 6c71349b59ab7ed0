"""The file system of one job's runner: workspace, temporary files, tool cache and a HOME of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

from rehearsal.confinement.cage import Confinement
from rehearsal.paths import below, open_inside, text_inside
from rehearsal.workflows.file_commands import FILES

_TEXT = 10 << 20  # bytes of a file that a step writes for its runner


@dataclass(frozen=True)
class StepFiles:
    """The files of one step by kind, and its script."""

    paths: dict[str, Path]

    def variables(self) -> dict[str, str]:
        """Where they are, for the step."""
        return {FILES[kind]: str(path) for kind, path in self.paths.items()}


class JobFolder:
    """Below `root`. What steps run writes into `writable`; what is written for them goes to a folder held open.

    So nothing that they put in its place leads elsewhere. Files are read from the folders that cages show, which
    nobody in one can replace: the workspace is no such folder.
    """

    def __init__(self, root: Path, repository: str, confinement: Confinement) -> None:
        self.root = root
        self._confinement = confinement
        name = repository.rpartition("/")[2]
        self._work = work = root / "work"
        self.workspace = below(work, name, name)
        self.temp = work / "_temp"
        self.tools = root / "tools"
        self.home = root / "home"
        self.temporary = root / "tmp"
        self._control = root / "control"
        self.writable = (work, self.tools, self.home, self._control)
        for path in (self.workspace, self.temp, self.tools, self.home, self.temporary, self._control):
            path.mkdir(parents=True)
        self.temporary.chmod(0o1777)
        self._folder = os.open(self._control, os.O_RDONLY | os.O_DIRECTORY)

    def write(self, name: str, content: str | bytes) -> Path:
        """A new file for what runs in the cage; `name` gets something unique in front."""
        name = f"{uuid.uuid4()}{name}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        data = content.encode() if isinstance(content, str) else content
        with os.fdopen(os.open(name, flags, 0o600, dir_fd=self._folder), "wb") as file:
            os.fchmod(file.fileno(), 0o644)  # whatever our umask is
            ids = self._confinement.protections.ids
            if ids:
                os.fchown(file.fileno(), ids[0], ids[0])
            file.write(data)
        return self._control / name

    def step_files(self) -> StepFiles:
        """Empty files for one step."""
        return StepFiles({kind: self.write(f"_{kind}", "") for kind in FILES})

    def text(self, path: Path) -> str:
        """What a step wrote into one of its files."""
        return text_inside(self._control, path, _TEXT)

    def workspace_text(self, path: str) -> str:
        """A text file of the workspace; "" when there is none, or it leads out."""
        return text_inside(self._work, self.workspace / path)

    def read(self, path: Path) -> bytes:
        """A file that a tool of ours made in the folder of `write`. Raises OSError or UnsafeName."""
        with open_inside(self._control, path) as file:
            return file.read()

    def remove(self) -> None:
        """All of it."""
        with contextlib.suppress(OSError):
            os.close(self._folder)
        shutil.rmtree(self.root, ignore_errors=True)
