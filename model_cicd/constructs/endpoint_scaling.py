"""The number of an endpoint's instances follows its load."""

from __future__ import annotations

from aws_cdk import aws_applicationautoscaling as autoscaling
from constructs import Construct

from model_cicd.constructs.endpoint import VARIANT
from model_cicd.constructs.resource import resource
from model_cicd.hosting import Scaling

_DIMENSION = "sagemaker:variant:DesiredInstanceCount"


def endpoint_scaling(
    scope: Construct,
    id: str,
    *,
    endpoint_name: str,
    scaling: Scaling,
) -> autoscaling.CfnScalingPolicy:
    """Between so many instances, each with about that many invocations a minute.

    Works with the service-linked role of Application Auto Scaling.
    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html
    """
    target = resource(
        autoscaling.CfnScalableTarget,
        scope,
        f"{id}Target",
        service_namespace="sagemaker",
        scalable_dimension=_DIMENSION,
        resource_id=f"endpoint/{endpoint_name}/variant/{VARIANT}",
        min_capacity=scaling.min_capacity,
        max_capacity=scaling.max_capacity,
    )
    return resource(
        autoscaling.CfnScalingPolicy,
        scope,
        f"{id}Policy",
        policy_name="invocations-per-instance",
        policy_type="TargetTrackingScaling",
        scaling_target_id=target.ref,
        target_tracking_scaling_policy_configuration={
            "targetValue": scaling.target_invocations_per_instance,
            "predefinedMetricSpecification": {"predefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        },
    )
