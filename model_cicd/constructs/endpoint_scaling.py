"""The number of an endpoint's instances follows its load."""

from __future__ import annotations

from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from model_cicd.constructs.endpoint import VARIANT
from model_cicd.constructs.resource import resource
from model_cicd.hosting import Asynchronous, Scaling


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
    target = _target(scope, id, endpoint_name, (scaling.min_capacity, scaling.max_capacity))
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


def asynchronous_scaling(
    scope: Construct, id: str, *, endpoint_name: str, alarm_name: str, asynchronous: Asynchronous
) -> None:
    """From no instance, as long as nothing waits, to so many, each with about that many requests waiting.

    The number per instance says nothing while there is no instance: then one comes as soon as something waits.
    https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html
    """
    target = _target(scope, id, endpoint_name, (0, asynchronous.max_capacity))
    of_endpoint = [{"name": "EndpointName", "value": endpoint_name}]
    resource(
        autoscaling.CfnScalingPolicy,
        scope,
        f"{id}Policy",
        policy_name="backlog-per-instance",
        policy_type="TargetTrackingScaling",
        scaling_target_id=target.ref,
        target_tracking_scaling_policy_configuration={
            "targetValue": asynchronous.backlog,
            "customizedMetricSpecification": {
                "metricName": "ApproximateBacklogSizePerInstance",
                "namespace": "AWS/SageMaker",
                "dimensions": of_endpoint,
                "statistic": "Average",
            },
        },
    )
    first = resource(
        autoscaling.CfnScalingPolicy,
        scope,
        f"{id}First",
        policy_name="first-instance",
        policy_type="StepScaling",
        scaling_target_id=target.ref,
        step_scaling_policy_configuration={
            "adjustmentType": "ChangeInCapacity",
            "metricAggregationType": "Average",
            "cooldown": 300,
            "stepAdjustments": [{"metricIntervalLowerBound": 0, "scalingAdjustment": 1}],
        },
    )
    _no_instance_alarm(scope, f"{id}Alarm", alarm_name, of_endpoint, first.ref)


def _target(scope: Construct, id: str, endpoint_name: str, instances: tuple[int, int]) -> autoscaling.CfnScalableTarget:
    """The endpoint's variant, with the fewest and the most instances."""
    return resource(
        autoscaling.CfnScalableTarget,
        scope,
        f"{id}Target",
        service_namespace="sagemaker",
        scalable_dimension="sagemaker:variant:DesiredInstanceCount",
        resource_id=f"endpoint/{endpoint_name}/variant/{VARIANT}",
        min_capacity=instances[0],
        max_capacity=instances[1],
    )


def _no_instance_alarm(
    scope: Construct, id: str, name: str, of_endpoint: list[dict[str, str]], policy_arn: str
) -> None:
    resource(
        cloudwatch.CfnAlarm,
        scope,
        id,
        alarm_name=name,
        alarm_description="Requests of an endpoint wait while it has no instance; starts the first one",
        namespace="AWS/SageMaker",
        metric_name="HasBacklogWithoutCapacity",
        dimensions=of_endpoint,
        statistic="Average",
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=1,
        period=60,
        evaluation_periods=2,
        treat_missing_data="missing",
        alarm_actions=[policy_arn],
    )
