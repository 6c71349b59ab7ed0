"""What each account of a deployment is there for, as the report shows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rehearsal.job.plan import Plan
from rehearsal.job.train import Result


def describe(plan: Plan, results: Sequence[Result] = ()) -> list[dict[str, Any]]:
    """Each account with `regions` and what it `does`: records with `kind`, `name`, `of` (module or group), `region`.

    Kinds are `toolchain`, `module`, `build`, `environment` and `pipeline`; an environment has its `type` and its
    `order` within its group as well; they are those that the group's result has, else those of the manifest. An account
    that does nothing is only named by a manifest.
    """
    does: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def add(account: str, kind: str, name: str, region: str, **more: Any) -> None:
        does[account].append({"kind": kind, "name": name, "region": region, **more})

    add(plan.toolchain_account, "toolchain", plan.deployment, plan.toolchain_region)
    for module in plan.modules:
        add(module.account, "module", module.name, module.region)
        for group in module.groups:
            add(group.build_account, "build", group.name, group.build_region, branch=group.branch, of=module.name)
            served = next(
                (each.environments for each in results if (each.module, each.group) == (module.name, group.name)), []
            )
            for order, each in enumerate(served or map(asdict, group.environments), 1):
                more = {"type": each["type"], "order": order, "of": group.name}
                add(each["account"], "environment", each["name"], each["region"], **more)
    for pipeline in plan.pipelines:
        add(pipeline.account, "pipeline", pipeline.name, pipeline.region)
    regions: dict[str, set[str]] = defaultdict(set)
    for account, region in (*plan.targets, *plan.environments):
        regions[account].add(region)
    return [
        {"account": account, "regions": sorted(regions[account]), "does": does[account]} for account in plan.accounts
    ]
