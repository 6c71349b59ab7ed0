"""What a data scientist does: push a commit to a branch; and what must come of it: a trained, registered model."""

from __future__ import annotations

import dataclasses
import datetime
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rehearsal.codebuild import build_logs
from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job import apply, causes, clients, execution
from rehearsal.job.module_parameters import group_parameters
from rehearsal.job.plan import Group, Module, Plan
from rehearsal.job.remotes import ADDRESSES, CODECOMMIT

BY_PIPELINE, BY_WORKFLOW = "CodePipeline", "GitHub Actions"
ENDED = ("Succeeded", "Failed", "Stopped", "Superseded", "Cancelled")


@dataclasses.dataclass
class Result(execution.Outcome):
    """What came of one group: everything the report shows."""

    module: str
    group: str
    branch: str
    build_account: str
    commit: str = ""
    trainer: str = BY_PIPELINE
    pipeline: str = ""
    pipeline_status: str = ""
    held_back: dict[str, list[float]] | None = None
    environments: list[dict[str, Any]] = dataclasses.field(default_factory=list)


class Trainer:
    """Pushes to the branch of one group and follows what it starts."""

    def __init__(self, aws: EmbeddedAws, plan: Plan, module: Module, group: Group) -> None:
        self._aws, self._plan, self.module, self.group = aws, plan, module, group
        self.label = plan.label(module, group)
        self.step = f"train {self.label}"
        self.result = Result(module.name, self.label, group.branch, group.build_account)
        self._names = self._published()
        self._before = self._revisions()
        self._found: str | None = None
        self._during: tuple[datetime.datetime, datetime.datetime] | None = None

    @property
    def pipeline(self) -> str:
        """The name of the group's training pipeline."""
        return self._names["pipeline-name"]

    def _published(self) -> dict[str, str]:
        """What the module published about the group's training, by the last part of each SSM parameter's name."""
        found = group_parameters(self._aws, self._plan, self.module, self.group, self.step)
        return {name.removeprefix("training/"): value for name, value in found.items() if name.startswith("training/")}

    def push(self, edit: Callable[[Path], None] | None = None) -> None:
        """Clone the repository, commit a change on the group's branch, push it: all with the real git.

        `edit` changes more in the clone.
        """
        region, account = self.module.region, self.module.account
        url, variables = self._where_code_is(region)
        with tempfile.TemporaryDirectory(dir=self._aws.directory) as folder:
            clone = Path(folder) / "clone"

            def git(*arguments: str, cwd: Path = clone) -> str:
                command = ["git", "-c", "user.name=Rehearsal", "-c", "user.email=rehearsal@localhost", *arguments]
                return clients.run(
                    self._aws, command, step=self.step, account=account, region=region, cwd=cwd, variables=variables
                )

            git("clone", "--quiet", url, str(clone), cwd=Path(folder))
            branches = git("branch", "--remotes", "--format=%(refname:short)").split()
            known = f"origin/{self.group.branch}" in branches
            git("checkout", "--quiet", *([self.group.branch] if known else ["-b", self.group.branch]))
            note = clone / "CHANGES.md"
            before = note.read_text(encoding="utf-8") if note.exists() else "# Changes\n"
            note.write_text(f"{before}\n- Retrained by a rehearsal on branch {self.group.branch}.\n", encoding="utf-8")
            if edit:
                edit(clone)
            git("add", "--all")
            git("commit", "--quiet", "--message", f"Retrain {self.group.name}")
            self.result.commit = git("rev-parse", "HEAD").strip()
            git("push", "--quiet", "origin", f"HEAD:refs/heads/{self.group.branch}")
        self.result.pipeline = self.pipeline

    def _where_code_is(self, region: str) -> tuple[str, dict[str, str]]:
        """The URL of the repository, and the variables under which git may write there."""
        name = self.group.repository
        if self.group.host == CODECOMMIT:
            return f"https://git-codecommit.{region}.amazonaws.com/v1/repos/{name}", {}
        token = self._aws.github.person_token(name.partition("/")[0])
        return f"https://{ADDRESSES[self.group.host]}/{name}", self._aws.github.git_environment(token)

    def follow(self, note: Callable[[str], None]) -> None:
        """Wait for the training pipeline of the pushed commit, then read what it registered.

        Raises RehearsalError with the cause and the log when no pipeline starts within a minute or it does not succeed.
        """
        began = time.monotonic()
        pipelines = self._aws.client("codepipeline", account=self.module.account, region=self.module.region)
        while True:
            found = self._execution(pipelines)
            if found and found["status"] in ENDED:
                break
            if found is None and time.monotonic() - began > 60:
                raise RehearsalError(self.step, f"the push started no execution of {self.pipeline} within a minute")
            note(self._describe(found))
            time.sleep(0.5)
        self._during = self._building(pipelines, found["pipelineExecutionId"])
        self.result.pipeline_status = found["status"]
        self.result.seconds = round(time.monotonic() - began, 1)
        self._read_steps()
        if found["status"] != "Succeeded":
            self._raise_failure(pipelines, found)
        self._finish(note, began)

    def _finish(self, note: Callable[[str], None], began: float) -> None:
        """Wait for the execution, and read what it registered."""
        self._follow_execution(note)
        self.result.seconds = round(time.monotonic() - began, 1)
        self._read_model()
        note(f"version {self.result.version} registered, {self.result.approval_status}")

    def _follow_execution(self, note: Callable[[str], None]) -> None:
        """Wait for the SageMaker execution of a build that did not. Raises RehearsalError when it does not succeed."""
        arn = self.sagemaker_execution()
        while arn is not None:
            described = self._sagemaker().describe_pipeline_execution(PipelineExecutionArn=arn)
            status = described["PipelineExecutionStatus"]
            if status not in ("Executing", "Stopping"):
                break
            self._read_steps()
            note(f"execution {status}, {sum(step['status'] == 'Succeeded' for step in self.result.steps)} steps done")
            time.sleep(0.5)
        else:
            return
        self._read_steps()
        if status != "Succeeded":
            reasons = [f"step {step['name']}: {step['reason']}" for step in self.result.steps if step.get("reason")]
            text = "\n    ".join(reasons or [described.get("FailureReason", "no reason was given")])
            raise RehearsalError(self.step, f"the SageMaker execution ended as {status}\n    {text}")

    def _execution(self, pipelines: Any) -> dict[str, Any] | None:
        found = pipelines.list_pipeline_executions(pipelineName=self.pipeline)["pipelineExecutionSummaries"]
        of_commit = [
            each
            for each in found
            if any(source.get("revisionId") == self.result.commit for source in each.get("sourceRevisions", []))
        ]
        return of_commit[0] if of_commit else None

    def _building(self, pipelines: Any, execution_id: str) -> tuple[datetime.datetime, datetime.datetime] | None:
        """When the build of an execution began and ended: no other build of the pipeline runs meanwhile."""
        actions = self._actions(pipelines, execution_id)
        builds = [each for each in actions if each["input"]["actionTypeId"]["provider"] == "CodeBuild"]
        return (builds[0]["startTime"], builds[0]["lastUpdateTime"]) if builds else None

    def _actions(self, pipelines: Any, execution_id: str) -> list[dict[str, Any]]:
        found = pipelines.list_action_executions(
            pipelineName=self.pipeline, filter={"pipelineExecutionId": execution_id}
        )
        return list(found["actionExecutionDetails"])

    def foreign_executions(self) -> list[str]:
        """Commits other than the pushed one that this group's pipeline ran on since the module was deployed."""
        return sorted(self._revisions() - self._before - {self.result.commit})

    def _revisions(self) -> set[str]:
        pipelines = self._aws.client("codepipeline", account=self.module.account, region=self.module.region)
        found = pipelines.list_pipeline_executions(pipelineName=self.pipeline)["pipelineExecutionSummaries"]
        return {source.get("revisionId", "") for each in found for source in each.get("sourceRevisions", [])}

    def _describe(self, found: dict[str, Any] | None) -> str:
        if found is None:
            return "waiting for the pipeline"
        self._read_steps()
        running = [f"{step['name']} {step['status']}" for step in self.result.steps if step["status"] != "Succeeded"]
        done = sum(step["status"] == "Succeeded" for step in self.result.steps)
        return f"pipeline {found['status']}" + (f", {done} steps done, {', '.join(running)}" if done or running else "")

    def _sagemaker(self) -> Any:
        return self._aws.client("sagemaker", account=self.group.build_account, region=self.group.build_region)

    def sagemaker_execution(self) -> str | None:
        """The ARN of the pipeline execution of the pushed commit, looked up until it is there, then known."""
        self._found = self._found or self._find_execution()
        return self._found

    def _find_execution(self) -> str | None:
        """The commit stands in the execution's description, or is one of its parameters.

        What training code starts without either is known once the build of the commit ended: it began meanwhile.
        """
        client, meanwhile = self._sagemaker(), []
        for pipeline in client.list_pipelines()["PipelineSummaries"]:
            listed = client.list_pipeline_executions(PipelineName=pipeline["PipelineName"])
            for each in listed["PipelineExecutionSummaries"]:
                arn = str(each["PipelineExecutionArn"])
                if self.result.commit in str(each.get("PipelineExecutionDescription")):
                    return arn
                values = client.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
                if self.result.commit in [value["Value"] for value in values]:
                    return arn
                if self._during and self._during[0] <= each["StartTime"] <= self._during[1]:
                    meanwhile.append(arn)
        return meanwhile[0] if len(meanwhile) == 1 else None

    def _read_steps(self) -> None:
        arn = self.sagemaker_execution()
        if arn is not None:
            self.result.read_steps(self._sagemaker(), arn)

    def _raise_failure(self, pipelines: Any, failed: dict[str, Any]) -> None:
        reasons = [f"step {step['name']}: {step['reason']}" for step in self.result.steps if step.get("reason")]
        log: Path | None = None
        for each in self._actions(pipelines, failed["pipelineExecutionId"]):
            outcome = each.get("output", {}).get("executionResult", {})
            if each["status"] == "Failed":
                reasons.append(
                    f"action {each['actionName']}: {outcome.get('errorDetails', {}).get('message', 'failed')}"
                )
                log = self._build_log(outcome.get("externalExecutionId", "")) or log
        text = "\n    ".join(reasons or ["no reason was given"])
        ending = f"\n    {apply.tail(log)}" if log else ""
        cause = f"the training pipeline ended as {failed['status']}\n    {text}{ending}"
        raise RehearsalError(self.step, causes.said_once(cause), log)

    def _build_log(self, build: str) -> Path | None:
        return next((each.path for each in build_logs(self._aws.directory) if each.id == build), None)

    def _read_model(self) -> None:
        """Find the model package of the commit and see for yourself that its model is there."""
        client, group = self._sagemaker(), self._names["model-package-group-name"]
        listed = client.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
        described = [client.describe_model_package(ModelPackageName=each["ModelPackageArn"]) for each in listed]
        registered = execution.registered(client, self.sagemaker_execution() or "")
        mine = [
            each
            for each in described
            if each["ModelPackageArn"] in registered
            or self.result.commit in each.get("CustomerMetadataProperties", {}).values()
        ]
        if not mine:
            raise RehearsalError(self.step, f"no model package of commit {self.result.commit} is in group {group}")
        self.result.read_package(client, self.sagemaker_execution() or "", mine[0], self._object, self.step)

    def _object(self, uri: str) -> bytes:
        # looked at from outside: not even an administrator may decrypt what is in the registry
        client = self._aws.internal_client("s3", account=self.group.build_account, region=self.group.build_region)
        return execution.read_object(client, uri)
