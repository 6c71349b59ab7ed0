"""AWS::SageMaker::EndpointConfig.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-endpointconfig.html
"""

from __future__ import annotations

from typing import ClassVar

from rehearsal.cloudformation.providers._sagemaker import Hosting


class EndpointConfig(Hosting):
    """An endpoint configuration; Ref is its ARN. Every change makes a new one."""

    type = "AWS::SageMaker::EndpointConfig"
    unsupported: ClassVar[dict[str, str]] = {
        "no explanations": "ExplainerConfig",
        "network and role are those of the models": "EnableNetworkIsolation ExecutionRoleArn VpcConfig",
        "no metrics of one's own": "MetricsConfig",
        "instances are not managed": " ".join(
            f"{kind}.{member}"
            for kind in ("ProductionVariants", "ShadowProductionVariants")
            for member in (
                "CapacityReservationConfig",
                "CoreDumpConfig",
                "EnableSSMAccess",
                "InferenceAmiVersion",
                "InstancePools",
                "ManagedInstanceScaling",
                "RoutingConfig.PrefixAwareRoutingConfig",
                "VariantInstanceProvisionTimeoutInSeconds",
            )
        ),
    }
    more_attributes = ("EndpointConfigName",)
    named_by = "EndpointConfigName"
    name, noun = "EndpointConfig", "endpoint configuration"
