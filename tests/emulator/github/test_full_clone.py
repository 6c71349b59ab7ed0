"""A build on a full clone: the history of the commit, with the build's own right to use the connection."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.codepipeline.conftest import Lab, action, approval, stage
from tests.emulator.conftest import Client

pytestmark = pytest.mark.emulator
BUILDSPEC = {
    "version": 0.2,
    "env": {"exported-variables": ["COUNT", "HEAD", "FILE"]},
    "phases": {
        "build": {
            "commands": [
                "export COUNT=$(git rev-list --count HEAD)",
                "export HEAD=$(git rev-parse HEAD)",
                "export FILE=$(cat words.txt)",
            ]
        }
    },
}


@pytest.fixture(scope="module")
def lab(client: Client) -> Lab:
    return Lab(client)


@pytest.mark.slow
def test_a_build_has_the_history_if_its_role_may_use_the_connection(world: EmbeddedAws, lab: Lab) -> None:
    files = {"buildspec.yml": json.dumps(BUILDSPEC).encode(), "words.txt": b"one"}
    repository = world.github.create("acme/cloned", files)
    sha = world.github.commit(repository, "main", {"words.txt": b"two"}, "second", login="ada")
    arn = lab.client("codeconnections").create_connection(ConnectionName="c", ProviderType="GitHub")["ConnectionArn"]
    world.services.connections.finish(arn)
    role = lab.role("build", {"Service": "codebuild.amazonaws.com"})
    environment = {"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0",
                   "computeType": "BUILD_GENERAL1_SMALL"}  # fmt: skip
    lab.client("codebuild").create_project(
        name="build", serviceRole=role, source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"},
        environment=environment,
    )  # fmt: skip
    configuration = {"ConnectionArn": arn, "FullRepositoryId": "acme/cloned", "BranchName": "main",
                     "OutputArtifactFormat": "CODEBUILD_CLONE_REF", "DetectChanges": "false"}  # fmt: skip
    source = stage("Source", action("Source", "Source", "CodeStarSourceConnection", configuration, out=["src"]))
    build = stage("Build", action("Build", "Build", "CodeBuild", {"ProjectName": "build"}, into=["src"]))
    execution = lab.create("cloned", source, build, stage("Gate", approval()), first="")
    lab.token("cloned", "Gate", "Approve")
    variables = lab.actions("cloned", execution)["Build"]["output"]["outputVariables"]
    assert (variables["COUNT"], variables["HEAD"], variables["FILE"]) == ("2", sha, "two")

    rest: dict[str, Any] = {"Effect": "Allow", "NotAction": "codeconnections:UseConnection", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [rest]})
    lab.client("iam").put_role_policy(RoleName="build", PolicyName="everything", PolicyDocument=document)
    second = lab.start("cloned")
    lab.until(lambda: lab.actions("cloned", second).get("Build", {}).get("status"), lambda each: each == "Failed", 60)
    (found,) = lab.client("codebuild").batch_get_builds(
        ids=[lab.actions("cloned", second)["Build"]["output"]["executionResult"]["externalExecutionId"]]
    )["builds"]
    said = [text["message"] for phase in found["phases"] for text in phase.get("contexts", [])]
    assert any("codeconnections:UseConnection" in text for text in said)
