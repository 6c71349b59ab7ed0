"""What promotions do in a running embedded AWS, as a lead and an approver see it."""

from __future__ import annotations

import io
import json
import shlex
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.by_hand import BIN, REGION, ByHand, wait


@dataclass
class Promotions:
    """One deployment group of a running embedded AWS; `manifest` is the one it was deployed from."""

    aws: ByHand
    group: str
    tooling: str
    manifest: Path

    def command(self, account: str, *arguments: str, ok: bool = True) -> str:
        """Run `model-cicd` as administrator of `account`; give back what it printed."""
        return self.aws.run(account, str(BIN / "model-cicd"), *arguments, ok=ok)

    def approve(self, version: int, *, ok: bool = True) -> str:
        """`model-cicd approve` in the build account."""
        return self.command(
            self.build, "approve", self.group, str(version), "--manifest", str(self.manifest), "--yes", ok=ok
        )

    def status(self) -> dict[str, Any]:
        """`model-cicd status --format json` of the group, as the tooling account's administrator sees it."""
        printed = self.command(self.tooling, "status", "--format", "json")
        found: list[dict[str, Any]] = json.loads(printed)["groups"]
        return next(each for each in found if each["group"] == self.group)

    @property
    def build(self) -> str:
        """The build account."""
        return str(self._facts["buildAccount"])

    @property
    def _facts(self) -> dict[str, Any]:
        if not hasattr(self, "_known"):
            self._known = self.status()
        return self._known

    @property
    def _first(self) -> str:
        """The version that served everywhere when this was first asked."""
        return str(self._facts["environments"][-1]["modelPackageArn"])

    @property
    def pipeline(self) -> str:
        """The name of the promotion pipeline."""
        return str(self._facts["promotion"]["pipeline"])

    @property
    def places(self) -> list[dict[str, Any]]:
        """The environments in order, as they were when they were first asked for."""
        return list(self._facts["environments"])

    def serves(self) -> list[int | None]:
        """The versions that the environments serve, in order, as their endpoint stacks say."""
        found: list[int | None] = []
        for place in self.places:
            stacks = self.aws.client("cloudformation", place["account"]).describe_stacks(StackName=place["stack"])
            outputs = {each["OutputKey"]: each["OutputValue"] for each in stacks["Stacks"][0].get("Outputs", [])}
            number = outputs.get("Version")
            found.append(int(number) if number else None)
        return found

    def version(self, number: int) -> dict[str, Any]:
        """A version as the registry describes it."""
        group = self._facts["modelPackageGroup"]
        arn = f"arn:aws:sagemaker:{REGION}:{self.build}:model-package/{group}/{number}"
        found: dict[str, Any] = self.aws.client("sagemaker", self.build).describe_model_package(ModelPackageName=arn)
        return found

    def register(self, **changed: Any) -> int:
        """A new version that awaits approval, once that is recorded: the first one's model again, or `changed`."""
        client = self.aws.client("sagemaker", self.build)
        name = str(self._facts["modelPackageGroup"])
        # CodePipeline's first execution may have registered one that was never approved
        first = client.describe_model_package(ModelPackageName=self._first)
        made = client.create_model_package(
            **{
                "ModelPackageGroupName": name,
                "ModelApprovalStatus": "PendingManualApproval",
                "CustomerMetadataProperties": first["CustomerMetadataProperties"],
                "InferenceSpecification": _plain(first["InferenceSpecification"]),
                **changed,
            }
        )
        number = int(made["ModelPackageArn"].rpartition("/")[2])
        wait(lambda: self._recorded(number), 20, f"the registration of version {number} to be recorded")
        return number

    def _recorded(self, number: int) -> bool:
        s3 = self.aws.client("s3", self.build)
        buckets = [each["Name"] for each in s3.list_buckets()["Buckets"] if "-releases-" in each["Name"]]
        key = f"registrations/{number}.json"
        return any(s3.list_objects_v2(Bucket=each, Prefix=key)["KeyCount"] for each in buckets)

    def executions(self) -> list[dict[str, Any]]:
        """The executions of the promotion pipeline, newest first, with the version that each promotes."""
        client = self.aws.client("codepipeline", self.tooling)
        found = []
        for each in self.aws.executions(self.pipeline):
            shown = client.get_pipeline_execution(
                pipelineName=self.pipeline, pipelineExecutionId=each["pipelineExecutionId"]
            )["pipelineExecution"]
            package = next(each["resolvedValue"] for each in shown["variables"] if each["name"] == "ModelPackageArn")
            number = package.rpartition("/")[2]
            found.append({**each, "version": int(number) if number.isdigit() else None})
        return found

    def wait_for(self, version: int, status: str, *, since: int = 0, seconds: float = 120) -> dict[str, Any]:
        """An execution of `version` beyond the first `since` ones, once it has `status`; other ends fail the test."""

        def ended() -> dict[str, Any] | None:
            for each in self.executions()[: -since or None]:
                if each["version"] == version and each["status"] not in ("InProgress", "Stopping"):
                    assert each["status"] == status, self.causes(each["pipelineExecutionId"])
                    return each
            return None

        found: dict[str, Any] = wait(ended, seconds, f"{self.pipeline} of version {version} to be {status}")
        return found

    def causes(self, execution: str) -> str:
        """Why the actions of an execution failed."""
        details = self.aws.client("codepipeline", self.tooling).list_action_executions(
            pipelineName=self.pipeline, filter={"pipelineExecutionId": execution}
        )["actionExecutionDetails"]
        return "\n".join(
            f"{each['stageName']} {each['actionName']} {each['status']}: "
            f"{each.get('output', {}).get('executionResult', {}).get('errorDetails', {}).get('message', '')}"
            for each in details
        )

    def prepare_log(self) -> str:
        """What the newest build of the promotion printed."""
        builds, logs = (self.aws.client(name, self.tooling) for name in ("codebuild", "logs"))
        newest = builds.list_builds_for_project(projectName=self.pipeline, sortOrder="DESCENDING")["ids"][0]
        where = builds.batch_get_builds(ids=[newest])["builds"][0]["logs"]
        events = logs.get_log_events(
            logGroupName=where["groupName"], logStreamName=where["streamName"], startFromHead=True
        )["events"]
        return "".join(each["message"] for each in events)

    def waiting(self, version: int, seconds: float = 120) -> dict[str, Any]:
        """The stage that waits for a person to let `version` go on, as status shows it."""
        client = self.aws.client("codepipeline", self.tooling)

        def found() -> bool:
            running = [each["pipelineExecutionId"] for each in self.executions() if each["version"] == version]
            return any(
                action.get("latestExecution", {}).get("token")
                for stage in client.get_pipeline_state(name=self.pipeline)["stageStates"]
                if stage.get("latestExecution", {}).get("pipelineExecutionId") in running
                for action in stage["actionStates"]
            )

        wait(found, seconds, f"version {version} to wait for approval")
        waits: list[dict[str, Any]] = self.status()["promotion"]["waiting"]
        return next(each for each in waits if each["version"] == version)

    def let_go_on(self, waiting: dict[str, Any]) -> None:
        """Run the command that status prints, in a shell, as administrator of the tooling account."""
        self.aws.run(self.tooling, "bash", "-c", waiting["command"])

    def promoted(self, version: int) -> None:
        """Approve `version` and every stage that waits for it, and wait until it serves everywhere."""
        since = len(self.executions())
        self.approve(version)
        if any(place["requireApproval"] for place in self.places):
            self.let_go_on(self.waiting(version))
        self.wait_for(version, "Succeeded", since=since)
        assert self.serves() == [version] * len(self.places)

    def answer(self, place: dict[str, Any], rows: str) -> list[float]:
        """What the endpoint of an environment predicts."""
        client = self.aws.client("sagemaker-runtime", place["account"])
        answer = client.invoke_endpoint(EndpointName=place["endpoint"], ContentType="text/csv", Body=rows.encode())
        return [float(each) for each in answer["Body"].read().decode().split(",")]


def archive_of(content: bytes) -> bytes:
    """A model artifact whose one file has this content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        entry = tarfile.TarInfo("xgboost-model")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def _plain(specification: dict[str, Any]) -> dict[str, Any]:
    """What CreateModelPackage takes of what DescribeModelPackage shows."""
    keep = ("Image", "ModelDataUrl", "Environment", "Framework")
    containers = [{key: each[key] for key in keep if key in each} for each in specification["Containers"]]
    return {**specification, "Containers": containers}


def in_shell(aws: ByHand, *lines: str) -> subprocess.CompletedProcess[str]:
    """Run lines as a person types them into a fresh shell in the directory of the rehearsal."""
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", "\n".join(lines)],
        cwd=aws.directory,
        env=aws.environment,
        text=True,
        capture_output=True,
        check=False,
    )


def quoted(*words: str) -> str:
    """Words as one line of a shell."""
    return shlex.join(words)


__all__ = ["REGION", "Promotions", "archive_of", "in_shell", "quoted"]
