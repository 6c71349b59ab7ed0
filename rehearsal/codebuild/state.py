"""What the API shows: projects and builds, by account and region. Nothing here runs anything.

https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html
"""

from __future__ import annotations

import copy
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.api import Params, partition_of
from rehearsal.paths import UnsafeName
from rehearsal.ports import ArtifactTarget, Clone, S3Location

DONE = frozenset({"SUCCEEDED", "FAILED", "FAULT", "TIMED_OUT", "STOPPED"})


class BuildFailure(Exception):
    """A phase failed; code and text become the context of the phase."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass
class Phase:
    """One phase of a build. Times are epoch seconds."""

    type: str
    start: float
    end: float | None = None
    status: str | None = None
    contexts: list[dict[str, str]] = field(default_factory=list)

    def describe(self) -> Params:
        """The phase as the API shows it."""
        shown: Params = {"phaseType": self.type, "startTime": self.start}
        if self.end is not None:
            shown |= {"endTime": self.end, "durationInSeconds": int(self.end - self.start)}
            shown |= {"phaseStatus": self.status, "contexts": self.contexts or [{"statusCode": "", "message": ""}]}
        return shown


class Build:
    """One build. `settings` is the project with StartBuild's overrides applied, in the API's words.

    The thread that runs the build is the only one that changes it; others read what `describe` copies.
    """

    def __init__(self, *, account: str, region: str, number: int, settings: Params, initiator: str) -> None:
        self.account = account
        self.region = region
        self.number = number
        self.settings = settings
        self.initiator = initiator
        self.uuid = str(uuid.uuid4())
        self.project = str(settings["name"])
        self.id = f"{self.project}:{self.uuid}"
        self.start = time.time()
        self.end: float | None = None
        self.status = "IN_PROGRESS"
        self.phases: list[Phase] = []
        self.resolved_version: str | None = None
        self.exported: dict[str, str] = {}
        self.artifacts: Params = {}
        self.secondary_artifacts: list[Params] = []

    @property
    def arn(self) -> str:
        """The ARN of the build."""
        return f"arn:{partition_of(self.region)}:codebuild:{self.region}:{self.account}:build/{self.id}"

    @property
    def role(self) -> str:
        """The ARN of the service role."""
        return str(self.settings["serviceRole"])

    @property
    def source_version(self) -> str | None:
        """The source version that was asked for."""
        return self.settings.get("sourceVersion")

    @property
    def log_group(self) -> str | None:
        """The CloudWatch Logs group, None when these logs are disabled."""
        config = self.settings.get("logsConfig", {}).get("cloudWatchLogs", {})
        if config.get("status", "ENABLED") != "ENABLED":
            return None
        return str(config.get("groupName") or f"/aws/codebuild/{self.project}")

    @property
    def log_stream(self) -> str:
        """The CloudWatch Logs stream."""
        prefix = self.settings.get("logsConfig", {}).get("cloudWatchLogs", {}).get("streamName")
        return f"{prefix}/{self.uuid}" if prefix else self.uuid

    @property
    def succeeding(self) -> bool:
        """Whether no phase has failed so far."""
        return all(phase.status in (None, "SUCCEEDED") for phase in self.phases)

    def enter(self, phase_type: str) -> Phase:
        """Begin a phase."""
        phase = Phase(phase_type, time.time())
        self.phases.append(phase)
        return phase

    def describe(self) -> Params:
        """The build as BatchGetBuilds shows it."""
        settings = self.settings
        shown: Params = {
            "id": self.id,
            "arn": self.arn,
            "buildNumber": self.number,
            "startTime": self.start,
            "currentPhase": self.phases[-1].type if self.phases else "SUBMITTED",
            "buildStatus": self.status,
            "projectName": self.project,
            "phases": [phase.describe() for phase in list(self.phases)],
            "source": settings["source"],
            "secondarySources": settings.get("secondarySources", []),
            "secondarySourceVersions": settings.get("secondarySourceVersions", []),
            "artifacts": self.artifacts,
            "secondaryArtifacts": self.secondary_artifacts,
            "cache": settings["cache"],
            "environment": settings["environment"],
            "serviceRole": self.role,
            "logs": self._logs(),
            "timeoutInMinutes": settings["timeoutInMinutes"],
            "queuedTimeoutInMinutes": settings["queuedTimeoutInMinutes"],
            "buildComplete": self.status in DONE,
            "initiator": self.initiator,
            "encryptionKey": settings["encryptionKey"],
            "exportedEnvironmentVariables": [{"name": n, "value": v} for n, v in self.exported.items()],
        }
        optional = {
            "endTime": self.end,
            "sourceVersion": self.source_version,
            "resolvedSourceVersion": self.resolved_version,
            "vpcConfig": settings.get("vpcConfig"),
        }
        return copy.deepcopy(shown | {key: value for key, value in optional.items() if value is not None})

    def _logs(self) -> Params:
        config = self.settings.get("logsConfig", {})
        shown: Params = {
            "cloudWatchLogs": config.get("cloudWatchLogs", {"status": "ENABLED"}),
            "s3Logs": config.get("s3Logs", {"status": "DISABLED", "encryptionDisabled": False}),
        }
        if self.log_group:
            group, stream = (name.replace("/", "$252F") for name in (self.log_group, self.log_stream))
            shown |= {
                "groupName": self.log_group,
                "streamName": self.log_stream,
                "deepLink": (
                    f"https://console.aws.amazon.com/cloudwatch/home?region={self.region}"
                    f"#logsV2:log-groups/log-group/{group}/log-events/{stream}"
                ),
                "cloudWatchLogsArn": (
                    f"arn:{partition_of(self.region)}:logs:{self.region}:{self.account}:"
                    f"log-group:{self.log_group}:log-stream:{self.log_stream}"
                ),
            }
        return shown


@dataclass
class Region:
    """The projects and builds of one account in one region."""

    projects: dict[str, Params] = field(default_factory=dict)
    builds: dict[str, Build] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, tuple[Any, str]] = field(default_factory=dict)

    def find(self, build_id: str) -> Build | None:
        """A build by its id or ARN."""
        return self.builds.get(build_id.partition(":build/")[2] or build_id)


@dataclass(frozen=True)
class PipelineRun:
    """Where CodePipeline has the source of a build, and where its artifacts belong.

    A `patient` build leaves the cores of this machine to the others. `clone` gets the history that an artifact refers
    to, in place of files.
    """

    source: S3Location
    secondary: dict[str, S3Location]
    artifacts: tuple[ArtifactTarget, ...]
    patient: bool = False
    clone: Callable[[bytes], Clone] | None = None


def safe_path(make: Callable[[Path, str], Path], root: Path, name: str) -> Path:
    """The path that `make` gives a name of a request. Raises BuildFailure when it leads out of its directory."""
    try:
        return make(root, name)
    except UnsafeName as error:
        raise BuildFailure("CLIENT_ERROR", str(error)) from None
