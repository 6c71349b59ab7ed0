"""A model from the registry behind an endpoint with a stable name."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from model_cicd.hosting import Capture, Hosting, InstanceHosting, Rollout, ServerlessHosting

#: every endpoint has one variant, which scaling and alarms name
VARIANT = "AllTraffic"

_Config = sagemaker.CfnEndpointConfig
_Endpoint = sagemaker.CfnEndpoint


class Endpoint(Construct):
    """Model, endpoint configuration and endpoint. Model and configuration are made anew for each version.

    `volume_key_arn` encrypts the instances' volumes, if any does; the alarms roll a new version back.
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
        hosting: Hosting,
        volume_key_arn: str | None,
        alarm_names: Sequence[str],
    ) -> None:
        super().__init__(scope, id)
        model = sagemaker.CfnModel(
            self,
            "Model",
            execution_role_arn=execution_role_arn,
            primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(model_package_name=model_package_arn),
            enable_network_isolation=hosting.network_isolation,
            vpc_config=(
                sagemaker.CfnModel.VpcConfigProperty(
                    subnets=list(hosting.vpc.subnet_ids), security_group_ids=list(hosting.vpc.security_group_ids)
                )
                if hosting.vpc
                else None
            ),
        )
        config = _Config(
            self,
            "Config",
            production_variants=[_variant(hosting.kind, model.attr_model_name)],
            kms_key_id=volume_key_arn,
            data_capture_config=_capture(hosting.capture) if hosting.capture else None,
        )
        self.endpoint = _Endpoint(
            self,
            "Endpoint",
            endpoint_name=name,
            endpoint_config_name=config.attr_endpoint_config_name,
            deployment_config=_deployment(hosting.rollout, alarm_names) if hosting.rollout else None,
            # a new version starts with as many instances as the load has now
            retain_all_variant_properties=True if hosting.scaling else None,
            exclude_retained_variant_properties=(
                [_Endpoint.VariantPropertyProperty(variant_property_type=each) for each in _NOT_RETAINED]
                if hosting.scaling
                else None
            ),
        )
        self.name = self.endpoint.attr_endpoint_name


_NOT_RETAINED = ("DataCaptureConfig", "DesiredWeight")


def _variant(kind: InstanceHosting | ServerlessHosting, model_name: str) -> _Config.ProductionVariantProperty:
    if isinstance(kind, ServerlessHosting):
        return _Config.ProductionVariantProperty(
            variant_name=VARIANT,
            model_name=model_name,
            initial_variant_weight=1,
            serverless_config=_Config.ServerlessConfigProperty(
                memory_size_in_mb=kind.memory_mb, max_concurrency=kind.max_concurrency
            ),
        )
    return _Config.ProductionVariantProperty(
        variant_name=VARIANT,
        model_name=model_name,
        initial_variant_weight=1,
        instance_type=kind.type,
        initial_instance_count=kind.count,
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


def _deployment(rollout: Rollout, alarm_names: Sequence[str]) -> _Endpoint.DeploymentConfigProperty:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html."""
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
                alarms=[_Endpoint.AlarmProperty(alarm_name=name) for name in alarm_names]
            )
        ),
    )
