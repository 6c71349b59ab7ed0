"""From the modules of a manifest to what they need in each account and region."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from model_cicd.access import training_definitions
from model_cicd.access.modules import DeclaredModule, GroupsModule, of_manifest
from model_cicd.aws.bootstrap import BootstrapRoles, bootstrap_roles
from model_cicd.aws.place import Place
from model_cicd.aws.resources import BranchPipeline, BuildPipeline, EventMachine
from model_cicd.doctor import site as kinds
from model_cicd.doctor.site import Attachment, Existing, SeedFarmerTarget, Site, Wanted, merged
from model_cicd.hosting import BatchTransform, InstanceHosting
from model_cicd.pipeline.instances import images, instances
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology
from model_cicd.sagemaker_model_cicd.topology.promotion import BatchRuns, EndpointTarget

_TOOLING = ("cloudformation", "codebuild", "codecommit", "codepipeline", "events", "kms", "s3", "ssm", "stepfunctions")
_BUILD = ("cloudformation", "events", "kms", "s3", "sagemaker", "ssm", "stepfunctions")
_DECLARED = ("cloudformation", "codebuild", "kms", "s3", "sagemaker", "ssm")
_DEPLOY = ("application-autoscaling", "cloudformation", "cloudwatch", "kms", "sagemaker")


def sites_of(manifest: Path) -> list[Site]:
    """What both modules of this repository need, as the deployment manifest has them.

    Raises ModelCicdError when it has none, ProblemsError when one is not right.
    """
    found: list[Site] = []
    for each in of_manifest(manifest):
        found += of_groups(each) if isinstance(each, GroupsModule) else [of_pipeline(each)]
    return merged(found)


def of_groups(module: GroupsModule) -> Iterator[Site]:
    """What a deployment of `sagemaker-model-cicd` needs, a site for each part of it."""
    topology = module.topology
    roles = {each.place: each for each in (*topology.bootstrap_roles, *topology.deploy_bootstrap_roles)}
    yield _tooling(topology, roles)
    yield from _identities(topology, roles)
    for group in topology.groups:
        yield _build(topology, group, module.code, roles)
        for target in group.promotion.targets:
            yield _deploy(topology, group, target)


def _site(topology: Topology, place: Place, roles: BootstrapRoles, use: str) -> Site:
    site = Site(place, roles, {topology.tooling.account}, uses=[use])
    site.organizations |= {topology.organization_id} if topology.organization_id else set()
    return site


def _boundary(name: str | None, key: str) -> list[Existing]:
    return [Existing(kinds.POLICY, name, key)] if name else []


def _tooling(topology: Topology, roles: dict[Place, BootstrapRoles]) -> Site:
    tooling = topology.tooling
    site = _site(topology, tooling.place, roles[tooling.place], "tooling account")
    site.services |= set(_TOOLING)
    site.targets.append(SeedFarmerTarget(topology.context.project))
    site.builds = 1 + len(topology.groups)  # the module's deployment, and a training of each group
    own = [(each.repository, f"modelBuildRepo of {each.name}") for each in topology.groups]
    shared = {each.name for each in tooling.repositories}
    for repository, key in (
        *((each.repository, "infra-repo") for each in [tooling.infra_code] if each),
        (tooling.model_build_repository, "model-build-repo"),
        *(each for each in own if each[0].name not in shared),
    ):
        if not repository.is_here:
            continue
        if repository.create:
            site.wanted.append(Wanted(kinds.REPOSITORY, repository.name, tooling.stack_name, retained=True))
        else:
            site.existing.append(Existing(kinds.REPOSITORY, repository.name, key))
    if tooling.infra:
        site.wanted += _branch(tooling.infra, tooling.infra_stack_name)
        site.connections |= _connection(tooling.infra)
    if tooling.infra_workflow:
        site.wanted.append(Wanted(kinds.ROLE, tooling.infra_workflow.role.name, tooling.infra_stack_name))
    for group in topology.groups:
        promotion, stack = group.promotion, group.tooling_stack_name
        if group.training:
            site.wanted += _branch(group.training, stack)
            site.connections |= _connection(group.training)
        if group.training_scientist:
            site.wanted.append(Wanted(kinds.POLICY, group.training_scientist.name, stack))
        site.wanted += _machine(group.stopping.machine, stack) if group.stopping else []
        site.wanted += _pipeline(promotion.pipeline, promotion.stack_name)
        site.wanted += _machine(promotion.trigger, promotion.stack_name)
        site.wanted.append(Wanted(kinds.POLICY, promotion.stage_approver.name, promotion.stack_name))
    site.existing += _boundary(topology.permissions_boundary_name, "permissions-boundary-name")
    if logs := topology.access_logs(tooling.place):
        site.existing.append(Existing(kinds.BUCKET, logs, "s3-access-logs-bucket-arn"))
    return site


def _identities(topology: Topology, roles: dict[Place, BootstrapRoles]) -> Iterator[Site]:
    """Identity providers that are made, and those that the manifest says are there."""
    made = {each.place: each for each in topology.providers}
    for each in topology.providers:
        site = _site(topology, each.place, roles[each.place], "account where workflows take roles")
        site.wanted.append(Wanted(kinds.PROVIDER, each.provider.arn, each.stack_name))
        yield site
    named = [(group.build.place, group.workflow) for group in topology.groups if group.workflow]
    named += [(topology.tooling.place, each.jobs) for each in [topology.tooling.infra_workflow] if each]
    for place, jobs in dict(named).items():
        if place not in made:
            site = _site(topology, place, roles[place], "account where workflows take roles")
            site.existing.append(Existing(kinds.PROVIDER, jobs.provider.arn, "github.existingProviders"))
            yield site


def _branch(pipeline: BranchPipeline, stack: str) -> Iterator[Wanted]:
    rules = (pipeline.push_rule, pipeline.schedule_rule if pipeline.schedule else None)
    yield from _pipeline(pipeline, stack, *rules)
    if any(rules):
        yield Wanted(kinds.ROLE, pipeline.events_role.name, stack)


def _connection(pipeline: BranchPipeline) -> set[str]:
    return {pipeline.repository.connection} if pipeline.repository.connection else set()


def _pipeline(pipeline: BuildPipeline, stack: str, *rules: str | None) -> Iterator[Wanted]:
    yield Wanted(kinds.PIPELINE, pipeline.name, stack)
    yield Wanted(kinds.BUCKET, pipeline.artifacts.bucket.name, stack, retained=True)
    for role in (pipeline.role, pipeline.source_role, pipeline.project.role):
        yield Wanted(kinds.ROLE, role.name, stack)
    for rule in rules:
        if rule:
            yield Wanted(kinds.RULE, rule, stack)


def _machine(machine: EventMachine, stack: str) -> list[Wanted]:
    roles = [Wanted(kinds.ROLE, role.name, stack) for role in (machine.role, machine.events_role)]
    return [*roles, Wanted(kinds.RULE, machine.rule, stack)]


def _build(topology: Topology, group: GroupTopology, code: Path, roles: dict[Place, BootstrapRoles]) -> Site:
    place, stack = group.build.place, group.build_stack_name
    site = _site(topology, place, roles[place], f"build account of {group.name}")
    site.services |= set(_BUILD)
    for store, models in ((group.registry, group.models), (group.releases, group.releases.models)):
        site.wanted.append(Wanted(kinds.BUCKET, store.bucket.name, stack, retained=True))
        site.wanted.append(Wanted(kinds.MODEL_GROUP, models.name, stack, retained=True))
    for image in group.own_images.images if group.own_images else ():
        site.wanted.append(Wanted(kinds.IMAGES, image.name, stack, retained=True))
    stopping = (group.stopping.role,) if group.stopping else ()
    for role in (group.registry.execution_role, group.releases.role, group.start_role, *stopping):
        site.wanted.append(Wanted(kinds.ROLE, role.name, stack))
    site.wanted += _machine(group.releases.recorder, stack)
    if group.forwarding:
        site.wanted.append(Wanted(kinds.RULE, group.forwarding.rule, stack))
        site.wanted.append(Wanted(kinds.ROLE, group.forwarding.role.name, stack))
    for policy in (group.promotion.approver, group.registry_scientist):
        site.wanted.append(Wanted(kinds.POLICY, policy.name, stack))
    site.existing += _boundary(topology.permissions_boundary_name, "permissions-boundary-name")
    site.attachments += [Attachment(f"trainings of {group.name}", group.network.vpc)] if group.network.vpc else []
    if definition := training_definitions.of_group(topology, group, code):
        site.instances += instances(definition)
        site.images |= dict.fromkeys(images(definition), f"trainings of {group.name}")
    return site


def _deploy(topology: Topology, group: GroupTopology, target: EndpointTarget) -> Site:
    who = f"{target.environment.name} of {group.name}"
    site = _site(topology, target.environment.place, target.bootstrap, who)
    site.services |= set(_DEPLOY)
    hosting = target.hosting
    if target.batch is None:
        site.wanted.append(Wanted(kinds.ENDPOINT, target.endpoint.name, target.stack_name))
    site.wanted.append(Wanted(kinds.ROLE, target.model_execution_role.name, target.stack_name))
    if target.batch and isinstance(hosting.kind, BatchTransform):
        _transforms(site, target.batch, hosting.kind, target.stack_name)
    site.attachments += [Attachment(who, hosting.vpc)] if hosting.vpc else []
    if isinstance(hosting.kind, InstanceHosting):
        waits = hosting.asynchronous
        most = hosting.scaling.max_capacity if hosting.scaling else hosting.kind.count
        most = waits.max_capacity if waits else most
        for bucket in dict.fromkeys([waits.input.bucket, waits.output.bucket] if waits else []):
            site.existing.append(Existing(kinds.BUCKET, bucket, "async"))
        site.instances[hosting.kind.type, "endpoint"] += most
        # a new version gets instances of its own before those of the old one are given back
        site.updating[hosting.kind.type, "endpoint"] += 2 * most
    if hosting.monitoring and target.monitor:
        monitor = target.monitor.role.name
        site.wanted.append(Wanted(kinds.ROLE, monitor, target.stack_name))
        site.instances[hosting.monitoring.instance_type, "processing job"] += 1
        site.existing.append(Existing(kinds.BUCKET, hosting.monitoring.reports.bucket, "monitoring.reports"))
    if hosting.capture:
        site.existing.append(Existing(kinds.BUCKET, hosting.capture.bucket, "endpoint.dataCapture"))
    return site


def _transforms(site: Site, runs: BatchRuns, transform: BatchTransform, stack: str) -> None:
    site.services |= {"events", "stepfunctions"}
    site.wanted.append(Wanted(kinds.ROLE, runs.machine.role.name, stack))
    if transform.starts_itself:
        site.wanted.append(Wanted(kinds.ROLE, runs.machine.events_role.name, stack))
        site.wanted.append(Wanted(kinds.RULE, runs.machine.rule, stack))
    for bucket, key in ((transform.input.bucket, "batch.input"), (transform.output.bucket, "batch.output")):
        site.existing.append(Existing(kinds.BUCKET, bucket, key))
    site.instances[transform.type, "transform job"] += transform.count


def of_pipeline(module: DeclaredModule) -> Site:
    """What a deployment of `sagemaker-pipeline` needs."""
    topology, stack = module.topology, module.topology.stack_name
    place = topology.place
    site = Site(place, bootstrap_roles(place), {place.account}, uses=[f"account of {topology.context.module}"])
    site.services |= set(_DECLARED)
    site.builds = 1
    site.targets.append(SeedFarmerTarget(topology.context.project))
    site.organizations |= {topology.organization_id} if topology.organization_id else set()
    site.wanted.append(Wanted(kinds.SAGEMAKER_PIPELINE, topology.pipeline.name, stack))
    site.wanted.append(Wanted(kinds.ROLE, topology.execution_role.name, stack))
    site.wanted.append(Wanted(kinds.POLICY, topology.starter.name, stack))
    if topology.store.create:
        site.wanted.append(Wanted(kinds.BUCKET, topology.store.bucket.name, stack, retained=True))
    else:
        site.existing.append(Existing(kinds.BUCKET, topology.store.bucket.name, "existingBucketName"))
    if topology.group is not None:
        site.wanted.append(Wanted(kinds.POLICY, topology.approver.name, stack))
        if topology.create_group:
            site.wanted.append(Wanted(kinds.MODEL_GROUP, topology.group.name, stack, retained=True))
        else:
            site.existing.append(Existing(kinds.MODEL_GROUP, topology.group.name, "modelPackageGroupName"))
    site.existing += _boundary(topology.permissions_boundary_name, "permissionsBoundaryName")
    if topology.s3_access_logs_bucket:
        site.existing.append(Existing(kinds.BUCKET, topology.s3_access_logs_bucket, "s3AccessLogsBucketArn"))
    definition = training_definitions.of_module(module)
    site.instances += instances(definition)
    site.images |= dict.fromkeys(images(definition), topology.context.module)
    return site
