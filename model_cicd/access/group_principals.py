"""Who asks in a deployment of `sagemaker-model-cicd`: the roles and policies that its topology has names for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from model_cicd.access.declared_pipelines import DECLARED_ROLE, DeclaredPipeline
from model_cicd.access.environment_principals import (
    serving_principals,
    sleeping_principals,
    testing_principals,
)
from model_cicd.access.module_stack import module_role_arn
from model_cicd.access.principals import Principal
from model_cicd.access.rule_scopes import (
    COMPARES,
    HANDS_SUITES,
    IN_SUBNETS,
    MEASURES,
    NAMED,
    NO_EXECUTIONS,
    NOT_NAMED,
    OF_WORKFLOWS,
    TELLS,
    TELLS_OF_EXECUTIONS,
)
from model_cicd.access.web_identities import jobs_principal, others_tokens
from model_cicd.aws.life_cycle import StageRecording
from model_cicd.aws.resources import BranchPipeline, Stopping
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology
from model_cicd.sagemaker_model_cicd.topology.records import RetrainingTopology

SCIENTIST = "registry scientist"
_BUILD_ROLES = (
    "infra build role",
    "image build role",
    "training build role",
    "promotion prepare role",
    "shadow role",
    "stage test role",
    "stage settle role",
)


def group_principals(topology: Topology, pipelines: Mapping[str, DeclaredPipeline]) -> Iterator[tuple[str, Principal]]:
    """The roles and policies by ARN; `pipelines` are those that groups declare, by group."""
    tooling = topology.tooling
    module = module_role_arn(topology)
    yield module, Principal("module role", "Seed-Farmer's module role", module, tooling.account)
    for kind, arn in _branch_roles("infra", tooling.infra):
        yield arn, Principal(kind, kind, arn, tooling.account, does=_of_builds(topology, kind))
    if workflow := tooling.infra_workflow:
        role = workflow.role.arn
        yield role, Principal("infra workflow role", "infra workflow role", role, tooling.account)
        yield jobs_principal("infra workflow jobs", f"infra workflow jobs of {workflow.jobs.repository}", workflow.jobs)
        yield others_tokens(workflow.jobs)
    for group in topology.groups:
        yield from _of_group(topology, group, pipelines.get(group.name))
    yield from _data_scientists(topology)


def _branch_roles(word: str, pipeline: BranchPipeline | None) -> Iterator[tuple[str, str]]:
    """The roles of a pipeline by kind."""
    if pipeline:
        yield f"{word} pipeline role", pipeline.role.arn
        yield f"{word} source role", pipeline.source_role.arn
        yield f"{word} build role", pipeline.project.role.arn
        yield f"{word} events role", pipeline.events_role.arn


def _of_builds(topology: Topology, kind: str) -> frozenset[str]:
    """What a role does by being that of a build."""
    builds = kind in _BUILD_ROLES
    return frozenset({IN_SUBNETS} if builds and topology.tooling.machine.vpc else ())


def _stopping_roles(stopping: Stopping) -> Iterator[tuple[str, str]]:
    yield "training stopper role", stopping.machine.role.arn
    yield "training stop events role", stopping.machine.events_role.arn
    yield "stop role", stopping.role.arn


def _stage_roles(recording: StageRecording) -> Iterator[tuple[str, str]]:
    yield "stage recorder role", recording.machine.role.arn
    yield "stage recorder events role", recording.machine.events_role.arn
    yield "stage role", recording.role.arn


def _does(topology: Topology, group: GroupTopology, role: str, declared: DeclaredPipeline | None) -> frozenset[str]:
    """What `scope` of expected.yaml may ask about a role of a group."""
    told, compares = group.notifications, {COMPARES} if group.compares else set()
    match role:
        case "execution role":
            return declared.does if declared else frozenset({IN_SUBNETS} if group.network.vpc else ()) | compares
        case "start role":
            return frozenset({OF_WORKFLOWS} if group.workflow else ()) | compares
        case "training build role":
            tells = {TELLS} if told and told.detail_type else set()
            measures = {MEASURES} if group.dashboard else set()
            return _of_builds(topology, role) | tells | measures
        case "forward role" if group.forwarding:
            return frozenset({TELLS_OF_EXECUTIONS if group.forwarding.failures_rule else NO_EXECUTIONS})
        case "promotion prepare role":
            tested = any(target.tests for target in group.promotion.targets)
            return _of_builds(topology, role) | ({HANDS_SUITES} if tested else set())
    return _of_builds(topology, role)


def _of_group(
    topology: Topology, group: GroupTopology, declared: DeclaredPipeline | None
) -> Iterator[tuple[str, Principal]]:
    promotion, own = group.promotion, frozenset({group.name})
    for role, arn in (
        *_branch_roles("training", group.training),
        ("promotion pipeline role", promotion.pipeline.role.arn),
        ("promotion source role", promotion.pipeline.source_role.arn),
        ("promotion prepare role", promotion.pipeline.project.role.arn),
        ("promotion trigger role", promotion.trigger.role.arn),
        ("promotion events role", promotion.trigger.events_role.arn),
        ("execution role", group.registry.execution_role.arn),
        ("start role", group.start_role.arn),
        *((("forward role", group.forwarding.role.arn),) if group.forwarding else ()),
        *(_stopping_roles(group.stopping) if group.stopping else ()),
        *(_stage_roles(group.stage_recording) if group.stage_recording else ()),
        *(_retraining_roles(group.retraining) if group.retraining else ()),
        *((("image build role", group.own_images.project.role.arn),) if group.own_images else ()),
        ("release role", group.releases.role.arn),
        ("recorder role", group.releases.recorder.role.arn),
        ("recorder events role", group.releases.recorder.events_role.arn),
    ):
        kind = DECLARED_ROLE if role == "execution role" and declared else role
        does = _does(topology, group, role, declared)
        label = f"{role} of {group.name}"
        yield arn, Principal(kind, label, arn, arn.split(":")[4], groups=own, does=does)
    if group.workflow:
        label = f"workflow jobs of {group.workflow.repository} for {group.name}"
        yield jobs_principal("workflow jobs", label, group.workflow, own)
        yield others_tokens(group.workflow)
    yield from sleeping_principals(group)
    yield from _people(topology, group, own)
    yield from testing_principals(group, _of_builds(topology, "stage test role"))
    yield from serving_principals(group)


def _retraining_roles(retraining: RetrainingTopology) -> Iterator[tuple[str, str]]:
    yield "retrainer role", retraining.machine.role.arn
    yield "retrain events role", retraining.machine.events_role.arn
    yield "retrain counter role", retraining.counter.role.arn


def _people(topology: Topology, group: GroupTopology, own: frozenset[str]) -> Iterator[tuple[str, Principal]]:
    """Whoever has one of the published policies."""
    for kind, arn in (
        ("registry approver", group.promotion.approver.arn),
        ("promotion approver", group.promotion.stage_approver.arn),
        *((("registry retirer", group.retirement.policy.arn),) if group.retirement else ()),
        (SCIENTIST, group.registry_scientist.arn),
        *((("training scientist", group.training_scientist.arn),) if group.training_scientist else ()),
    ):
        account = arn.split(":")[4]
        person = f"arn:{topology.partition}:iam::{account}:role/{kind.replace(' ', '-')}-of-{group.name}"
        does = frozenset({NOT_NAMED} if kind == SCIENTIST and group.registry.readers else ())
        yield arn, Principal(kind, f"{kind} of {group.name}", person, account, groups=own, does=does)


def _data_scientists(topology: Topology) -> Iterator[tuple[str, Principal]]:
    """The roles that registries name, each with the policies of all the groups that do."""
    found: dict[str, list[GroupTopology]] = {}
    for group in topology.groups:
        for arn in group.registry.readers:
            found.setdefault(arn, []).append(group)
    for arn, groups in found.items():
        names = [group.name for group in groups]
        label = f"data scientist {arn.rpartition('/')[2]} of {', '.join(names)}"
        holds = tuple(group.registry_scientist.arn for group in groups)
        account, does = groups[0].build.account, frozenset({NAMED})
        yield arn, Principal(SCIENTIST, label, arn, account, groups=frozenset(names), does=does, holds=holds)
