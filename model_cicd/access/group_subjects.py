"""Who asks in a deployment of `sagemaker-model-cicd`: the roles and policies that its topology has names for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from model_cicd.access.declared import DECLARED_ROLE, Declared
from model_cicd.access.module_stack import module_role_arn
from model_cicd.access.subjects import Subject
from model_cicd.access.where import IN_SUBNETS
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology


def group_subjects(topology: Topology, work: Mapping[str, Declared]) -> Iterator[tuple[str, Subject]]:
    """The roles and policies by ARN; `work` is what the pipelines that groups declare do, by group."""
    tooling = topology.tooling
    module = module_role_arn(topology)
    yield module, Subject("module role", "Seed-Farmer's module role", module, tooling.account)
    for kind, arn in (
        ("infra pipeline role", tooling.infra.role.arn),
        ("infra build role", tooling.infra.project.role.arn),
        ("infra events role", tooling.infra.events_role.arn),
    ):
        yield arn, Subject(kind, kind, arn, tooling.account)
    for group in topology.groups:
        yield from _of_group(topology, group, work.get(group.name))


def _of_group(topology: Topology, group: GroupTopology, declared: Declared | None) -> Iterator[tuple[str, Subject]]:
    promotion, own = group.promotion, frozenset({group.name})
    for role, arn in (
        ("training pipeline role", group.training.role.arn),
        ("training build role", group.training.project.role.arn),
        ("training events role", group.training.events_role.arn),
        ("promotion pipeline role", promotion.pipeline.role.arn),
        ("promotion prepare role", promotion.pipeline.project.role.arn),
        ("promotion trigger role", promotion.trigger.role.arn),
        ("promotion events role", promotion.trigger.events_role.arn),
        ("execution role", group.registry.execution_role.arn),
        ("start role", group.start_role.arn),
        *((("forward role", group.forwarding.role.arn),) if group.forwarding else ()),
        ("promotion reader role", promotion.reader.arn),
    ):
        kind, does = role, frozenset[str]()
        if role == "execution role" and declared:
            kind, does = DECLARED_ROLE, declared.does
        elif role == "execution role" and group.network.vpc:
            does = frozenset({IN_SUBNETS})
        label = f"{role} of {group.name}"
        yield arn, Subject(kind, label, arn, arn.split(":")[4], groups=own, does=does)
    for kind, arn in (
        ("registry approver", promotion.approver.arn),
        ("promotion approver", promotion.stage_approver.arn),
    ):
        account = arn.split(":")[4]
        person = f"arn:{topology.partition}:iam::{account}:role/{kind.replace(' ', '-')}-of-{group.name}"
        yield arn, Subject(kind, f"{kind} of {group.name}", person, account, groups=own)
    for target in promotion.targets:
        where, arn = target.environment, target.model_execution_role.arn
        label = f"model role of {where.name} ({where.type}) of {group.name}"
        yield (
            arn,
            Subject(
                "model role",
                label,
                arn,
                where.account,
                groups=own,
                environment=where.name,
                does=frozenset({IN_SUBNETS} if target.hosting.vpc.subnet_ids else ()),
            ),
        )
