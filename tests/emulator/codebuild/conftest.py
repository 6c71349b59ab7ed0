"""A service role, and builds that are waited for."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from rehearsal.codebuild import build_logs
from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.roles import almighty

ACCOUNT = "111111111111"
REGION = "us-east-1"
ENVIRONMENT = {
    "type": "LINUX_CONTAINER",
    "image": "aws/codebuild/standard:7.0",
    "computeType": "BUILD_GENERAL1_SMALL",
}


def service_role(world: EmbeddedAws, account: str = ACCOUNT, name: str = "build", service: str = "codebuild") -> str:
    """The ARN of a role that trusts a service; made when it is new."""
    iam = world.client("iam", account=account, region=REGION)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    try:
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return almighty(iam, name, policy)
    except iam.exceptions.EntityAlreadyExistsException:
        return str(iam.get_role(RoleName=name)["Role"]["Arn"])


class Builder:
    """Projects and builds of one account, over the API."""

    def __init__(self, world: EmbeddedAws) -> None:
        self.world = world
        self.role = service_role(world)
        self.api = world.client("codebuild", account=ACCOUNT, region=REGION)
        self._number = 0

    def project(self, buildspec: str | None = None, **members: Any) -> str:
        """Create a project and give back its name."""
        self._number += 1
        name = members.pop("name", f"project-{self._number}-{time.monotonic_ns()}")
        source = {"type": "NO_SOURCE"} | ({"buildspec": buildspec} if buildspec else {})
        arguments: dict[str, Any] = {
            "name": name,
            "source": source,
            "artifacts": {"type": "NO_ARTIFACTS"},
            "environment": ENVIRONMENT,
            "serviceRole": self.role,
        }
        self.api.create_project(**arguments | members)
        return str(name)

    def wait(self, build_id: str, seconds: float = 120) -> dict[str, Any]:
        """The build, when it is complete."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            build: dict[str, Any] = self.api.batch_get_builds(ids=[build_id])["builds"][0]
            if build["buildComplete"]:
                return build
            time.sleep(0.05)
        raise AssertionError(f"{build_id} is still {build['currentPhase']} after {seconds} s: {self.log(build)}")

    def run(self, buildspec: str | None = None, start: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
        """Create a project, run one build and give it back when it is complete."""
        name = self.project(buildspec, **members)
        return self.wait(self.api.start_build(projectName=name, **start or {})["build"]["id"])

    def log(self, build: dict[str, Any]) -> str:
        """The log file of a build."""
        return next(log for log in build_logs(self.world.directory) if log.id == build["id"]).path.read_text()

    def output(self, build: dict[str, Any]) -> list[str]:
        """The lines that the commands of a build wrote."""
        return [line for line in self.log(build).splitlines() if not line.startswith(("[Container]", "[rehearsal]"))]


@pytest.fixture(scope="module")
def builder(world: EmbeddedAws) -> Builder:
    return Builder(world)


def phases(build: dict[str, Any]) -> dict[str, str]:
    """The status of each phase that was entered."""
    return {phase["phaseType"]: phase.get("phaseStatus", "") for phase in build["phases"]}


def context(build: dict[str, Any], phase_type: str) -> dict[str, str]:
    """What a phase says about its failure."""
    phase = next(phase for phase in build["phases"] if phase["phaseType"] == phase_type)
    found: dict[str, str] = phase["contexts"][0]
    return found
