"""What a deployed module published about one of its groups."""

from __future__ import annotations

from rehearsal.errors import RehearsalError
from rehearsal.job.plan import Group, Module, Plan
from rehearsal.world import World


def published(world: World, plan: Plan, module: Module, group: Group, step: str) -> dict[str, str]:
    """The SSM parameters of the group in the tooling account, by their name below the group's path.

    Raises RehearsalError when there are none.
    """
    ssm = world.client("ssm", account=module.account, region=module.region)
    path = f"/{plan.project}-model-cicd/{plan.deployment}/{module.group}-{module.name}/{group.name}"
    found: dict[str, str] = {}
    for page in ssm.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True):
        found.update({each["Name"].removeprefix(f"{path}/"): each["Value"] for each in page["Parameters"]})
    if not found:
        raise RehearsalError(step, f"the module published no SSM parameters under {path}")
    return found
