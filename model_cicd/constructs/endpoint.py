"""A model from the registry behind an endpoint with a stable name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

#: every endpoint has one variant, which scaling and alarms name
VARIANT = "AllTraffic"

_Config = sagemaker.CfnEndpointConfig
_Endpoint = sagemaker.CfnEndpoint


@dataclass(frozen=True)
class Instances:
    """Hosting on instances; `scaled` when their number is left to autoscaling after the first deployment."""

    type: str
    count: int
    scaled: bool


@dataclass(frozen=True)
class Serverless:
    """Hosting without instances: memory in MB, and how many requests run at once."""

    memory_mb: int
    max_concurrency: int


@dataclass(frozen=True)
class Capture:
    """Which share of requests and answers goes where, encrypted with which key (ARN), if any."""

    percentage: int
    uri: str
    key_arn: str | None


@dataclass(frozen=True)
class Rollout:
    """How traffic moves to a new version.

    `routing` is ALL_AT_ONCE, CANARY or LINEAR; `step` is the size of canary or linear step, in `step_unit`
    (INSTANCE_COUNT or CAPACITY_PERCENT). Waits are in seconds. An alarm of `alarms` (names) rolls it back.
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
    """

    routing: str
    step: int | None
    step_unit: str | None
    wait_seconds: int
    termination_wait_seconds: int
    alarms: Sequence[str]


class Endpoint(Construct):
    """Model, endpoint configuration and endpoint. Model and configuration are made anew for each version.

    Attributes: `endpoint` and `name`, the endpoint's name once it exists.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        model_package_arn: str,
        execution_role_arn: str,
        hosting: Instances | Serverless,
        network_isolation: bool,
        subnet_ids: Sequence[str],
        security_group_ids: Sequence[str],
        volume_key_arn: str | None,
        capture: Capture | None,
        rollout: Rollout | None,
    ) -> None:
        super().__init__(scope, id)
        model = sagemaker.CfnModel(
            self,
            "Model",
            execution_role_arn=execution_role_arn,
            primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(model_package_name=model_package_arn),
            enable_network_isolation=network_isolation,
            vpc_config=(
                sagemaker.CfnModel.VpcConfigProperty(
                    subnets=list(subnet_ids), security_group_ids=list(security_group_ids)
                )
                if subnet_ids
                else None
            ),
        )
        config = _Config(
            self,
            "Config",
            production_variants=[_variant(hosting, model.attr_model_name)],
            kms_key_id=volume_key_arn,
            data_capture_config=_capture(capture) if capture else None,
        )
        scaled = isinstance(hosting, Instances) and hosting.scaled
        self.endpoint = _Endpoint(
            self,
            "Endpoint",
            endpoint_name=name,
            endpoint_config_name=config.attr_endpoint_config_name,
            deployment_config=_deployment(rollout) if rollout else None,
            # a new version starts with as many instances as the load has now
            retain_all_variant_properties=True if scaled else None,
            exclude_retained_variant_properties=(
                [_Endpoint.VariantPropertyProperty(variant_property_type=each) for each in _NOT_RETAINED]
                if scaled
                else None
            ),
        )
        self.name = self.endpoint.attr_endpoint_name


_NOT_RETAINED = ("DataCaptureConfig", "DesiredWeight")


def _variant(hosting: Instances | Serverless, model_name: str) -> _Config.ProductionVariantProperty:
    if isinstance(hosting, Serverless):
        return _Config.ProductionVariantProperty(
            variant_name=VARIANT,
            model_name=model_name,
            initial_variant_weight=1,
            serverless_config=_Config.ServerlessConfigProperty(
                memory_size_in_mb=hosting.memory_mb, max_concurrency=hosting.max_concurrency
            ),
        )
    return _Config.ProductionVariantProperty(
        variant_name=VARIANT,
        model_name=model_name,
        initial_variant_weight=1,
        instance_type=hosting.type,
        initial_instance_count=hosting.count,
    )


def _capture(capture: Capture) -> _Config.DataCaptureConfigProperty:
    return _Config.DataCaptureConfigProperty(
        enable_capture=True,
        initial_sampling_percentage=capture.percentage,
        destination_s3_uri=capture.uri,
        kms_key_id=capture.key_arn,
        capture_options=[_Config.CaptureOptionProperty(capture_mode=mode) for mode in ("Input", "Output")],
        # without these, SageMaker writes the captured text as base64
        capture_content_type_header=_Config.CaptureContentTypeHeaderProperty(
            csv_content_types=["text/csv"], json_content_types=["application/json"]
        ),
    )


def _deployment(rollout: Rollout) -> _Endpoint.DeploymentConfigProperty:
    size = (
        _Endpoint.CapacitySizeProperty(type=rollout.step_unit, value=rollout.step)
        if rollout.step_unit and rollout.step
        else None
    )
    return _Endpoint.DeploymentConfigProperty(
        blue_green_update_policy=_Endpoint.BlueGreenUpdatePolicyProperty(
            traffic_routing_configuration=_Endpoint.TrafficRoutingConfigProperty(
                type=rollout.routing,
                canary_size=size if rollout.routing == "CANARY" else None,
                linear_step_size=size if rollout.routing == "LINEAR" else None,
                wait_interval_in_seconds=rollout.wait_seconds,
            ),
            termination_wait_in_seconds=rollout.termination_wait_seconds,
        ),
        auto_rollback_configuration=(
            _Endpoint.AutoRollbackConfigProperty(
                alarms=[_Endpoint.AlarmProperty(alarm_name=alarm) for alarm in rollout.alarms]
            )
            if rollout.alarms
            else None
        ),
    )
