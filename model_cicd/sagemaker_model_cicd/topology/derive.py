"""From settings to topology: defaults resolved, every name and ARN derived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from model_cicd.aws import naming, resources
from model_cicd.aws.notifications import Notifications
from model_cicd.aws.own_images import ImageStore
from model_cicd.aws.place import Named, Place
from model_cicd.sagemaker_model_cicd.settings import seeds
from model_cicd.sagemaker_model_cicd.settings.builds import Builds
from model_cicd.sagemaker_model_cicd.settings.network import NetworkConfig
from model_cicd.sagemaker_model_cicd.settings.parameters import DeploymentGroup, InfraRepo, ModelCicdSettings
from model_cicd.sagemaker_model_cicd.settings.sources import PathFilters
from model_cicd.sagemaker_model_cicd.topology.derive_consumers import consumer_grants
from model_cicd.sagemaker_model_cicd.topology.derive_life import retirement, stage_recording
from model_cicd.sagemaker_model_cicd.topology.derive_notifications import Told, notifications, own_topic
from model_cicd.sagemaker_model_cicd.topology.derive_promotion import promotion
from model_cicd.sagemaker_model_cicd.topology.derive_retraining import retraining
from model_cicd.sagemaker_model_cicd.topology.derive_sources import (
    group_repository,
    infra_workflow,
    providers,
    repository,
    trainer,
)
from model_cicd.sagemaker_model_cicd.topology.environments import environments
from model_cicd.sagemaker_model_cicd.topology.own_images import own_images
from model_cicd.sagemaker_model_cicd.topology.records import (
    GroupTopology,
    InfraCode,
    InfraWorkflow,
    Network,
    ToolingTopology,
    Topology,
)
from model_cicd.settings import names
from model_cicd.settings.context import ModuleContext
from model_cicd.settings.names import Names


def build(settings: ModelCicdSettings, context: ModuleContext) -> Topology:
    """The topology of `settings` deployed as `context` says."""
    context = replace(context, bootstrap_qualifier=settings.cdk_qualifier)
    prefix, path = names.prefix(context), names.parameter_path(context)
    training = repository(settings.model_build_repo, context.tooling)
    machine = _build_machine(settings.builds, context.tooling)
    groups = tuple(
        _group(group, context, group_repository(group, training, context.tooling), machine, settings)
        for group in settings.deployment_groups
    )
    workflow = infra_workflow(settings, context, Names((prefix,)))
    own = dict.fromkeys([context.tooling, *(group.build.place for group in groups)])
    deploy = dict.fromkeys(each.place for group in groups for each in group.deploy)
    return Topology(
        context=context,
        prefix=prefix,
        tooling=_tooling(settings, context, groups, machine, workflow),
        groups=groups,
        providers=providers(settings, Names((prefix,)), workflow, groups, context.tooling),
        bootstrap_roles=tuple(context.bootstrap(place) for place in own),
        deploy_bootstrap_roles=tuple(context.bootstrap(place) for place in deploy if place not in own),
        permissions_boundary_name=settings.permissions_boundary_name,
        s3_access_logs_bucket_arn=settings.s3_access_logs_bucket_arn,
        organization_id=settings.organization_id,
        build_account_ids=settings.build_account_ids,
        deploy_account_ids=settings.deploy_account_ids,
        abandoned_account_ids=settings.abandoned_account_ids,
        secret_arns=settings.secret_arns,
        access_acknowledgements={each.grant: each.reason for each in settings.access_acknowledgements},
        tags=dict(sorted(settings.custom_tags.items())),
        parameter_path=path,
    )


def _build_machine(settings: Builds, tooling: Place) -> resources.BuildMachine:
    vpc = settings.vpc
    return resources.BuildMachine(
        image=settings.image,
        compute_type=settings.compute_type,
        vpc_id=vpc.vpc_id if vpc else None,
        vpc=resources.Vpc(vpc.subnet_ids, vpc.security_group_ids) if vpc else resources.Vpc(),
        python_index_url=settings.python_index_url,
        python_index_parameter=_parameter(settings.python_index_parameter, tooling),
        npm_registry_url=settings.npm_registry_url,
    )


def _parameter(name: str | None, place: Place) -> Named | None:
    return Named(name, place.arn("ssm", f"parameter{name}")) if name else None


def _tooling(
    settings: ModelCicdSettings,
    context: ModuleContext,
    groups: Iterable[GroupTopology],
    machine: resources.BuildMachine,
    workflow: InfraWorkflow | None,
) -> ToolingTopology:
    place, of = context.tooling, Names((names.prefix(context),))
    infra = settings.infra_repo
    with_token = replace(machine, npm_token_parameter=_parameter(settings.builds.npm_token_parameter, place))
    code = InfraCode(repository(infra, place), infra.branch) if infra else None
    return ToolingTopology(
        place=place,
        stack_name=of.name(naming.STACK),
        infra_stack_name=of.name(naming.STACK, "-infra"),
        model_build_repository=repository(settings.model_build_repo, place),
        model_build_seed=seeds.folder(settings.model_build_repo.seed),
        infra=_infra(infra, of, place, code.repository, with_token) if infra and code and not workflow else None,
        infra_workflow=workflow,
        infra_code=code,
        machine=machine,
        event_bus_arn=place.arn("events", "event-bus/default"),
        failure_senders=tuple(
            sorted(each.forwarding.role.arn for each in groups if each.forwarding and each.forwarding.failures_rule)
        ),
        drift_senders=tuple(sorted(each for group in groups for each in _senders(group))),
        forwarding_accounts=tuple(sorted({group.build.account for group in groups} - {place.account})),
        notifications=own_topic(settings.notifications, of, place),
        dashboard=_dashboard(settings, of, place, "_all"),
    )


def _senders(group: GroupTopology) -> list[str]:
    """The roles that tell the tooling account of violations."""
    found = [each for each in group.promotion.targets if each.hosting.monitoring and each.hosting.monitoring.forwards]
    return [each.monitor.forward_role.arn for each in found if each.monitor]


def _infra(
    settings: InfraRepo, of: Names, place: Place, code: resources.Repository, machine: resources.BuildMachine
) -> resources.BranchPipeline:
    pipeline = of.pipeline(place, "infra", build="build", minutes=settings.timeout_minutes, machine=machine)
    return resources.BranchPipeline(
        **vars(pipeline),
        repository=code,
        branch=settings.branch,
        events_role=of.role(place, "-infra-events"),
        push_rule=of.name(naming.RULE, "-infra-redeploy") if code.is_here else None,
    )


def _group(
    group: DeploymentGroup,
    context: ModuleContext,
    code: resources.Repository,
    machine: resources.BuildMachine,
    settings: ModelCicdSettings,
) -> GroupTopology:
    own, deploy = environments(group, context.partition)
    prefix = names.prefix(context)
    of = Names((prefix, group.name))
    consumers = consumer_grants(group, deploy, context)
    images = own_images(group, of, own.place, context.tooling, machine)
    stacks = group_stacks(context, group.name)
    workflow = trainer(group, code, settings.github, own.place)
    training = None if workflow else _training(group, of, context.tooling, code, machine, images=images)
    promoted = promotion(group, context, consumers, stack_name=stacks.promotion, machine=machine)
    told = notifications(
        Told(group, settings.notifications, of, Names((prefix,)), context.tooling), by_workflow=workflow is not None
    )
    return GroupTopology(
        name=group.name,
        pipeline_parameters=dict(sorted(group.pipeline_parameters.items())),
        pipeline_config=group.pipeline_config,
        network=_network(group.network_config),
        build=own,
        moved_from=own.place.elsewhere(former) if (former := group.build_environment.moved_from) else None,
        deploy=deploy,
        tooling_stack_name=stacks.tooling,
        build_stack_name=stacks.build,
        repository=code,
        branch=group.source_branch,
        training=training,
        workflow=workflow,
        stopping=_stopping(of, context.tooling, own.place) if group.training.wait and not workflow else None,
        stage_recording=stage_recording(group, of, context.tooling, own.place),
        retirement=retirement(group, of, own.place),
        registry=_registry(group, of, own.place, prefix),
        models=resources.PackageGroup.at(own.place, of.name(naming.MODEL_PACKAGE_GROUP).lower()),
        releases=_releases(group.name, of, own.place, context),
        image_repositories=(*group.image_repositories, *(images.arns if images else ())),
        own_images=images,
        runs_expire_days=group.runs_expire_after_days,
        compares=group.compare_with_serving,
        sagemaker_pipeline=_sagemaker_pipeline(of, own.place),
        start_role=of.role(own.place, "-start"),
        registry_scientist=of.policy(own.place, "-scientist"),
        training_scientist=None if workflow else of.policy(context.tooling, "-starter"),
        forwarding=_forwarding(of, own.place, told) if own.place != context.tooling else None,
        notifications=told,
        dashboard=_dashboard(settings, of, context.tooling, ""),
        consumers=tuple(each for each in consumers if each.account != own.account),
        local_consumers=tuple(each for each in consumers if each.account == own.account),
        promotion=promoted,
        retraining=retraining(group, of, context.tooling, promoted, training),
        parameter_path=f"{names.parameter_path(context)}/{naming.parameter_part(group.name)}",
    )


def _forwarding(of: Names, own: Place, told: Notifications | None) -> resources.Forwarding:
    """What goes from the build account to the tooling account."""
    failures = of.name(naming.RULE, "-forward-failures") if told and told.execution_rule else None
    return resources.Forwarding(of.name(naming.RULE, "-forward"), of.role(own, "-forward"), failures)


def _sagemaker_pipeline(of: Names, own: Place) -> Named:
    """Its name as SageMaker writes it in the ARN."""
    return own.named("sagemaker", of.name(naming.SAGEMAKER_PIPELINE, "-training").lower(), "pipeline/")


def _stopping(of: Names, tooling: Place, own: Place) -> resources.Stopping:
    machine = of.event_machine(tooling, "-training-stop", role="-training-stopper")
    return resources.Stopping(machine, of.role(own, "-stop"))


@dataclass(frozen=True)
class GroupStacks:
    """The names of a group's stacks, apart from those of endpoints: they follow from its name alone."""

    tooling: str
    build: str
    promotion: str


