"""Base images: which of them a Python of this machine stands in for."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from rehearsal.docker.problems import DockerError

_PYTHON = re.compile(
    r"(docker\.io/library/|public\.ecr\.aws/docker/library/)?python:(?P<version>3\.\d+)(\.\d+)?(-(slim|bullseye|bookworm|trixie|slim-\w+))?"
    r"(@sha256:[0-9a-f]{64})?"
)
_AWS = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/sagemaker-(scikit-learn|xgboost):[^@]+")


@dataclass(frozen=True)
class Base:
    """A base image; `version` is the Python that it has, None for the one that the embedded AWS runs in."""

    name: str
    version: str | None


def base_of(name: str, mapped: Collection[str]) -> Base:
    """What `FROM name` begins with. `mapped` are the images that `--image` names. Raises DockerError for others."""
    plain = re.sub(r"([:@][^/]*)$", "", name)
    if name in mapped or plain in mapped or _AWS.fullmatch(name):
        return Base(name, None)
    found = _PYTHON.fullmatch(name)
    if found:
        return Base(name, found["version"])
    raise DockerError(
        f"FROM {name}: nothing stands in for this image in the rehearsal: it knows python:3.x, python:3.x-slim and "
        f"AWS's sagemaker-scikit-learn and sagemaker-xgboost. Name a Python that has what it has: --image {name}=PYTHON"
    )


def look_for_python(uv: str, version: str) -> list[str]:
    """The command that prints where the machine has a Python of a version, and fails where it has none."""
    return [uv, "python", "find", "--no-project", "--system", version]
