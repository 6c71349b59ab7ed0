"""The executions of a group's SageMaker pipeline, in the build account: their steps, and why they failed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from model_cicd.operate import logs, reasons
from model_cicd.operate.access import Access, error_code
from model_cicd.operate.logs import Log
from model_cicd.operate.reasons import Reason
from model_cicd.operate.records import Group
from model_cicd.pipeline.outcome import LOG_GROUPS, job_name
from model_cicd.pipeline.watch import StepState, list_steps
from model_cicd.text.errors import ModelCicdError

_BUSY = ("Starting", "Executing", "Stopping")
_OPERATORS = {
    "Equals": "equal to",
    "GreaterThan": "greater than",
    "GreaterThanOrEqualTo": "at least",
    "LessThan": "less than",
    "LessThanOrEqualTo": "at most",
}


@dataclass(frozen=True)
class Told:
    """What an execution's steps tell; `reason` is None when nothing is wrong."""

    step: str = ""
    commit: str = ""
    reason: Reason | None = None
    log: Log | None = None


def newest(access: Access, group: Group, most: int) -> list[dict[str, Any]]:
    """The newest executions as SageMaker lists them; none where there is no pipeline yet. Raises DeniedError."""
    from botocore.exceptions import ClientError

    name = group.trainer.sagemaker_pipeline
    with access.asking("sagemaker:ListPipelineExecutions", f"pipeline {name} of account {group.build_account}"):
        try:
            page = _client(access, group, "sagemaker").list_pipeline_executions(
                PipelineName=name, SortBy="CreationTime", SortOrder="Descending", MaxResults=most
            )
        except ClientError as error:
            if error_code(error) == "ResourceNotFound":
                return []
            raise
    return list(page["PipelineExecutionSummaries"])


def told(access: Access, group: Group, execution: dict[str, Any]) -> Told:
    """What the steps of an execution tell."""
    client, arn = _client(access, group, "sagemaker"), str(execution["PipelineExecutionArn"])
    with access.asking("sagemaker:ListPipelineExecutionSteps", arn):
        steps = list_steps(client, arn)
    with access.asking("sagemaker:DescribePipelineExecution", arn):
        described = client.describe_pipeline_execution(PipelineExecutionArn=arn)
    # `model-cicd run` describes executions as `<repository> <branch> <commit>`
    commit = str(described.get("PipelineExecutionDescription") or "").rpartition(" ")[2]
    status = execution["PipelineExecutionStatus"]
    if status in ("Executing", "Stopping"):
        return Told(", ".join(each.name for each in steps if each.status in _BUSY), commit)
    failed = next((each for each in steps if each.status == "Failed"), None)
    if failed is not None:
        return _failed(access, group, failed, commit)
    if status == "Failed":
        return Told(commit=commit, reason=Reason(reasons.OTHER, reasons.line(described.get("FailureReason", ""))))
    unmet = [each for each in steps if each.type == "Condition" and each.details.get("Outcome") == "False"]
    if status == "Succeeded" and unmet and not any(each.type == "RegisterModel" for each in steps):
        return _kept_out(access, client, arn, unmet[-1].name, commit)
    return Told(commit=commit)


def _failed(access: Access, group: Group, step: StepState, commit: str) -> Told:
    if step.type == "Fail":
        text = step.failure_reason or str(step.details.get("ErrorMessage", ""))
        return Told(step.name, commit, Reason(reasons.GATE, reasons.line(text)))
    log = _log(access, group, step)
    lines = logs.tail(access, _client(access, group, "logs"), log) if log else []
    return Told(step.name, commit, reasons.of_job(step.failure_reason, lines), log)


def _log(access: Access, group: Group, step: StepState) -> Log | None:
    """The log of a step's job: the stream of its first instance."""
    job = job_name(step)
    if not job:
        return None
    name = LOG_GROUPS[step.type]
    try:
        with access.asking("logs:DescribeLogStreams", f"log group {name} of account {group.build_account}"):
            found = _client(access, group, "logs").describe_log_streams(
                logGroupName=name, logStreamNamePrefix=f"{job}/"
            )["logStreams"]
    except ModelCicdError:
        return None
    streams = sorted(str(each["logStreamName"]) for each in found)
    return Log(group.build_account, group.build_region, name, streams[0]) if streams else None


def _kept_out(access: Access, client: Any, arn: str, step: str, commit: str) -> Told:
    """A condition that was not met, where the pipeline would have registered a model."""
    definition, values = ran(access, client, arn)
    steps = list(_steps(definition.get("Steps") or []))
    if not any(each.get("Type") in ("RegisterModel", "Model") for each in steps):
        return Told(commit=commit)
    wanted = next((each for each in steps if each.get("Name") == step), {})
    conditions = (wanted.get("Arguments") or {}).get("Conditions") or []
    said = "; ".join(_words(each, values) for each in conditions)
    return Told(
        step, commit, Reason(reasons.GATE, f"no model was registered, expected {said or 'the condition to hold'}")
    )


def ran(access: Access, client: Any, arn: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The definition that an execution ran, and its parameters by name, the defaults among them.

    Raises ModelCicdError when the execution cannot be read.
    """
    with access.asking("sagemaker:DescribePipelineDefinitionForExecution", arn):
        text = client.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)["PipelineDefinition"]
    with access.asking("sagemaker:ListPipelineParametersForExecution", arn):
        pages = client.get_paginator("list_pipeline_parameters_for_execution").paginate(PipelineExecutionArn=arn)
        given = {each["Name"]: each["Value"] for page in pages for each in page["PipelineParameters"]}
    definition = json.loads(text)
    defaults = {each["Name"]: each.get("DefaultValue") for each in definition.get("Parameters") or []}
    return definition, defaults | given


def _steps(found: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for each in found:
        yield each
        arguments = each.get("Arguments") or {}
        for branch in ("IfSteps", "ElseSteps"):
            yield from _steps(arguments.get(branch) or [])


def _words(condition: dict[str, Any], values: dict[str, Any]) -> str:
    kind = str(condition.get("Type"))
    left, right = condition.get("LeftValue"), condition.get("RightValue")
    if left is None or right is None:
        return kind
    return f"{_value(left, values)} {_OPERATORS.get(kind, kind)} {_value(right, values)}"


def _value(value: Any, values: dict[str, Any]) -> str:
    if not isinstance(value, dict):
        return str(value)
    if "Std:JsonGet" in value:
        return str(value["Std:JsonGet"].get("Path"))
    name = str(value.get("Get", "")).removeprefix("Parameters.")
    return f"{name} ({values[name]})" if values.get(name) is not None else name


def _client(access: Access, group: Group, service: str) -> Any:
    return access.client(
        service, account=group.build_account, region=group.build_region, role_arn=group.build_lookup_role_arn
    )
