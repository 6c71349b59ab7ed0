"""Where a promotion pipeline ever deployed to, as CodePipeline remembers it for 12 months.

https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from model_cicd.aws.sessions import code


@dataclass(frozen=True)
class Reached:
    """A stack that a promotion was about to deploy, and the roles (ARNs) that it used."""

    stack_name: str
    account: str
    region: str
    deploy_role_arn: str
    cfn_exec_role_arn: str


def reached(codepipeline: Any, pipeline: str, region: str) -> list[Reached]:
    """Every stack that `pipeline` of that region deployed or tried to, each once; none without the pipeline."""
    from botocore.exceptions import ClientError

    found: dict[Reached, None] = {}
    try:
        for page in codepipeline.get_paginator("list_action_executions").paginate(pipelineName=pipeline):
            for each in page["actionExecutionDetails"]:
                given = each.get("input", {})
                settings = given.get("resolvedConfiguration") or given.get("configuration") or {}
                role = str(given.get("roleArn") or "")
                if settings.get("StackName") and role:
                    execution = str(settings.get("RoleArn") or "")
                    where = (role.split(":")[4], str(given.get("region") or region))
                    found[Reached(settings["StackName"], *where, role, execution)] = None
    except ClientError as error:
        if code(error) != "PipelineNotFoundException":
            raise
    return list(found)
