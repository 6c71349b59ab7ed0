"""What the promotion pipeline of a group ran, as CodePipeline keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from model_cicd.operate.access import Access
from model_cicd.operate.records import Group


def client_of(access: Access, group: Group) -> Any:
    """CodePipeline of the tooling account, with the caller's own credentials."""
    return access.client("codepipeline", account=group.tooling_account, region=group.tooling_region)


def actions_of(access: Access, group: Group, execution: str | None = None) -> Iterator[dict[str, Any]]:
    """The actions that the pipeline ran, of one `execution` or of all of them, newest first.

    Raises DeniedError when the caller may not see them.
    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionExecutionDetail.html
    """
    client, name = client_of(access, group), group.pipeline_name
    chosen = {"filter": {"pipelineExecutionId": execution}} if execution else {}
    with access.asking("codepipeline:ListActionExecutions", f"pipeline {name} of account {group.tooling_account}"):
        for page in client.get_paginator("list_action_executions").paginate(pipelineName=name, **chosen):
            yield from page["actionExecutionDetails"]
