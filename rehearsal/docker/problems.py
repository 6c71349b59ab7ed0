"""How a build of an image fails."""

from __future__ import annotations


class DockerError(Exception):
    """What docker, or the stand-in for it, says before it ends with exit code 1."""


class DockerfileError(DockerError):
    """Something at a line of a Dockerfile."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(f"Dockerfile:{line}: {text}")
        self.line = line
