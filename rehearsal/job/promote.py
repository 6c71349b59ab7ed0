"""What a lead does with a registered model, and what must come of it: it answers in every environment."""

from __future__ import annotations

import datetime
import json
import struct
import time
from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.codebuild import build_logs
from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job import apply, approver, asynchronous, causes, clients, holdout
from rehearsal.job.module_parameters import group_parameters
from rehearsal.job.plan import Plan
from rehearsal.job.released import same_model
from rehearsal.job.train import ENDED, Trainer

VARIABLE = "ModelPackageArn"
_START_SECONDS = 60
_POLL_SECONDS = 0.3


class Promoter:
    """Approves the version that a trainer registered and follows it through every environment of its group."""

    def __init__(self, aws: EmbeddedAws, plan: Plan, trainer: Trainer) -> None:
        module, group = trainer.module, trainer.group
        self._aws, self._plan, self._module, self._group, self._trainer = aws, plan, module, group, trainer
        self.step = f"promote {trainer.label}"
        self.result = trainer.result
        names = group_parameters(aws, plan, module, group, self.step)
        if "promotion/group" not in names:
            raise RehearsalError(self.step, f"the module published no promotion of {group.name} (no promotion/group)")
        self.record: dict[str, Any] = json.loads(names["promotion/group"])
        self.places: list[dict[str, Any]] = [
            json.loads(value) for name, value in sorted(names.items()) if name.startswith("promotion/environment-")
        ]
        self._answered: set[tuple[str, str]] = set()

    @property
    def _pipeline(self) -> str:
        return str(self.record["pipelineName"])

    @property
    def command(self) -> str:
        """The `aws` command that approves the version by hand, in the build account."""
        return (
            "aws sagemaker update-model-package --model-approval-status Approved --approval-description 'by hand' "
            f"--region {self._group.build_region} --model-package-arn {self.result.model_package}"
        )

    def approve(self) -> None:
        """Approve the version with `model-cicd approve`, as a lead who has the published approver policy only."""
        account, region = self._group.build_account, self._group.build_region
        name = f"lead-of-{self._group.name}"
        arn = approver.ensure_role(
            self._aws, account=account, region=region, name=name, policy_arn=self.record["approverPolicyArn"]
        )
        command = ["model-cicd", "approve", f"{self.record['module']}/{self._group.name}", str(self.result.version)]
        command += ["--manifest", str(self._plan.manifest), "--region", region, "--yes", "--reason", "rehearsed"]
        clients.run(
            self._aws,
            command,
            step=self.step,
            account=account,
            region=region,
            cwd=self._aws.directory,
            identity=approver.session(self._aws, arn, "lead"),
        )

    def approved_by_hand(self) -> bool:
        """Whether a person has approved the version meanwhile. Raises RehearsalError when they rejected it."""
        package = self._package()
        if package["ModelApprovalStatus"] == "Rejected":
            raise RehearsalError(self.step, f"version {self.result.version} was rejected by hand")
        return bool(package["ModelApprovalStatus"] == "Approved")

    def follow(self, note: Callable[[str], None]) -> None:
        """Wait for the promotion, answering the manual approvals, then ask every endpoint.

        Raises RehearsalError with the cause and the log when it does not reach every environment.
        """
        execution, approved = self.ended(note)
        if execution["status"] != "Succeeded":
            self._raise_failure(execution)
        served = self._served_at(execution)
        rows = self._held_back()
        if rows:
            self.result.held_back = {"actual": list(rows.targets), "model": list(rows.predictions)}
        for place in self.places:
            self.result.environments.append(self._ask(place, rows, approved, served))
        where = ", ".join(each["name"] for each in self.places)
        note(f"version {self.result.version} answers in {where}")

    def ended(self, note: Callable[[str], None]) -> tuple[dict[str, Any], datetime.datetime]:
        """The execution of the approved version once it ended, whose manual approvals are answered; and the approval.

        Raises RehearsalError when none begins.
        """
        approved = self._package()["LastModifiedTime"]
        began = time.monotonic()
        while True:
            execution = self._execution(approved)
            if execution is None and time.monotonic() - began > _START_SECONDS:
                cause = f"the approval started no execution of {self._pipeline} within {_START_SECONDS} s"
                raise RehearsalError(self.step, cause)
            if execution and execution["status"] in ENDED:
                return execution, approved
            note(self._answer_approvals(execution) if execution else "waiting for the promotion pipeline")
            time.sleep(_POLL_SECONDS)

    def _client(self, service: str) -> Any:
        return self._aws.client(service, account=self._module.account, region=self._module.region)

    def _package(self) -> dict[str, Any]:
        client = self._aws.client("sagemaker", account=self._group.build_account, region=self._group.build_region)
        found: dict[str, Any] = client.describe_model_package(ModelPackageName=self.result.model_package)
        return found

    def promoted(self) -> dict[str, Any]:
        """The newest execution for the version, whenever it was approved. Raises RehearsalError when there is none."""
        found = self._execution(datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC))
        if found is None:
            raise RehearsalError(self.step, f"{self._pipeline} never promoted version {self.result.version}")
        return found

    def _execution(self, approved: datetime.datetime) -> dict[str, Any] | None:
        """The execution for this version that began after its approval."""
        client = self._client("codepipeline")
        for each in client.list_pipeline_executions(pipelineName=self._pipeline)["pipelineExecutionSummaries"]:
            if each["startTime"] < approved - datetime.timedelta(seconds=1):
                continue
            found: dict[str, Any] = client.get_pipeline_execution(
                pipelineName=self._pipeline, pipelineExecutionId=each["pipelineExecutionId"]
            )["pipelineExecution"]
            variables = {variable["name"]: variable.get("resolvedValue") for variable in found.get("variables", [])}
            if variables.get(VARIABLE) == self.result.model_package:
                return found
        return None

    def _answer_approvals(self, execution: Mapping[str, Any]) -> str:
        """Approve the stage that waits, as a person with the published policy only; says how far the pipeline is."""
        identity = execution["pipelineExecutionId"]
        detail = "promotion begins"
        for stage in self._client("codepipeline").get_pipeline_state(name=self._pipeline)["stageStates"]:
            latest = stage.get("latestExecution", {})
            if latest.get("pipelineExecutionId") != identity:
                continue
            detail = f"{stage['stageName']} {latest['status']}"
            for action in stage.get("actionStates", []):
                run = action.get("latestExecution", {})
                if run.get("token") and run["status"] == "InProgress":
                    self._approve_stage(stage["stageName"], action["actionName"], run["token"])
        return detail

    def _approve_stage(self, stage: str, action: str, token: str) -> None:
        account, region = self._module.account, self._module.region
        if (stage, token) in self._answered:
            return
        self._answered.add((stage, token))
        arn = approver.ensure_role(
            self._aws,
            account=account,
            region=region,
            name=f"approver-of-{self._group.name}",
            policy_arn=self.record["stageApproverPolicyArn"],
        )
        self._aws.client("codepipeline", account=account, region=region, role=arn).put_approval_result(
            pipelineName=self._pipeline,
            stageName=stage,
            actionName=action,
            token=token,
            result={"status": "Approved", "summary": "rehearsed"},
        )

    def actions(self, execution: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What the execution of the promotion did, newest first."""
        found = self._client("codepipeline").list_action_executions(
            pipelineName=self._pipeline, filter={"pipelineExecutionId": execution["pipelineExecutionId"]}
        )
        return list(found["actionExecutionDetails"])

    def _served_at(self, execution: Mapping[str, Any]) -> dict[str, datetime.datetime]:
        """When each endpoint stack was through."""
        found: dict[str, datetime.datetime] = {}
        for each in self.actions(execution):
            stack = each.get("input", {}).get("resolvedConfiguration", {}).get("StackName")
            if stack:
                found[stack] = max(each["lastUpdateTime"], found.get(stack, each["lastUpdateTime"]))
        return found

    def _held_back(self) -> holdout.Holdout | None:
        execution = self._trainer.sagemaker_execution()
        if execution is None:
            return None
        return holdout.read(
            self._aws,
            step=self.step,
            account=self._group.build_account,
            region=self._group.build_region,
            execution=execution,
            model_data=self.result.model_data,
        )

    def _ask(
        self,
        place: Mapping[str, Any],
        rows: holdout.Holdout | None,
        approved: datetime.datetime,
        served: Mapping[str, datetime.datetime],
    ) -> dict[str, Any]:
        """Check what an environment serves and compare its answers with the model's own predictions."""
        account, region, name = place["account"], place["region"], place["name"]
        stacks = self._aws.client("cloudformation", account=account, region=region)
        (stack,) = stacks.describe_stacks(StackName=place["stackName"])["Stacks"]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
        if outputs.get("Version") != str(self.result.version):
            cause = f"{name} serves version {outputs.get('Version')}, expected {self.result.version}"
            raise RehearsalError(self.step, cause)
        digest = same_model(self._aws, outputs[VARIABLE], self.result.model_data, step=self.step, environment=name)
        transforms = place.get("kind") == "batch"  # which nobody can ask; the scene of it comes later
        rows = None if transforms else rows
        answers = self._invoke(place, rows) if rows else ()
        if rows:
            compare(self.step, name, answers, rows.predictions)
        return {
            "name": name,
            "type": place["type"],
            "account": account,
            "region": region,
            "endpoint": "" if transforms else place["endpointName"],
            "version": self.result.version,
            "release": outputs[VARIABLE],
            "digest": digest,
            "manual_approval": bool(place["requireApproval"]),
            "rows": rows.rows if rows else 0,
            "mse": holdout.mean_squared_error(answers, rows.targets) if rows else None,
            "predictions": list(answers),
            "seconds": round((served[place["stackName"]] - approved).total_seconds(), 1),
        }

    def _invoke(self, place: Mapping[str, Any], rows: holdout.Holdout) -> tuple[float, ...]:
        if place.get("kind") == "async":
            return asynchronous.invoke(self._aws, self._group.settings, place, rows, step=self.step)
        client = self._aws.client("sagemaker-runtime", account=place["account"], region=place["region"])
        answer = client.invoke_endpoint(
            EndpointName=place["endpointName"], ContentType="text/csv", Accept="text/csv", Body=rows.features.encode()
        )
        return holdout.numbers(answer["Body"].read().decode())

    def _raise_failure(self, execution: Mapping[str, Any]) -> None:
        reasons, log = [], None
        for each in self.actions(execution):
            outcome = each.get("output", {}).get("executionResult", {})
            if each["status"] == "Failed":
                message = outcome.get("errorDetails", {}).get("message", "failed")
                reasons.append(f"stage {each['stageName']}, action {each['actionName']}: {message}")
                build = outcome.get("externalExecutionId", "")
                log = next((found.path for found in build_logs(self._aws.directory) if found.id == build), log)
        text = "\n    ".join(reasons or [execution.get("statusSummary") or "no reason was given"])
        ending = f"\n    {apply.tail(log)}" if log else ""
        cause = f"the promotion ended as {execution['status']}\n    {text}{ending}"
        raise RehearsalError(self.step, causes.said_once(cause), log)


def compare(step: str, environment: str, answers: tuple[float, ...], expected: tuple[float, ...]) -> None:
    """An endpoint's answers must be the model's own predictions, which are 32-bit numbers."""
    if len(answers) != len(expected):
        raise RehearsalError(step, f"{environment} answered {len(expected)} rows with {len(answers)} predictions")
    for number, (got, wanted) in enumerate(zip(answers, expected, strict=True)):
        if struct.pack("f", got) != struct.pack("f", wanted):
            cause = f"{environment} answers row {number} with {got!r}, the trained model predicts {wanted!r}"
            raise RehearsalError(step, cause)
