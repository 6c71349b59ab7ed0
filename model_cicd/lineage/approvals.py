"""Who answered the approvals of stages for a version, when and with which comment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from model_cicd.aws.resources import APPROVE
from model_cicd.lineage.records import StageApproval
from model_cicd.operate.access import Access
from model_cicd.operate.promotions import client_of, deployments
from model_cicd.operate.records import Group

#: of an action that ended, in the words of an approval
_STATUS = {"Succeeded": "Approved", "Failed": "Rejected"}


def approvals_of(access: Access, group: Group, version: int) -> list[StageApproval]:
    """The answers, oldest first. Raises DeniedError where the caller may not see the promotion pipeline.

    Which version an execution promoted is known by what it gave the stacks.
    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionExecutionDetail.html
    """
    name = group.pipeline_name
    executions = {each.execution for each in deployments(access, group) if each.version == version}
    if not executions:
        return []
    found: list[dict[str, Any]] = []
    with access.asking("codepipeline:ListActionExecutions", f"pipeline {name} of account {group.tooling_account}"):
        pages = client_of(access, group).get_paginator("list_action_executions").paginate(pipelineName=name)
        found = [each for page in pages for each in page["actionExecutionDetails"]]
    own = [each for each in found if each["pipelineExecutionId"] in executions and each["actionName"] == APPROVE]
    return sorted(_answered(own), key=lambda each: each.at)


def _answered(found: list[dict[str, Any]]) -> Iterator[StageApproval]:
    for each in found:
        result = (each.get("output") or {}).get("executionResult") or {}
        if each["status"] not in _STATUS or not each.get("updatedBy"):
            continue  # it waits, was superseded, or nobody answered in time
        yield StageApproval(
            stage=str(each["stageName"]),
            status=_STATUS[each["status"]],
            by=str(each["updatedBy"]),
            at=each["lastUpdateTime"].isoformat(timespec="seconds"),
            comment=str(result.get("externalExecutionSummary") or ""),
            execution=str(each["pipelineExecutionId"]),
        )
