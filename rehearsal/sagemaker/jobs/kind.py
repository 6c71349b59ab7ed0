"""What the kinds of jobs have in common, and what each must say for itself."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from rehearsal.api import Params, invalid, unsupported
from rehearsal.named import Scope
from rehearsal.paths import inside
from rehearsal.sagemaker import listing
from rehearsal.sagemaker.images import Image
from rehearsal.sagemaker.jobs.failure import JobError, shorten
from rehearsal.sagemaker.jobs.joblog import JobLog
from rehearsal.sagemaker.jobs.state import Job
from rehearsal.sagemaker.jobs.transfer import Transfer

ROOT = PurePosixPath("/opt/ml")
ENDED = ("Completed", "Failed", "Stopped")

Refused = Mapping[str, tuple[Any, ...]]
"""Key paths of a request (`A.B[].C`) -> the only values the embedded AWS supports there; none: not even the member."""


@dataclass(frozen=True)
class Run:
    """A running job: its directories, its data and its log. `ml` is what the container sees at /opt/ml."""

    job: Job
    ml: Path
    transfer: Transfer
    log: JobLog

    def path(self, container_path: str) -> Path:
        """Where a path below /opt/ml really is. Raises JobError when the container put a link there."""
        found = inside(self.ml, str(PurePosixPath(container_path).relative_to(ROOT)))
        if found.resolve() != self.ml.resolve() / found.relative_to(self.ml):
            raise JobError(f"ClientError: {container_path} leads out of the container")
        return found

    def write(self, container_path: str, content: Any) -> None:
        """Write a JSON file that the container reads."""
        path = self.path(container_path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")


class JobKind(ABC):
    """One kind of job; its operations are Create/Describe/Stop`kind`Job and List`kind`Jobs."""

    kind: ClassVar[str]
    application: ClassVar[str] = ""  # the member of a request that has the container's entry point
    tells: ClassVar[str] = ""  # the member of Describe that says why a job stopped
    takes_role: ClassVar[bool] = True  # whether its request has a RoleArn
    arn_kind: ClassVar[str]
    log_group: ClassVar[str]
    refused: ClassVar[Refused]

    @abstractmethod
    def image_uri(self, scope: Scope, request: Params) -> str:
        """The image. Raises ApiError when the request names none."""

    def role(self, scope: Scope, request: Params) -> str:
        """The role (an ARN) that the job acts as."""
        return str(request["RoleArn"])

    @abstractmethod
    def check(self, request: Params) -> None:
        """What the service refuses beyond shapes. Raises ApiError ValidationException."""

    def check_image(self, request: Params, image: Image) -> None:  # noqa: B027 - most kinds refuse nothing
        """What the service refuses of a request with this image."""

    def begin(self, job: Job) -> Params:
        """What Describe shows of a new job besides its request."""
        moment = listing.now()
        named = {f"{self.kind}JobArn": job.arn, f"{self.kind}JobStatus": "InProgress"}
        return named | {"CreationTime": moment, "LastModifiedTime": moment}

    @abstractmethod
    def prepare(self, run: Run) -> tuple[list[str], dict[str, str]]:
        """Bring the data; the container's command and variables. Raises JobError."""

    @abstractmethod
    def finish(self, run: Run) -> None:
        """Take the results of a container that ended well. Raises JobError."""

    def move(self, job: Job, status: str, phase: str, message: str = "") -> None:
        """Set the status the API shows and its times; `phase` is one of training's secondary statuses."""
        moment = listing.now()
        with job.lock:
            job.shown |= {f"{self.kind}JobStatus": status, "LastModifiedTime": moment}
            if phase == "Training":
                job.shown[f"{self.kind}StartTime"] = moment
            if status in ENDED:
                job.shown[f"{self.kind}EndTime"] = moment
            if status == "Failed":
                job.shown["FailureReason"] = shorten(message)
            elif message and self.tells:
                job.shown[self.tells] = shorten(message)

    def isolated(self, request: Params) -> bool:
        """Whether the container has no network."""
        return bool(request.get("EnableNetworkIsolation", False))


def refuse(request: Params, refused: Refused, operation: str) -> None:
    """Raise ApiError for the first member that the embedded AWS does not support, by its name."""
    for path, allowed in refused.items():
        for value in _values(request, path.split(".")):
            if value not in allowed:
                instead = f": got {value!r}, it can do {', '.join(map(repr, allowed))} only" if allowed else ""
                raise unsupported(f"{operation} {path}{instead}")


def no_empty_texts(application: Params) -> None:
    """A container's command has no empty texts. Raises ApiError ValidationException in the service's words.

    https://github.com/aws/sagemaker-python-sdk/issues/3758; that it is so for training jobs too is not documented.
    """
    for name in ("ContainerArguments", "ContainerEntrypoint"):
        for index, text in enumerate(application.get(name, [])):
            if not text:
                raise invalid(
                    f"Found null or empty string in {name} at index {index}. ContainerArguments and "
                    "ContainerEntrypoint may not contain null or empty strings."
                )


def container_path(path: str, below: str, member: str) -> None:
    """`path` must be a clean absolute path below `below`. Raises ApiError ValidationException."""
    pure = PurePosixPath(path)
    if ".." in pure.parts or not pure.is_relative_to(below) or path.rstrip("/") == below:
        raise invalid(f"{member}: got {path!r}, expected an absolute path below {below}/")


def _values(value: Any, keys: list[str]) -> list[Any]:
    if not keys:
        return [value]
    name = keys[0].removesuffix("[]")
    if not isinstance(value, dict) or name not in value:
        return []
    part = value[name]
    return [found for item in (part if keys[0].endswith("[]") else [part]) for found in _values(item, keys[1:])]
