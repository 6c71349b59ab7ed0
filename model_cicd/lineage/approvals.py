"""Who answered the approvals of stages for a version, when and with which comment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from model_cicd.aws.resources import APPROVE
from model_cicd.aws.shadow import APPROVE_SHADOW
from model_cicd.lineage.records import StageApproval
from model_cicd.operate.access import Access
from model_cicd.operate.actions import actions_of
from model_cicd.operate.promotions import Deployment
from model_cicd.operate.records import Group

#: actions that a person answers, and what is said behind the stage
_ASKS = {APPROVE: "", APPROVE_SHADOW: " (shadow)"}
#: of an action that ended, in the words of an approval
_STATUS = {"Succeeded": "Approved", "Failed": "Rejected"}


def approvals_of(access: Access, group: Group, version: int) -> list[StageApproval]:
    """The answers, oldest first. Raises DeniedError where the caller may not see the promotion pipeline.

    Which version an execution promoted is known by what it gave the stacks.
    """
    ran = list(actions_of(access, group))
    made = map(Deployment, ran)
    executions = {each.execution for each in made if each.version == version}
    own = [each for each in ran if each["pipelineExecutionId"] in executions and each["actionName"] in _ASKS]
    return sorted(_answered(own), key=lambda each: each.at)


def _answered(found: list[dict[str, Any]]) -> Iterator[StageApproval]:
    for each in found:
        result = (each.get("output") or {}).get("executionResult") or {}
        if each["status"] not in _STATUS or not each.get("updatedBy"):
            continue  # it waits, was superseded, or nobody answered in time
        yield StageApproval(
            stage=f"{each['stageName']}{_ASKS[each['actionName']]}",
            status=_STATUS[each["status"]],
            by=str(each["updatedBy"]),
            at=each["lastUpdateTime"].isoformat(timespec="seconds"),
            comment=str(result.get("externalExecutionSummary") or ""),
            execution=str(each["pipelineExecutionId"]),
        )
