"""From settings to topology: defaults resolved, every name and ARN derived."""

from __future__ import annotations

from collections.abc import Iterable

from model_cicd.aws import naming
from model_cicd.aws.arns import Arns
from model_cicd.aws.bootstrap import bootstrap_roles
from model_cicd.sagemaker_model_cicd.settings.parameters import DeploymentGroup, ModelCicdSettings
from model_cicd.sagemaker_model_cicd.topology.derive_promotion import promotion
from model_cicd.sagemaker_model_cicd.topology.environments import environments
from model_cicd.sagemaker_model_cicd.topology.places import ConsumerGrant, Environment
from model_cicd.sagemaker_model_cicd.topology.records import (
    GroupTopology,
    Network,
    Repository,
    ToolingTopology,
    Topology,
)
from model_cicd.settings import names
from model_cicd.settings.context import ModuleContext


def build(settings: ModelCicdSettings, context: ModuleContext) -> Topology:
    """The topology of `settings` deployed as `context` says."""
    prefix, path = names.prefix(context), names.parameter_path(context)
    groups = tuple(_group(group, context, prefix, path) for group in settings.deployment_groups)
    own = _pairs(
        [(context.tooling_account, context.tooling_region)], ((g.build.account, g.build.region) for g in groups)
    )
    deploy = _pairs((each.account, each.region) for group in groups for each in group.deploy)
    return Topology(
        context=context,
        prefix=prefix,
        tooling=_tooling(settings, context, prefix, groups),
        groups=groups,
        bootstrap_roles=tuple(bootstrap_roles(context.partition, *pair) for pair in own),
        deploy_bootstrap_roles=tuple(bootstrap_roles(context.partition, *pair) for pair in deploy if pair not in own),
        permissions_boundary_name=settings.permissions_boundary_name,
        s3_access_logs_bucket_arn=settings.s3_access_logs_bucket_arn,
        organization_id=settings.organization_id,
        build_account_ids=settings.build_account_ids,
        deploy_account_ids=settings.deploy_account_ids,
        access_acknowledgements={each.grant: each.reason for each in settings.access_acknowledgements},
        tags=dict(sorted(settings.custom_tags.items())),
        parameter_path=path,
    )


