"""The whole way: `git push`, rule, pipeline, build."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.process import base_environment

from .conftest import ACCOUNT, ROLE, Lab, approval, stage


@pytest.mark.slow
def test_a_push_starts_its_pipeline_within_a_second_or_two(world: EmbeddedAws, lab: Lab, tmp_path: Path) -> None:
    lab.commit("pushed", "main", {"a": "1"})
    first = lab.create("pushed", lab.source("pushed"), stage("Gate", approval()), first="")
    lab.decide("pushed", "Gate", "Approve", "Approved")
    lab.ended("pushed", first)
    events = lab.client("events")
    pattern = {"source": ["aws.codecommit"], "detail": {"referenceName": ["main"], "repositoryName": ["pushed"]}}
    events.put_rule(Name="pushed", EventPattern=json.dumps(pattern))
    target = {"Id": "p", "Arn": f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:pushed", "RoleArn": ROLE}
    events.put_targets(Rule="pushed", Targets=[target])
    env = base_environment() | world.client_environment(ACCOUNT, "us-east-1") | {"HOME": str(tmp_path)}

    def git(*command: str) -> str:
        done = subprocess.run(
            ["git", *command], cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    git("clone", "-q", "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/pushed", ".")
    (tmp_path / "a").write_text("2")
    git("commit", "-q", "-a", "-m", "by hand")
    git("push", "-q", "origin", "HEAD:main")
    pushed = time.monotonic()
    found = lab.until(lambda: lab.executions("pushed"), lambda each: len(each) == 2)
    assert time.monotonic() - pushed < 2
    lab.token("pushed", "Gate", "Approve")
    (revision,) = lab.get("pushed", found[0]["pipelineExecutionId"])["artifactRevisions"]
    assert revision["revisionId"] == git("rev-parse", "HEAD")
    assert revision["revisionSummary"] == "by hand\n"
