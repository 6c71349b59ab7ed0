"""CodeBuild's metrics. https://docs.aws.amazon.com/codebuild/latest/userguide/cloudwatch_metrics-codebuild.html"""

from __future__ import annotations

from rehearsal import measured
from rehearsal.codebuild.state import Build
from rehearsal.ports import Platform


def put(platform: Platform, build: Build) -> None:
    """Count a build that ended, by its project. What goes wrong is only logged."""
    ended = {"SUCCEEDED": "SucceededBuilds"}.get(build.status, "FailedBuilds")
    values = [("Builds", 1.0, "Count"), ("Duration", (build.end or build.start) - build.start, "Seconds")]
    values += [(ended, 1.0, "Count")] if build.status != "STOPPED" else []
    measured.put(platform, (build.account, build.region), "AWS/CodeBuild", {"ProjectName": build.project}, values)
