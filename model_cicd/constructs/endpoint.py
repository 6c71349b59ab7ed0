"""A model from the registry behind an endpoint with a stable name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from model_cicd.aws.shadow import SERVING_VARIANT, SHADOW_VARIANT
from model_cicd.constructs.resource import resource
from model_cicd.hosting import (
    Asynchronous,
    BatchTransform,
    Capture,
    Hosting,
    InstanceHosting,
    Rollout,
    ServerlessHosting,
)

VARIANT = SERVING_VARIANT


@dataclass(frozen=True)
class Shadow:
    """A release (ARN) that gets copies of `percentage` of the requests while `condition` holds."""

    model_package_arn: str
    percentage: int
    condition: cdk.CfnCondition


@dataclass(frozen=True)
class Serves:
    """The release (ARN) that answers, the role (ARN) that its containers run as, and a release beside it, if any."""

    model_package_arn: str
    execution_role_arn: str
    shadow: Shadow | None = None


class Endpoint(Construct):
    """Model, endpoint configuration and endpoint. Model and configuration are made anew for each version.

    `volume_key_arn` encrypts the instances' volumes, if any does; the alarms roll a new version back. A shadow is on
    as many instances as what serves.
    Attributes: `endpoint` and `name`, the endpoint's name once it exists.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        serves: Serves,
        hosting: Hosting,
        volume_key_arn: str | None,
        alarm_names: Sequence[str],
    ) -> None:
        super().__init__(scope, id)
        kind = hosting.kind
        if isinstance(kind, BatchTransform):
            raise TypeError("transforms have no endpoint")
        served = model(
            self,
            model_package_arn=serves.model_package_arn,
            execution_role_arn=serves.execution_role_arn,
            hosting=hosting,
        )
        config = resource(
            sagemaker.CfnEndpointConfig,
            self,
            "Config",
            production_variants=[_variant(kind, served.attr_model_name)],
            shadow_production_variants=self._shadow(serves, serves.shadow, hosting) if serves.shadow else None,
            kms_key_id=volume_key_arn,
            data_capture_config=_capture(hosting.capture) if hosting.capture else None,
            async_inference_config=_asynchronous(hosting.asynchronous) if hosting.asynchronous else None,
        )
        self.endpoint = resource(
            sagemaker.CfnEndpoint,
            self,
            "Endpoint",
            endpoint_name=name,
            endpoint_config_name=config.attr_endpoint_config_name,
            deployment_config=_deployment(hosting.rollout, alarm_names) if hosting.rollout else None,
            # a new version starts with as many instances as the load has now
            retain_all_variant_properties=True if hosting.scaling else None,
            exclude_retained_variant_properties=(
                [{"variantPropertyType": each} for each in _NOT_RETAINED] if hosting.scaling else None
            ),
        )
        self.name = self.endpoint.attr_endpoint_name

    def _shadow(self, serves: Serves, shadow: Shadow, hosting: Hosting) -> cdk.IResolvable:
        """The shadow variant, as long as there is one."""
        assert isinstance(hosting.kind, InstanceHosting)
        made = model(
            Construct(self, "Shadow"),
            model_package_arn=shadow.model_package_arn,
            execution_role_arn=serves.execution_role_arn,
            hosting=hosting,
        )
        made.cfn_options.condition = shadow.condition
        variant = {
            "VariantName": SHADOW_VARIANT,
            "ModelName": made.attr_model_name,
            # of the weight of what serves, which is 1
            "InitialVariantWeight": shadow.percentage / 100,
            "InstanceType": hosting.kind.type,
            "InitialInstanceCount": hosting.kind.count,
        }
        return cdk.Fn.condition_if(shadow.condition.logical_id, [variant], cdk.Aws.NO_VALUE)


def model(scope: Construct, *, model_package_arn: str, execution_role_arn: str, hosting: Hosting) -> sagemaker.CfnModel:
    """A model of a package, made anew for each version."""
    return resource(
        sagemaker.CfnModel,
        scope,
        "Model",
        execution_role_arn=execution_role_arn,
        primary_container={"modelPackageName": model_package_arn},
        enable_network_isolation=hosting.network_isolation,
        vpc_config=(
            {"subnets": hosting.vpc.subnet_ids, "securityGroupIds": hosting.vpc.security_group_ids}
            if hosting.vpc
            else None
        ),
    )


_NOT_RETAINED = ("DataCaptureConfig", "DesiredWeight")


def _variant(kind: InstanceHosting | ServerlessHosting, model_name: str) -> dict[str, Any]:
    variant: dict[str, Any] = {"variantName": VARIANT, "modelName": model_name, "initialVariantWeight": 1}
    if isinstance(kind, ServerlessHosting):
        return variant | {
            "serverlessConfig": {"memorySizeInMb": kind.memory_mb, "maxConcurrency": kind.max_concurrency}
        }
    return variant | {"instanceType": kind.type, "initialInstanceCount": kind.count}


def _asynchronous(asynchronous: Asynchronous) -> dict[str, Any]:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-create-endpoint.html."""
    topics = {"successTopic": asynchronous.success_topic_arn, "errorTopic": asynchronous.error_topic_arn}
    output = asynchronous.output
    return {
        "clientConfig": (
            {"maxConcurrentInvocationsPerInstance": asynchronous.concurrent} if asynchronous.concurrent else None
        ),
        "outputConfig": {
            "s3OutputPath": f"{output.uri}/",
            "s3FailurePath": f"{output.uri}/failed/",
            "kmsKeyId": output.key_arn,
            "notificationConfig": topics if asynchronous.topics else None,
        },
    }


def _capture(capture: Capture) -> dict[str, Any]:
    return {
        "enableCapture": True,
        "initialSamplingPercentage": capture.percentage,
        "destinationS3Uri": capture.uri,
        "kmsKeyId": capture.key_arn,
        "captureOptions": [{"captureMode": mode} for mode in ("Input", "Output")],
        # without these, SageMaker writes the captured text as base64
        "captureContentTypeHeader": {"csvContentTypes": ["text/csv"], "jsonContentTypes": ["application/json"]},
    }


def _deployment(rollout: Rollout, alarm_names: Sequence[str]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html."""
    size = {"type": rollout.step_unit, "value": rollout.step} if rollout.step_unit and rollout.step else None
    return {
        "blueGreenUpdatePolicy": {
            "trafficRoutingConfiguration": {
                "type": rollout.routing,
                "canarySize": size if rollout.routing == "CANARY" else None,
                "linearStepSize": size if rollout.routing == "LINEAR" else None,
                "waitIntervalInSeconds": rollout.wait_seconds,
            },
            "terminationWaitInSeconds": rollout.termination_wait_seconds,
        },
        "autoRollbackConfiguration": {"alarms": [{"alarmName": name} for name in alarm_names]},
    }
