"""The names and ARNs of a group's promotion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from model_cicd.aws import naming
from model_cicd.aws.place import Named, Place
from model_cicd.aws.resources import BuildMachine, Project
from model_cicd.aws.shadow import Limits, ShadowRun
from model_cicd.aws.stage_tests import StagedPipeline, StageTests
from model_cicd.hosting import Hosting
from model_cicd.sagemaker_model_cicd.settings.endpoint import Shadow
from model_cicd.sagemaker_model_cicd.settings.parameters import BuildEnvironment, DeployEnvironment, DeploymentGroup
from model_cicd.sagemaker_model_cicd.topology.derive_hosting import hosting
from model_cicd.sagemaker_model_cicd.topology.derive_sleep import sleep_times
from model_cicd.sagemaker_model_cicd.topology.environments import deploy_settings, environments
from model_cicd.sagemaker_model_cicd.topology.places import ConsumerGrant, Environment
from model_cicd.sagemaker_model_cicd.topology.promotion import (
    BatchRuns,
    EndpointTarget,
    MonitorNames,
    PromotionTopology,
)
from model_cicd.settings import names
from model_cicd.settings.context import ModuleContext
from model_cicd.settings.names import Names

#: of the 63 characters of a transform job's name: a hash of its run follows (32), the number of the try and two hyphens
MOST_OF_JOB = 28
#: a suite takes no longer than half of the first; what settles waits for it, and an endpoint may roll out slowly
_TEST_MINUTES, _SETTLE_MINUTES = 60, 300
#: two updates of an endpoint, besides what is waited for copies of requests
_SHADOW_MINUTES = 240


def promotion(
    group: DeploymentGroup,
    context: ModuleContext,
    consumers: Sequence[ConsumerGrant],
    *,
    stack_name: str,
    machine: BuildMachine,
) -> PromotionTopology:
    """The promotion of `group`; `consumers` are the grants of its environments, builds run on `machine`."""
    tooling = context.tooling
    own, deploy = environments(group, context.partition)
    # No suffix is the end of another's after a hyphen, so that group 'a' and group 'a-promotion' keep theirs apart.
    of = Names((names.prefix(context), group.name))
    pipeline = of.pipeline(
        tooling, "promotion", build="prepare", minutes=group.promotion.timeout_minutes, machine=machine
    )
    targets = tuple(
        _target(settings, environment, group=group.name, context=context, consumers=consumers, machine=machine)
        for settings, environment in zip(deploy_settings(group), deploy, strict=True)
    )
    return PromotionTopology(
        stack_name=stack_name,
        pipeline=StagedPipeline(
            **vars(pipeline),
            tests=tuple(each.tests for each in targets if each.tests),
            shadows=tuple(each.shadow.project for each in targets if each.shadow),
        ),
        trigger=of.event_machine(tooling, "-promotion", role="-promotion-trigger"),
        stage_approver=of.policy(tooling, "-promoter"),
        approver=of.policy(own.place, "-approver"),
        approval_minutes=group.promotion.approval_timeout_minutes,
        targets=targets,
    )


def _target(
    settings: BuildEnvironment | DeployEnvironment,
    environment: Environment,
    *,
    group: str,
    context: ModuleContext,
    consumers: Sequence[ConsumerGrant],
    machine: BuildMachine,
) -> EndpointTarget:
    parts = (names.prefix(context), group, environment.name)
    # Only hyphens may stand between the parts of these names, so a hash of the parts keeps them apart in any case.
    identity = "\n".join((context.project, context.deployment, context.module, group, environment.name))
    of, place = names.MarkedNames(parts, f"-{naming.short_hash(identity)}"), environment.place
    # Endpoint names are one whatever their case, and stand in ARNs in lower case.
    endpoint = of.name(naming.ENDPOINT).lower()
    asks = settings.require_approval
    return EndpointTarget(
        environment=environment,
        bootstrap=context.bootstrap(place),
        stage_name=f"Deploy-{environment.name}",
        stack_name=of.name(naming.STACK, "-endpoint"),
        endpoint=place.named("sagemaker", endpoint, "endpoint/"),
        model_execution_role=next(
            each.model_execution_role for each in consumers if environment.name in each.environments
        ),
        key_alias=place.named("kms", f"alias/{endpoint}-volume"),
        require_approval=environment.type == "prod" if asks is None else asks,
        hosting=_served(settings, environment, context),
        tests=(
            _tests(settings.tests.suite, of, tooling=context.tooling, place=place, machine=machine)
            if settings.tests
            else None
        ),
        tags=dict(sorted((settings.batch or settings.endpoint).tags.items())),
        monitor=_monitor(of, monitor_role(*parts[:2], environment), place) if settings.monitoring else None,
        batch=_batch_runs(of, place) if settings.batch else None,
        idle_topic_arn=settings.endpoint.idle_notify,
        alarm_topic_arn=deployment.alarms.notify if (deployment := settings.endpoint.deployment) else None,
        sleep_times=sleep_times(settings.endpoint.asleep, of, context.tooling),
        shadow=(
            _shadow(settings.endpoint.shadow, of, tooling=context.tooling, machine=machine)
            if settings.endpoint.shadow
            else None
        ),
    )


def _batch_runs(of: names.MarkedNames, place: Place) -> BatchRuns:
    machine = of.event_machine(place, "-batch", role="-batch-run")
    return BatchRuns(machine, naming.marked(*of.parts, limit=MOST_OF_JOB, mark=of.mark).lower())


def _served(
    settings: BuildEnvironment | DeployEnvironment, environment: Environment, context: ModuleContext
) -> Hosting:
    """How it serves; drift is told to the tooling account where that is another place, and trains on it."""
    found = hosting(settings)
    if found.monitoring is None or settings.monitoring is None or settings.monitoring.retrain is None:
        return found
    return replace(found, monitoring=replace(found.monitoring, forwards=environment.place != context.tooling))


def monitor_role(prefix: str, group: str, environment: Environment) -> Named:
    """The role of the jobs that monitor an environment: a second dot keeps it apart from every model role."""
    keep = ".monitor-model"
    name = naming.join(prefix, group, environment.name, limit=naming.ROLE.maximum, keep=keep, last=".")
    return Named(name, environment.place.role(name))


def _monitor(of: names.MarkedNames, role: Named, place: Place) -> MonitorNames:
    data, model = (of.name(naming.ENDPOINT, f"-{kind}-quality").lower() for kind in ("data", "model"))
    return MonitorNames(role, data, model, of.name(naming.RULE, "-drift"), of.role(place, "-drift-events"))


def _shadow(settings: Shadow, of: names.MarkedNames, *, tooling: Place, machine: BuildMachine) -> ShadowRun:
    """A build of the tooling account, named as the endpoint."""
    minutes = settings.minutes + _SHADOW_MINUTES
    return ShadowRun(
        of.project(tooling, "-shadow", role="-shadow", minutes=minutes, machine=machine),
        Limits(settings.requests, settings.minutes, settings.latency_factor, settings.error_rate),
    )


def _tests(suite: str, of: names.MarkedNames, *, tooling: Place, place: Place, machine: BuildMachine) -> StageTests:
    """Two builds of the tooling account and a role of the environment's, named as its endpoint."""

    def project(suffix: str, minutes: int) -> Project:
        return of.project(tooling, suffix, role=suffix, minutes=minutes, machine=machine)

    return StageTests(
        suite, project("-tests", _TEST_MINUTES), project("-settle", _SETTLE_MINUTES), of.role(place, "-invoke")
    )
