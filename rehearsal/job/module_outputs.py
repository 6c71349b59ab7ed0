"""What deployed modules published as their metadata, which other modules refer to.

https://seed-farmer.readthedocs.io/en/latest/concepts/modules/
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.job.plan import Plan

# what Seed-Farmer itself adds
_OF_SEEDFARMER = ("CloudWatchLogStream", "CodeBuildBuildUrl", "ModuleDeploymentRoleName", "SeedFarmer")


@dataclass(frozen=True)
class ModuleOutputs:
    """A deployed module (GROUP/NAME): where it is, and its own metadata; `ours` is whether it is of this project."""

    module: str
    account: str
    region: str
    ours: bool
    outputs: dict[str, Any] = field(default_factory=dict)


def read(aws: EmbeddedAws, plan: Plan) -> list[ModuleOutputs]:
    """Those of all modules of the deployment, in the manifest's order."""
    ours = {f"{each.group}/{each.name}" for each in plan.modules}
    ours |= {f"{each.group}/{each.name}" for each in plan.pipelines}
    found = []
    for module, (account, region) in plan.places.items():
        ssm = aws.client("ssm", account=account, region=region)
        name = f"/{plan.project.lower()}/{plan.deployment}/{module}/metadata"
        try:
            outputs = json.loads(ssm.get_parameter(Name=name)["Parameter"]["Value"])
        except (ClientError, ValueError):  # a module need not publish any
            outputs = {}
        own = {name: value for name, value in outputs.items() if not name.startswith(_OF_SEEDFARMER)}
        found.append(ModuleOutputs(module, account, region, module in ours, own))
    return found
