"""Everybody who may ask: the roles of the templates, people with a published policy, bootstrap roles, administrators.

Kinds are words of the domain; `access/expected.yaml` uses them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from model_cicd.access.given import EVERYTHING
from model_cicd.access.module_stack import module_role_arn
from model_cicd.access.resolve import Document, Resolved
from model_cicd.topology import BootstrapRoles, GroupTopology, Topology

STRANGER = "999999999999"
#: works for no group, where an empty set would mean all of them
NO_GROUP = frozenset({""})
ADMINISTRATOR = "administrator"
OTHER_ROLE = "other role"
CLOUDFORMATION = "CloudFormation role"
OTHER_SERVICE = "another service"
#: AWS services by the kind that expected.yaml has for them; those that no role trusts are one kind
SERVICES = {
    "sagemaker.amazonaws.com": "SageMaker",
    "codepipeline.amazonaws.com": "CodePipeline",
    "codebuild.amazonaws.com": "CodeBuild",
    "events.amazonaws.com": "EventBridge",
    "states.amazonaws.com": "Step Functions",
    "lambda.amazonaws.com": OTHER_SERVICE,
}
_ALL = Document("every action, given for comparison", EVERYTHING)


@dataclass(frozen=True, eq=False)
class Subject:
    """Somebody who asks.

    `groups` are the deployment groups it works for (empty: all of them), `environment` the deploy environment.
    `in_subnets` says that what runs with it is in a VPC; `given` that its own policies are not this module's: they are
    taken to be every right, and are not judged.
    """

    kind: str
    label: str
    arn: str
    account: str
    identity: tuple[Document, ...] = ()
    groups: frozenset[str] = frozenset()
    environment: str | None = None
    given: bool = False
    service: bool = False
    in_subnets: bool = False

    def __str__(self) -> str:
        return self.label


def subjects(topology: Topology, resolved: Resolved) -> list[Subject]:
    """Everybody, in a stable order."""
    known = dict(_named(topology))
    found: list[Subject] = []
    for arn in [*known, *sorted({*resolved.roles, *resolved.unattached} - known.keys())]:
        if arn in resolved.roles:
            role = resolved.roles[arn]
            label = f"role {role.name} of account {role.account}"
            found.append(_with(known.get(arn) or Subject(OTHER_ROLE, label, arn, role.account), role.identity))
        elif arn in resolved.unattached:
            found.append(_with(known.get(arn) or _holder(arn), [resolved.unattached[arn]]))
    return [*found, *_platform(topology), *_administrators(topology), *_services()]


def accounts(topology: Topology) -> list[str]:
    """Every account of the deployment, each once."""
    places = (*topology.bootstrap_roles, *topology.deploy_bootstrap_roles)
    return list(dict.fromkeys(each.account for each in places))


def _with(subject: Subject, identity: Sequence[Document]) -> Subject:
    return replace(subject, identity=tuple(identity))


def _holder(policy: str) -> Subject:
    """Whoever has a managed policy that no role of the templates has."""
    account, name = policy.split(":")[4], policy.rpartition("/")[2]
    arn = policy.replace(":policy/", ":role/whoever-has-")
    return Subject(OTHER_ROLE, f"whoever has the policy {name} of account {account}", arn, account)


def _named(topology: Topology) -> Iterator[tuple[str, Subject]]:
    """The roles and policies that the topology has names for, by ARN."""
    tooling = topology.tooling
    module = module_role_arn(topology)
    yield module, Subject("module role", "Seed-Farmer's module role", module, tooling.account)
    for kind, arn in (
        ("infra pipeline role", tooling.infra_pipeline_role_arn),
        ("infra build role", tooling.infra_build_role_arn),
        ("infra events role", tooling.infra_events_role_arn),
    ):
        yield arn, Subject(kind, kind, arn, tooling.account)
    for group in topology.groups:
        yield from _of_group(topology, group)


def _of_group(topology: Topology, group: GroupTopology) -> Iterator[tuple[str, Subject]]:
    promotion, own = group.promotion, frozenset({group.name})
    for kind, arn in (
        ("training pipeline role", group.training_pipeline_role_arn),
        ("training build role", group.training_build_role_arn),
        ("training events role", group.training_events_role_arn),
        ("promotion pipeline role", promotion.pipeline_role_arn),
        ("promotion prepare role", promotion.prepare_role_arn),
        ("promotion trigger role", promotion.state_machine_role_arn),
        ("promotion events role", promotion.events_role_arn),
        ("execution role", group.execution_role_arn),
        ("start role", group.start_role_arn),
        ("forward role", group.forward_role_arn),
        ("promotion reader role", promotion.reader_role_arn),
    ):
        in_subnets = kind == "execution role" and group.network.in_vpc
        yield arn, Subject(kind, f"{kind} of {group.name}", arn, arn.split(":")[4], groups=own, in_subnets=in_subnets)
    for kind, arn in (
        ("registry approver", promotion.approver_policy_arn),
        ("promotion approver", promotion.stage_approver_policy_arn),
    ):
        account = arn.split(":")[4]
        person = f"arn:{topology.partition}:iam::{account}:role/{kind.replace(' ', '-')}-of-{group.name}"
        yield arn, Subject(kind, f"{kind} of {group.name}", person, account, groups=own)
    for target in promotion.targets:
        where, arn = target.environment, target.model_execution_role_arn
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
                in_subnets=bool(target.hosting.subnet_ids),
            ),
        )


def _platform(topology: Topology) -> Iterator[Subject]:
    """Roles that exist before this module."""
    for place in (*topology.bootstrap_roles, *topology.deploy_bootstrap_roles):
        groups = deploying_groups(topology, place)
        for kind, arn in bootstrap_kinds(place).items():
            label = f"{kind} of account {place.account}"
            yield Subject(kind, label, arn, place.account, (_ALL,), groups or NO_GROUP, given=True)


def bootstrap_kinds(place: BootstrapRoles) -> dict[str, str]:
    """The bootstrap roles of a place by kind."""
    return {
        "CDK deploy role": place.deploy,
        "CDK file publishing role": place.file_publishing,
        "CDK image publishing role": place.image_publishing,
        "CDK lookup role": place.lookup,
        CLOUDFORMATION: place.cfn_exec,
    }


def deploying_groups(topology: Topology, place: BootstrapRoles) -> frozenset[str]:
    """The groups that deploy models to `place`."""
    return frozenset(
        group.name
        for group in topology.groups
        for target in group.promotion.targets
        if (target.environment.account, target.environment.region) == (place.account, place.region)
    )


def _administrators(topology: Topology) -> Iterator[Subject]:
    for account in (*accounts(topology), STRANGER):
        arn = f"arn:{topology.partition}:iam::{account}:role/administrator"
        stranger = account == STRANGER
        label = "administrator of a stranger's account" if stranger else f"administrator of account {account}"
        yield Subject(ADMINISTRATOR, label, arn, account, (_ALL,), given=True)


def _services() -> Sequence[Subject]:
    return [Subject(kind, f"the service {name}", name, "", given=True, service=True) for name, kind in SERVICES.items()]