def group_stacks(context: ModuleContext, group: str) -> GroupStacks:
    """The stacks of a group by its name, whether it is deployed or not."""
    of = Names((names.prefix(context), group))
    return GroupStacks(*(of.name(naming.STACK, suffix) for suffix in ("-tooling", "-build", "-promotion")))


def _dashboard(settings: ModelCicdSettings, of: Names, tooling: Place, suffix: str) -> str | None:
    """Dashboards are an account's, whatever the region."""
    return of.name(naming.DASHBOARD, f"{suffix}_{tooling.region}") if settings.dashboards else None


def _network(settings: NetworkConfig) -> Network:
    return Network(
        enable_network_isolation=settings.enable_network_isolation,
        encrypt_inter_container_traffic=settings.encrypt_inter_container_traffic,
        vpc=resources.Vpc(settings.subnet_ids, settings.security_group_ids),
    )


def _training(
    group: DeploymentGroup,
    of: Names,
    tooling: Place,
    code: resources.Repository,
    machine: resources.BuildMachine,
    *,
    images: ImageStore | None,
) -> resources.BranchPipeline:
    paths = group.training.paths or PathFilters()
    pipeline = of.pipeline(tooling, "training", build="build", minutes=group.training.timeout_minutes, machine=machine)
    return resources.BranchPipeline(
        **vars(pipeline),
        repository=code,
        branch=group.source_branch,
        events_role=of.role(tooling, "-training-events"),
        push_rule=of.name(naming.RULE, "-push") if code.is_here else None,
        schedule=group.schedule,
        schedule_rule=of.name(naming.RULE, "-schedule"),
        includes=paths.includes,
        excludes=paths.excludes,
        images=images.project if images else None,
    )


def _registry(group: DeploymentGroup, of: Names, place: Place, prefix: str) -> resources.RegistryStore:
    return resources.RegistryStore(
        place=place,
        bucket=names.bucket(prefix, group.name, kind="registry", place=place),
        key_alias=of.key_alias(place, "-registry"),
        execution_role=of.role(place, "-execution"),
        readers=tuple(sorted(group.data_scientists)),
    )


def _releases(group: str, of: Names, place: Place, context: ModuleContext) -> resources.Releases:
    prefix = names.prefix(context)
    # A group may be called `a-releases`, so a hash of its own keeps the name apart from those of groups of candidates.
    identity = "\n".join((context.project, context.deployment, context.module, group))
    mark = f"-{naming.short_hash(identity)}-releases"
    name = naming.marked(prefix, group, limit=naming.MODEL_PACKAGE_GROUP.maximum, mark=mark).lower()
    return resources.Releases(
        place=place,
        bucket=names.bucket(prefix, group, kind="releases", place=place),
        key_alias=of.key_alias(place, "-releases"),
        models=resources.PackageGroup.at(place, name),
        recorder=of.event_machine(place, "-registration", role="-recorder"),
        role=of.role(place, "-release"),
    )
