"""The names and ARNs of a group's promotion."""

from __future__ import annotations

from collections.abc import Sequence

from model_cicd.aws import naming
from model_cicd.aws.arns import Arns
from model_cicd.aws.bootstrap import bootstrap_roles
from model_cicd.sagemaker_model_cicd.settings.parameters import BuildEnvironment, DeployEnvironment, DeploymentGroup
from model_cicd.sagemaker_model_cicd.topology.derive_hosting import hosting
from model_cicd.sagemaker_model_cicd.topology.environments import deploy_settings, environments
from model_cicd.sagemaker_model_cicd.topology.places import ConsumerGrant, Environment
from model_cicd.sagemaker_model_cicd.topology.promotion import EndpointTarget, PromotionTopology
from model_cicd.settings.context import ModuleContext


def promotion(
    group: DeploymentGroup, context: ModuleContext, prefix: str, consumers: Sequence[ConsumerGrant]
) -> PromotionTopology:
    """The promotion of `group`; `consumers` are the grants of its environments."""
    tooling = Arns(context.partition, context.tooling_account, context.tooling_region)
    own, deploy = environments(group)
    build = Arns(context.partition, own.account, own.region)

    def name(limit: naming.Limit, suffix: str) -> str:
        return naming.join(prefix, group.name, limit=limit.maximum, keep=suffix)

    # No suffix is the end of another's after a hyphen, so that group 'a' and group 'a-promotion' keep theirs apart.
    pipeline = name(naming.PIPELINE, "-promotion")
    project = name(naming.PROJECT, "-promotion")
    machine = name(naming.STATE_MACHINE, "-promotion")
    kinds = ("promotion-pipeline", "promotion-prepare", "promotion-events", "promotion-trigger", "promotion-reader")
    roles = {kind: name(naming.ROLE, f"-{kind}") for kind in kinds}
    registry_policy, stage_policy = name(naming.POLICY, "-approver"), name(naming.POLICY, "-promoter")
    return PromotionTopology(
        stack_name=name(naming.STACK, "-promotion"),
        pipeline_name=pipeline,
        pipeline_arn=tooling.of("codepipeline", pipeline),
        pipeline_role_name=roles["promotion-pipeline"],
        pipeline_role_arn=tooling.role(roles["promotion-pipeline"]),
        prepare_project_name=project,
        prepare_project_arn=tooling.of("codebuild", f"project/{project}"),
        prepare_log_group_name=f"/aws/codebuild/{project}",
        prepare_role_name=roles["promotion-prepare"],
        prepare_role_arn=tooling.role(roles["promotion-prepare"]),
        rule_name=name(naming.RULE, "-promotion"),
        events_role_name=roles["promotion-events"],
        events_role_arn=tooling.role(roles["promotion-events"]),
        state_machine_name=machine,
        state_machine_arn=tooling.of("states", f"stateMachine:{machine}"),
        # the prefix spares CloudWatch's resource policy, which holds few log groups by name:
        # https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
        state_machine_log_group_name=f"/aws/vendedlogs/states/{machine}",
        state_machine_role_name=roles["promotion-trigger"],
        state_machine_role_arn=tooling.role(roles["promotion-trigger"]),
        stage_approver_policy_name=stage_policy,
        stage_approver_policy_arn=tooling.policy(stage_policy),
        reader_role_name=roles["promotion-reader"],
        reader_role_arn=build.role(roles["promotion-reader"]),
        approver_policy_name=registry_policy,
        approver_policy_arn=build.policy(registry_policy),
        targets=tuple(
            _target(settings, environment, group=group.name, context=context, prefix=prefix, consumers=consumers)
            for settings, environment in zip(deploy_settings(group), deploy, strict=True)
        ),
    )


def _target(
    settings: BuildEnvironment | DeployEnvironment,
    environment: Environment,
    *,
    group: str,
    context: ModuleContext,
    prefix: str,
    consumers: Sequence[ConsumerGrant],
) -> EndpointTarget:
    arns = Arns(context.partition, environment.account, environment.region)
    # Only hyphens may stand between the parts of these names, so a hash of the parts keeps them apart in any case.
    identity = "\n".join((context.project, context.deployment, context.module, group, environment.name))
    unique = f"-{naming.short_hash(identity)}"
    # Endpoint names are one whatever their case, and stand in ARNs in lower case.
    endpoint = naming.marked(prefix, group, environment.name, limit=naming.ENDPOINT.maximum, mark=unique).lower()
    alias = f"alias/{endpoint}-volume"
    grant = next(each for each in consumers if environment.name in each.environments)
    asks = settings.require_approval
    return EndpointTarget(
        environment=environment,
        bootstrap=bootstrap_roles(context.partition, environment.account, environment.region),
        stage_name=f"Deploy-{environment.name}",
        stack_name=naming.marked(
            prefix, group, environment.name, limit=naming.STACK.maximum, mark=f"{unique}-endpoint"
        ),
        endpoint_name=endpoint,
        endpoint_arn=arns.of("sagemaker", f"endpoint/{endpoint}"),
        model_execution_role_name=grant.model_execution_role_name,
        model_execution_role_arn=grant.model_execution_role_arn,
        key_alias=alias,
        key_alias_arn=arns.of("kms", alias),
        errors_alarm_name=f"{endpoint}-errors",
        latency_alarm_name=f"{endpoint}-latency",
        require_approval=environment.type == "prod" if asks is None else asks,
        hosting=hosting(settings.endpoint),
        tags=dict(sorted(settings.endpoint.tags.items())),
    )
