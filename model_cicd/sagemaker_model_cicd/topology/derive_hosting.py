"""From an environment's `endpoint` settings to its hosting: defaults that depend on other settings."""

from __future__ import annotations

from dataclasses import replace

from model_cicd.aws.instances import has_local_storage
from model_cicd.aws.resources import Vpc
from model_cicd.hosting import (
    Alarm,
    Asynchronous,
    BatchTransform,
    Capture,
    Hosting,
    InstanceHosting,
    ModelQuality,
    Monitoring,
    Prefix,
    Processing,
    Rollout,
    Scaling,
    ServerlessHosting,
)
from model_cicd.sagemaker_model_cicd.settings.asynchronous import Async
from model_cicd.sagemaker_model_cicd.settings.batch import Batch
from model_cicd.sagemaker_model_cicd.settings.endpoint import (
    DEFAULT_INSTANCE_TYPE,
    DEFAULT_STEP_PERCENT,
    DataCapture,
    Deployment,
    Endpoint,
    ErrorAlarm,
    LatencyAlarm,
    Serverless,
)
from model_cicd.sagemaker_model_cicd.settings.monitoring import Monitoring as MonitoringSettings
from model_cicd.sagemaker_model_cicd.settings.parameters import BuildEnvironment, DeployEnvironment

_ROUTING = {"all-at-once": "ALL_AT_ONCE", "canary": "CANARY", "linear": "LINEAR"}


def hosting(environment: BuildEnvironment | DeployEnvironment) -> Hosting:
    """How `environment` serves; settings that `model-cicd check` refuses together are not looked for."""
    if environment.batch:
        return _transforms(environment.batch)
    endpoint = environment.endpoint
    if environment.kind == "serverless" and endpoint.serverless is None:
        endpoint = endpoint.model_copy(update={"serverless": Serverless()})
    made = replace(_hosting(endpoint, environment.monitoring), tested=environment.tests is not None)
    return replace(made, asynchronous=_asynchronous(environment.asynchronous)) if environment.asynchronous else made


def _asynchronous(settings: Async) -> Asynchronous:
    return Asynchronous(
        input=_prefix(settings.input, settings.input_key_arn),
        output=_prefix(settings.output, settings.output_key_arn),
        max_capacity=settings.max_capacity,
        backlog=settings.backlog_per_instance,
        concurrent=settings.max_concurrent,
        success_topic_arn=settings.success_topic_arn,
        error_topic_arn=settings.error_topic_arn,
    )


def _transforms(batch: Batch) -> Hosting:
    source, target = _prefix(batch.input, batch.input_key_arn), _prefix(batch.output, batch.output_key_arn)
    transform = BatchTransform(
        type=batch.instance_type,
        count=batch.instance_count,
        input=source,
        output=target,
        processing=Processing(
            content_type=batch.content_type,
            accept=batch.accept,
            lines=batch.split_lines,
            join=batch.join,
            input_filter=batch.input_filter,
            output_filter=batch.output_filter,
            payload_mb=batch.max_payload_in_mb,
        ),
        schedule=batch.schedule,
        on_new_data=batch.on_new_data,
        retries=batch.retries,
        minutes=batch.timeout_minutes,
        topic_arn=batch.notify,
    )
    return Hosting(
        kind=transform,
        scaling=None,
        vpc=Vpc(batch.vpc.subnet_ids, batch.vpc.security_group_ids) if batch.vpc else Vpc(),
        network_isolation=batch.enable_network_isolation,
        capture=None,
        own_volume_key=False,
        volume_key_arn=None,
        rollout=None,
    )


def _prefix(uri: str, key_arn: str | None) -> Prefix:
    bucket, _, path = uri.removeprefix("s3://").partition("/")
    return Prefix(bucket, path.strip("/"), key_arn)


def _hosting(endpoint: Endpoint, monitored: MonitoringSettings | None) -> Hosting:
    kind = _kind(endpoint)
    scaling = endpoint.autoscaling
    key = endpoint.volume_key
    if key is None:
        key = isinstance(kind, InstanceHosting) and not has_local_storage(kind.type)
    isolated = endpoint.enable_network_isolation
    return Hosting(
        kind=kind,
        scaling=(
            Scaling(scaling.min_capacity, scaling.max_capacity, scaling.target_invocations_per_instance)
            if scaling
            else None
        ),
        vpc=Vpc(endpoint.vpc.subnet_ids, endpoint.vpc.security_group_ids) if endpoint.vpc else Vpc(),
        network_isolation=isinstance(kind, InstanceHosting) if isolated is None else isolated,
        capture=_capture(endpoint.data_capture) if endpoint.data_capture else None,
        own_volume_key=key is True,
        volume_key_arn=key if isinstance(key, str) else None,
        rollout=_rollout(endpoint.deployment) if endpoint.deployment else None,
        monitoring=_monitoring(monitored) if monitored and endpoint.data_capture else None,
        sleeps=endpoint.asleep is not None,
        idle_days=endpoint.idle_days,
        idle_tells=endpoint.idle_notify is not None,
        shadow=endpoint.shadow.percentage if endpoint.shadow else None,
    )


def _kind(endpoint: Endpoint) -> InstanceHosting | ServerlessHosting:
    if endpoint.serverless:
        return ServerlessHosting(endpoint.serverless.memory_size_in_mb, endpoint.serverless.max_concurrency)
    least = endpoint.autoscaling.min_capacity if endpoint.autoscaling else 1
    return InstanceHosting(endpoint.instance_type or DEFAULT_INSTANCE_TYPE, endpoint.instance_count or least)


def _capture(capture: DataCapture) -> Capture:
    to = _prefix(capture.prefix, capture.kms_key_arn)
    return Capture(capture.percentage, to.bucket, to.path, to.key_arn)


def _monitoring(settings: MonitoringSettings) -> Monitoring:
    quality = settings.model_quality
    return Monitoring(
        every_hours=settings.every_hours,
        reports=_prefix(settings.reports, settings.kms_key_arn),
        instance_type=settings.instance_type,
        model_quality=ModelQuality(_prefix(quality.ground_truth, None), quality.problem) if quality else None,
        topic_arn=settings.notify,
    )


def _rollout(deployment: Deployment) -> Rollout:
    stepwise = deployment.strategy != "all-at-once"
    instances = deployment.step_instances
    percent = deployment.step_percent or DEFAULT_STEP_PERCENT
    return Rollout(
        routing=_ROUTING[deployment.strategy],
        step=(instances or percent) if stepwise else None,
        step_unit=("INSTANCE_COUNT" if instances else "CAPACITY_PERCENT") if stepwise else None,
        wait_seconds=60 * deployment.wait_minutes if stepwise else 0,
        termination_wait_seconds=60 * deployment.termination_wait_minutes,
        errors_alarm=_alarm(deployment.alarms.errors_5xx, "sum"),
        latency_alarm=_alarm(deployment.alarms.latency_ms, deployment.alarms.latency_ms.statistic),
        tells=deployment.alarms.notify is not None,
    )


def _alarm(alarm: ErrorAlarm | LatencyAlarm, statistic: str) -> Alarm:
    return Alarm(alarm.threshold, statistic, alarm.period_seconds, alarm.evaluation_periods)