def _pairs(*sources: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(dict.fromkeys(pair for source in sources for pair in source))


def _tooling(
    settings: ModelCicdSettings, context: ModuleContext, prefix: str, groups: tuple[GroupTopology, ...]
) -> ToolingTopology:
    account, region = context.tooling_account, context.tooling_region
    arns = Arns(context.partition, account, region)
    infra, training = settings.infra_repo, settings.model_build_repo
    bucket = names.bucket(prefix, kind="artifacts", account=account, region=region)
    alias = f"alias/{naming.join(prefix, limit=naming.KEY_ALIAS.maximum - len('alias/'), keep='-artifacts')}"
    pipeline = naming.join(prefix, limit=naming.PIPELINE.maximum, keep="-infra")
    project = naming.join(prefix, limit=naming.PROJECT.maximum, keep="-infra")
    roles = {
        kind: naming.join(prefix, limit=naming.ROLE.maximum, keep=f"-infra-{kind}")
        for kind in ("pipeline", "build", "events")
    }
    return ToolingTopology(
        account=account,
        region=region,
        stack_name=naming.join(prefix, limit=naming.STACK.maximum),
        infra_stack_name=naming.join(prefix, limit=naming.STACK.maximum, keep="-infra"),
        model_build_repository=Repository(training.name, arns.of("codecommit", training.name), training.create),
        infra_repository=Repository(infra.name, arns.of("codecommit", infra.name), infra.create),
        infra_branch=infra.branch,
        artifact_bucket_name=bucket,
        artifact_bucket_arn=arns.bucket(bucket),
        artifact_key_alias=alias,
        artifact_key_alias_arn=arns.of("kms", alias),
        infra_pipeline_name=pipeline,
        infra_pipeline_arn=arns.of("codepipeline", pipeline),
        infra_project_name=project,
        infra_project_arn=arns.of("codebuild", f"project/{project}"),
        infra_log_group_name=f"/aws/codebuild/{project}",
        infra_pipeline_role_name=roles["pipeline"],
        infra_pipeline_role_arn=arns.role(roles["pipeline"]),
        infra_build_role_name=roles["build"],
        infra_build_role_arn=arns.role(roles["build"]),
        infra_events_role_name=roles["events"],
        infra_events_role_arn=arns.role(roles["events"]),
        infra_rule_name=naming.join(prefix, limit=naming.RULE.maximum, keep="-infra-redeploy"),
        event_bus_arn=arns.of("events", "event-bus/default"),
        forwarding_accounts=tuple(sorted({group.build.account for group in groups} - {account})),
    )


def _group(group: DeploymentGroup, context: ModuleContext, prefix: str, path: str) -> GroupTopology:
    own, deploy = environments(group)
    tooling = Arns(context.partition, context.tooling_account, context.tooling_region)
    arns = Arns(context.partition, own.account, own.region)
    network = group.network_config

    def name(limit: naming.Limit, suffix: str) -> str:
        return naming.join(prefix, group.name, limit=limit.maximum, keep=suffix)

    # SageMaker writes names in lower case into its ARNs, and policies compare ARNs with regard to case.
    package_group = name(naming.MODEL_PACKAGE_GROUP, "").lower()
    sagemaker_pipeline = name(naming.SAGEMAKER_PIPELINE, "-training").lower()
    pipeline = name(naming.PIPELINE, "-training")
    project = name(naming.PROJECT, "-training")
    bucket = names.bucket(prefix, group.name, kind="registry", account=own.account, region=own.region)
    alias = "alias/" + naming.join(prefix, group.name, limit=naming.KEY_ALIAS.maximum - 6, keep="-registry")
    roles = {
        kind: name(naming.ROLE, f"-{kind}")
        for kind in ("training-pipeline", "training-build", "training-events", "start", "execution", "forward")
    }
    consumers = _consumers(group.name, deploy, context.partition, prefix)
    return GroupTopology(
        name=group.name,
        source_branch=group.source_branch,
        schedule=group.schedule,
        pipeline_parameters=dict(sorted(group.pipeline_parameters.items())),
        pipeline_config=group.pipeline_config,
        network=Network(
            enable_network_isolation=network.enable_network_isolation,
            encrypt_inter_container_traffic=network.encrypt_inter_container_traffic,
            subnet_ids=network.subnet_ids,
            security_group_ids=network.security_group_ids,
        ),
        build=own,
        deploy=deploy,
        tooling_stack_name=name(naming.STACK, "-tooling"),
        build_stack_name=name(naming.STACK, "-build"),
        training_pipeline_name=pipeline,
        training_pipeline_arn=tooling.of("codepipeline", pipeline),
        training_project_name=project,
        training_project_arn=tooling.of("codebuild", f"project/{project}"),
        training_log_group_name=f"/aws/codebuild/{project}",
        training_pipeline_role_name=roles["training-pipeline"],
        training_pipeline_role_arn=tooling.role(roles["training-pipeline"]),
        training_build_role_name=roles["training-build"],
        training_build_role_arn=tooling.role(roles["training-build"]),
        training_events_role_name=roles["training-events"],
        training_events_role_arn=tooling.role(roles["training-events"]),
        push_rule_name=name(naming.RULE, "-push"),
        schedule_rule_name=name(naming.RULE, "-schedule"),
        start_role_name=roles["start"],
        start_role_arn=arns.role(roles["start"]),
        execution_role_name=roles["execution"],
        execution_role_arn=arns.role(roles["execution"]),
        forward_role_name=roles["forward"],
        forward_role_arn=arns.role(roles["forward"]),
        forward_rule_name=name(naming.RULE, "-forward"),
        forwards_events=(own.account, own.region) != (context.tooling_account, context.tooling_region),
        bucket_name=bucket,
        bucket_arn=arns.bucket(bucket),
        key_alias=alias,
        key_alias_arn=arns.of("kms", alias),
        model_package_group_name=package_group,
        model_package_group_arn=arns.of("sagemaker", f"model-package-group/{package_group}"),
        model_packages_arn=arns.of("sagemaker", f"model-package/{package_group}/*"),
        sagemaker_pipeline_name=sagemaker_pipeline,
        sagemaker_pipeline_arn=arns.of("sagemaker", f"pipeline/{sagemaker_pipeline}"),
        consumers=tuple(each for each in consumers if each.account != own.account),
        local_consumers=tuple(each for each in consumers if each.account == own.account),
        promotion=promotion(group, context, prefix, consumers),
        parameter_path=f"{path}/{naming.parameter_part(group.name)}",
    )


def _consumers(group: str, deploy: tuple[Environment, ...], partition: str, prefix: str) -> tuple[ConsumerGrant, ...]:
    """One grant for each role, in the order of the environments."""
    grants: dict[str, ConsumerGrant] = {}
    for environment in deploy:
        # A dot stands in neither name, so that group 'a' with 'b-c' and group 'a-b' with 'c' keep their roles apart.
        role = naming.join(prefix, group, environment.name, limit=naming.ROLE.maximum, keep="-model", last=".")
        bootstrap = bootstrap_roles(partition, environment.account, environment.region)
        role_arn = Arns(partition, environment.account, environment.region).role(role)
        known = grants.get(role_arn)
        names = (*known.environments, environment.name) if known else (environment.name,)
        grants[role_arn] = ConsumerGrant(
            environments=names,
            account=environment.account,
            region=environment.region,
            type=environment.type,
            model_execution_role_name=role,
            model_execution_role_arn=role_arn,
            deploy_role_name=bootstrap.cfn_exec.rpartition("/")[2],
            deploy_role_arn=bootstrap.cfn_exec,
        )
    return tuple(grants.values())
