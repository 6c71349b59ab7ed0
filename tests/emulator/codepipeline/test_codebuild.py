"""CodeBuild actions: real builds on the artifacts of a pipeline."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Lab, action, approval, stage


@pytest.fixture(scope="module")
def project(lab: Lab) -> str:
    """A project whose buildspec is in the source."""
    role = lab.role("build", {"Service": "codebuild.amazonaws.com"})
    lab.client("codebuild").create_project(
        name="build",
        serviceRole=role,
        source={"type": "CODEPIPELINE"},
        artifacts={"type": "CODEPIPELINE"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
    )
    return "build"


BUILDSPEC: dict[str, Any] = {
    "version": 0.2,
    "env": {"exported-variables": ["VERDICT"]},
    "phases": {
        "build": {
            "commands": [
                'test -f words.txt && echo "$GREETING from $CODEBUILD_RESOLVED_SOURCE_VERSION" > greeting.txt',
                'export VERDICT="good-$(cat words.txt)"',
            ]
        }
    },
    "artifacts": {"files": ["greeting.txt", "words.txt"]},
}


def build(project: str, **configuration: str) -> dict[str, Any]:
    environment = json.dumps([{"name": "GREETING", "value": "#{SourceVariables.BranchName}", "type": "PLAINTEXT"}])
    given = {"ProjectName": project, "EnvironmentVariables": environment, **configuration}
    return action("Build", "Build", "CodeBuild", given, into=["src"], out=["built"], namespace="Built")


@pytest.mark.slow
def test_a_build_reads_the_source_and_gives_artifacts_and_variables(lab: Lab, project: str) -> None:
    commit = lab.commit("built", "main", {"buildspec.yml": json.dumps(BUILDSPEC), "words.txt": "hello"})
    gate = stage("Gate", approval(CustomData="#{Built.VERDICT}"))
    execution = lab.create("built", lab.source("built"), stage("Build", build(project)), gate, first="")
    lab.token("built", "Gate", "Approve")
    found = lab.actions("built", execution)
    assert found["Approve"]["input"]["resolvedConfiguration"]["CustomData"] == "good-hello"
    output = found["Build"]["output"]
    where = output["outputArtifacts"][0]["s3location"]
    assert where["key"].startswith("built/built/")
    assert lab.unzip(where) == {"greeting.txt": f"main from {commit}\n".encode(), "words.txt": b"hello"}
    assert output["executionResult"]["externalExecutionId"].startswith("build:")
    (ran,) = lab.client("codebuild").batch_get_builds(ids=[output["executionResult"]["externalExecutionId"]])["builds"]
    assert ran["initiator"] == "codepipeline/built"


@pytest.mark.slow
def test_a_broken_build_fails_the_action_with_its_command(lab: Lab, project: str) -> None:
    broken = BUILDSPEC | {"phases": {"build": {"commands": ["echo about to break", "exit 3"]}}}
    lab.commit("broken", "main", {"buildspec.yml": json.dumps(broken)})
    execution = lab.create("broken", lab.source("broken"), stage("Build", build(project)), first="Failed")
    error = lab.actions("broken", execution)["Build"]["output"]["executionResult"]["errorDetails"]
    assert error["code"] == "JobFailed"
    assert "Phase: BUILD" in error["message"]
    assert "exit 3" in error["message"]


@pytest.mark.slow
def test_a_project_that_does_not_exist(lab: Lab) -> None:
    lab.commit("noproject", "main", {"a": "1"})
    execution = lab.create("noproject", lab.source("noproject"), stage("Build", build("none")), first="Failed")
    error = lab.actions("noproject", execution)["Build"]["output"]["executionResult"]["errorDetails"]
    assert error["code"] == "ConfigurationError"
    assert "none" in error["message"]
