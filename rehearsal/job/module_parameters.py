"""What a deployed module published: the SSM parameters below its own path."""

from __future__ import annotations

from typing import Any

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job.plan import Group, Module, PipelineModule, Plan


def group_parameters(aws: EmbeddedAws, plan: Plan, module: Module, group: Group, step: str) -> dict[str, str]:
    """The parameters of a deployment group in the tooling account, by their name below the group's path.

    Raises RehearsalError when there are none.
    """
    ssm = aws.client("ssm", account=module.account, region=module.region)
    return _below(ssm, plan, module, f"/{group.name}", step)


def build_parameters(aws: EmbeddedAws, plan: Plan, module: Module, group: Group, step: str) -> dict[str, str]:
    """Those in the build account. Raises RehearsalError when there are none."""
    ssm = aws.client("ssm", account=group.build_account, region=group.build_region)
    return _below(ssm, plan, module, f"/{group.name}", step)


def pipeline_parameters(aws: EmbeddedAws, plan: Plan, module: PipelineModule, step: str) -> dict[str, str]:
    """The parameters of a module that declares a pipeline, by name. Raises RehearsalError when there are none."""
    return _below(aws.client("ssm", account=module.account, region=module.region), plan, module, "", step)


def path_of(plan: Plan, module: Module | PipelineModule) -> str:
    """What the names of a module's parameters begin with."""
    return f"/{plan.project}-model-cicd/{plan.deployment}/{module.group}-{module.name}"


def _below(ssm: Any, plan: Plan, module: Module | PipelineModule, rest: str, step: str) -> dict[str, str]:
    path = f"{path_of(plan, module)}{rest}"
    found: dict[str, str] = {}
    for page in ssm.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True):
        found.update({each["Name"].removeprefix(f"{path}/"): each["Value"] for each in page["Parameters"]})
    if not found:
        raise RehearsalError(step, f"the module published no SSM parameters under {path}")
    return found
