"""A project at another revision of git, as files in a folder of their own."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from model_cicd.text.errors import ModelCicdError


@dataclass(frozen=True)
class Repository:
    """The git repository that a manifest is in; `top` is the root of its working tree."""

    top: Path

    @classmethod
    def around(cls, path: Path) -> Repository:
        """The repository that `path` is in. Raises ModelCicdError when it is in none."""
        folder = path if path.is_dir() else path.parent
        try:
            found = _git(folder, "rev-parse", "--show-toplevel")
        except _GitError as error:
            raise ModelCicdError(
                f"{path}: there is no git repository around it ({error}): say what to compare it with, "
                "--against MANIFEST or --against aws"
            ) from None
        return cls(Path(found.decode().strip()))

    def default(self) -> str:
        """What a person compares with who says nothing: HEAD for changes that are not committed, else its parent."""
        return "HEAD" if self.dirty() else "HEAD^"

    def dirty(self) -> bool:
        """Whether anything differs from HEAD, new files included."""
        return bool(_git(self.top, "status", "--porcelain").strip())

    def commit(self, revision: str) -> str:
        """The commit that a revision names. Raises ModelCicdError when there is none."""
        try:
            return (
                _git(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
                .decode()
                .strip()
            )
        except _GitError:
            hint = ""
            if revision == "HEAD^":
                hint = "; a clone that is not whole lacks it: fetch it (fetch-depth: 2 in a workflow), or say --against"
            message = f"--against: got {revision!r}, expected a revision of git, a manifest or aws{hint}"
            raise ModelCicdError(message) from None

    def same(self, commit: str) -> bool:
        """Whether the working tree is what it was at `commit`."""
        if self.dirty():
            return False
        trees = _git(self.top, "rev-parse", f"{commit}^{{tree}}", "HEAD^{tree}").split()
        return trees[0] == trees[1]

    def write(self, commit: str, target: Path) -> None:
        """Write all files of a commit below `target`. Raises ModelCicdError when git cannot."""
        try:
            archive = _git(self.top, "archive", "--format=tar", commit)
        except _GitError as error:
            raise ModelCicdError(f"git archive {commit}: {error}") from None
        with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
            # the user's own repository: links in it may lead anywhere, as they do in its working tree
            opened.extractall(target, filter="tar")

    def relative(self, path: Path) -> Path:
        """A path of the working tree from its root."""
        return path.resolve().relative_to(self.top.resolve())


class _GitError(Exception):
    pass


def _git(folder: Path, *arguments: str) -> bytes:
    # what belongs to a repository of another process (a hook, `rebase --exec`) must not lead there
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        ended = subprocess.run(["git", *arguments], cwd=folder, env=env, capture_output=True, check=False)
    except OSError as error:
        raise _GitError(f"git: {error.strerror}") from None
    if ended.returncode:
        raise _GitError(" ".join(ended.stderr.decode(errors="replace").split()) or f"exit code {ended.returncode}")
    return ended.stdout
