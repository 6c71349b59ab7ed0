"""The promotion pipeline of a group: what runs, what waits for a person, what failed, what was promoted before."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from model_cicd.operate.access import Access
from model_cicd.operate.records import Group, Place
from model_cicd.operate.serving import PARAMETER

VARIABLE = "ModelPackageArn"


@dataclass(frozen=True)
class Run:
    """One stage of the pipeline in which something runs or failed; `cause` is empty unless it failed."""

    stage: str
    action: str
    execution: str
    package_arn: str
    cause: str = ""


@dataclass(frozen=True)
class Waiting:
    """A stage that waits for a person; `command` approves it, for who holds the policy `approver_policy_arn`."""

    stage: str
    action: str
    execution: str
    package_arn: str
    since: str
    approver_policy_arn: str
    command: str


@dataclass(frozen=True)
class State:
    """What the pipeline does now."""

    running: tuple[Run, ...]
    waiting: tuple[Waiting, ...]
    failed: tuple[Run, ...]


def client_of(access: Access, group: Group) -> Any:
    """CodePipeline of the tooling account, with the caller's own credentials."""
    return access.client("codepipeline", account=group.tooling_account, region=group.tooling_region)


def state(access: Access, group: Group) -> State:
    """What runs, waits and failed. Raises DeniedError when the caller may not see the pipeline."""
    client, name = client_of(access, group), group.pipeline_name
    with access.asking("codepipeline:GetPipelineState", f"pipeline {name}"):
        stages = client.get_pipeline_state(name=name)["stageStates"]
    packages: dict[str, str] = {}

    def package(execution: str) -> str:
        if execution and execution not in packages:
            packages[execution] = _package(access, client, name, execution)
        return packages.get(execution, "")

    running, waiting, failed = [], [], []
    for stage in stages:
        execution = str((stage.get("latestExecution") or {}).get("pipelineExecutionId", ""))
        status = (stage.get("latestExecution") or {}).get("status")
        for action in stage.get("actionStates") or []:
            latest = action.get("latestExecution") or {}
            here = (stage["stageName"], action["actionName"], execution)
            if latest.get("token") and latest.get("status") == "InProgress":
                since = latest["lastStatusChange"].isoformat(timespec="seconds")
                waiting.append(
                    Waiting(
                        *here,
                        package(execution),
                        since,
                        group.stage_approver_policy_arn,
                        approval_command(group, stage["stageName"], action["actionName"]),
                    )
                )
            elif latest.get("status") == "InProgress":
                running.append(Run(*here, package(execution)))
            elif latest.get("status") == "Failed" and status == "Failed":
                cause = (latest.get("errorDetails") or {}).get("message") or latest.get("summary") or ""
                failed.append(Run(*here, package(execution), str(cause)))
    return State(tuple(running), tuple(waiting), tuple(failed))


def approval_command(group: Group, stage: str, action: str) -> str:
    """The `aws` command that approves a stage; it looks up the token of the approval by itself.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-approve-or-reject.html
    """
    where = ["--region", group.tooling_region]
    query = f"stageStates[?stageName=='{stage}'].actionStates[]|[?actionName=='{action}']|[0].latestExecution.token"
    look = ["aws", "codepipeline", "get-pipeline-state", *where, "--name", group.pipeline_name]
    look += ["--output", "text", "--query", query]
    put = ["aws", "codepipeline", "put-approval-result", *where, "--pipeline-name", group.pipeline_name]
    put += ["--stage-name", stage, "--action-name", action, "--result", "status=Approved,summary=REASON"]
    return f'{shlex.join(put)} --token "$({shlex.join(look)})"'


def start(access: Access, group: Group, package_arn: str) -> str:
    """Start a promotion of a version; gives back the id of the pipeline's execution."""
    with access.asking(
        "codepipeline:StartPipelineExecution", f"pipeline {group.pipeline_name} of account {group.tooling_account}"
    ):
        started = client_of(access, group).start_pipeline_execution(
            name=group.pipeline_name, variables=[{"name": VARIABLE, "value": package_arn}]
        )
    return str(started["pipelineExecutionId"])


@dataclass(frozen=True)
class Promotion:
    """A version that reached an environment: its release (ARN), and the parameters that its stack was given."""

    version: int
    release_arn: str
    parameters: dict[str, str]


def history(access: Access, group: Group, place: Place) -> Iterator[Promotion]:
    """The releases that reached `place`, newest first, as far back as CodePipeline remembers (12 months).

    https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
    """
    client, name = client_of(access, group), group.pipeline_name
    executed: dict[str, bool] = {}  # pipeline execution: its last run of the stage went through
    prepared: dict[str, dict[str, str]] = {}
    order: list[str] = []
    with access.asking("codepipeline:ListActionExecutions", f"pipeline {name} of account {group.tooling_account}"):
        for page in client.get_paginator("list_action_executions").paginate(pipelineName=name):
            for each in page["actionExecutionDetails"]:
                given = each.get("input", {})
                found = given.get("resolvedConfiguration") or given.get("configuration") or {}
                if found.get("StackName") != place.stack_name or not _is_in(given, place):
                    continue
                execution = each["pipelineExecutionId"]
                if found.get("ActionMode") == "CHANGE_SET_EXECUTE" and execution not in executed:
                    executed[execution] = each["status"] == "Succeeded"
                    order.append(execution)
                if found.get("ActionMode") == "CHANGE_SET_REPLACE" and execution not in prepared:
                    prepared[execution] = _overrides(found.get("ParameterOverrides"))
    for execution in order:
        parameters = prepared.get(execution, {})
        version = parameters.get("Version", "")
        if executed[execution] and parameters.get(PARAMETER) and version.isdigit():
            yield Promotion(int(version), parameters[PARAMETER], parameters)


def _is_in(given: dict[str, Any], place: Place) -> bool:
    role, region = given.get("roleArn") or "", given.get("region") or place.region
    return region == place.region and (not role or f"::{place.account}:" in role)


def _overrides(text: str | None) -> dict[str, str]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {key: value for key, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


def _package(access: Access, client: Any, pipeline: str, execution: str) -> str:
    with access.asking("codepipeline:GetPipelineExecution", f"pipeline {pipeline}"):
        found = client.get_pipeline_execution(pipelineName=pipeline, pipelineExecutionId=execution)
    variables = found["pipelineExecution"].get("variables") or []
    return next((str(each.get("resolvedValue", "")) for each in variables if each["name"] == VARIABLE), "")
