"""What the tests of pipelines share: a bucket, a role, a repository, and ways to declare and watch a pipeline."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.roles import almighty

ACCOUNT = "111111111111"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pipeline"
ENDED = ("Succeeded", "Failed", "Stopped", "Superseded")


class Lab:
    """One account's clients and the few calls the tests repeat."""

    def __init__(self, client: Callable[..., Any]) -> None:
        self.client = client
        self.pipelines = client("codepipeline")
        self.codecommit = client("codecommit")
        self.s3 = client("s3")
        self.bucket = "artifacts-of-the-pipelines"
        self.s3.create_bucket(Bucket=self.bucket)
        self.role("pipeline", {"Service": ["codepipeline.amazonaws.com", "events.amazonaws.com"]})

    def role(self, name: str, principal: dict[str, Any], account: str = ACCOUNT) -> str:
        """Make a role that trusts `principal` and return its ARN."""
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return almighty(self.client("iam", account), name, trust)

    def commit(self, repository: str, branch: str, files: dict[str, str], message: str = "change") -> str:
        """A commit by the API; the repository is made when it is new."""
        names = [each["repositoryName"] for each in self.codecommit.list_repositories()["repositories"]]
        if repository not in names:
            self.codecommit.create_repository(repositoryName=repository)
        branches = self.codecommit.list_branches(repositoryName=repository)["branches"]
        parent: dict[str, str] = {}
        if branches and branch not in branches:
            first = self.codecommit.get_branch(repositoryName=repository, branchName=branches[0])["branch"]["commitId"]
            self.codecommit.create_branch(repositoryName=repository, branchName=branch, commitId=first)
        if branches:
            tip = self.codecommit.get_branch(repositoryName=repository, branchName=branch)["branch"]["commitId"]
            parent = {"parentCommitId": tip}
        puts = [{"filePath": path, "fileContent": text.encode()} for path, text in files.items()]
        made = self.codecommit.create_commit(
            repositoryName=repository, branchName=branch, putFiles=puts, commitMessage=message, **parent
        )
        return str(made["commitId"])

    def source(self, repository: str, branch: str = "main", polls: str = "false") -> dict[str, Any]:
        """A stage with a CodeCommit source; its artifact is `src`, its namespace `SourceVariables`."""
        configuration = {"RepositoryName": repository, "BranchName": branch, "PollForSourceChanges": polls}
        return stage(
            "Source", action("Source", "Source", "CodeCommit", configuration, out=["src"], namespace="SourceVariables")
        )

    def create(self, name: str, *stages: dict[str, Any], first: str = "Succeeded", **more: Any) -> str:
        """Make a pipeline; its first execution (AWS starts one) must end as `first` says ("": do not wait)."""
        store = {"type": "S3", "location": self.bucket}
        pipeline = {"name": name, "roleArn": ROLE, "artifactStore": store, "stages": list(stages), **more}
        pipeline = {name: value for name, value in pipeline.items() if value is not None}
        self.pipelines.create_pipeline(pipeline=pipeline)
        (execution,) = self.executions(name)
        if first:
            assert self.ended(name, execution["pipelineExecutionId"])["status"] == first
        return str(execution["pipelineExecutionId"])

    def start(self, name: str, **more: Any) -> str:
        """Start an execution."""
        return str(self.pipelines.start_pipeline_execution(name=name, **more)["pipelineExecutionId"])

    def executions(self, name: str) -> list[dict[str, Any]]:
        """The executions, newest first."""
        return list(self.pipelines.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"])

    def get(self, name: str, execution: str) -> dict[str, Any]:
        """One execution."""
        found = self.pipelines.get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution)
        return dict(found["pipelineExecution"])

    def ended(self, name: str, execution: str, seconds: float = 30) -> dict[str, Any]:
        """The execution, once it ended."""
        return dict(self.until(lambda: self.get(name, execution), lambda found: found["status"] in ENDED, seconds))

    def actions(self, name: str, execution: str) -> dict[str, dict[str, Any]]:
        """The last run of each action of an execution."""
        chosen = {"latestInPipelineExecution": {"pipelineExecutionId": execution, "startTimeRange": "Latest"}}
        found = self.pipelines.list_action_executions(pipelineName=name, filter=chosen)["actionExecutionDetails"]
        return {each["actionName"]: each for each in found}

    def reached(self, name: str, execution: str, action_name: str) -> dict[str, dict[str, Any]]:
        """The runs of an execution's actions, as soon as one of them has begun."""
        return dict(self.until(lambda: self.actions(name, execution), lambda found: action_name in found))

    def state(self, name: str, stage_name: str, action_name: str) -> dict[str, Any]:
        """The latest execution of an action as GetPipelineState has it."""
        for each in self.pipelines.get_pipeline_state(name=name)["stageStates"]:
            for found in each["actionStates"]:
                if (each["stageName"], found["actionName"]) == (stage_name, action_name):
                    return dict(found.get("latestExecution") or {})
        raise AssertionError(f"no action {action_name}")

    def token(self, name: str, stage_name: str, action_name: str) -> str:
        """The token of a pending approval, once it is there."""
        found = self.until(lambda: self.state(name, stage_name, action_name), lambda each: "token" in each)
        return str(found["token"])

    def decide(self, name: str, stage_name: str, action_name: str, status: str, summary: str = "") -> None:
        """Approve or reject."""
        self.pipelines.put_approval_result(
            pipelineName=name,
            stageName=stage_name,
            actionName=action_name,
            token=self.token(name, stage_name, action_name),
            result={"status": status, "summary": summary},
        )

    def until(self, look: Callable[[], Any], good: Callable[[Any], bool], seconds: float = 30) -> Any:
        """What `look` sees, as soon as it is `good`."""
        deadline = time.monotonic() + seconds
        while True:
            seen = look()
            if good(seen):
                return seen
            assert time.monotonic() < deadline, f"still {seen}"
            time.sleep(0.05)

    def unzip(self, location: dict[str, str]) -> dict[str, bytes]:
        """The files of an artifact."""
        content = self.s3.get_object(Bucket=location["bucket"], Key=location["key"])["Body"].read()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def stage(name: str, *actions: dict[str, Any]) -> dict[str, Any]:
    """A stage."""
    return {"name": name, "actions": list(actions)}


def action(
    name: str,
    category: str,
    provider: str,
    configuration: dict[str, str] | None = None,
    *,
    order: int = 1,
    into: list[str] | None = None,
    out: list[str] | None = None,
    **more: str,
) -> dict[str, Any]:
    """An action."""
    return {
        "name": name,
        "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
        "configuration": configuration or {},
        "runOrder": order,
        "inputArtifacts": [{"name": each} for each in into or []],
        "outputArtifacts": [{"name": each} for each in out or []],
        **more,
    }


def approval(name: str = "Approve", order: int = 1, **configuration: str) -> dict[str, Any]:
    """A manual approval."""
    return action(name, "Approval", "Manual", configuration, order=order)


@pytest.fixture(scope="module")
def lab(client: Callable[..., Any]) -> Lab:
    return Lab(client)
