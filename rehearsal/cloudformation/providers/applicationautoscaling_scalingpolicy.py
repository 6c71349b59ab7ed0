"""AWS::ApplicationAutoScaling::ScalingPolicy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-applicationautoscaling-scalingpolicy.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import ANY, Call, Made, Provider, ResourceError, Tree
from rehearsal.cloudformation.providers._errors import ignoring
from rehearsal.cloudformation.providers.applicationautoscaling_scalabletarget import SERVICE, names

_PLACE = ("ResourceId", "ScalableDimension", "ServiceNamespace")


class ScalingPolicy(Provider):
    """How a target is scaled; Ref is its ARN. Nothing scales in the embedded AWS."""

    type = "AWS::ApplicationAutoScaling::ScalingPolicy"
    properties: ClassVar[Tree] = {
        "PolicyName": ANY, "PolicyType": ANY, "ResourceId": ANY, "ScalableDimension": ANY, "ScalingTargetId": ANY,
        "ServiceNamespace": ANY,
        "TargetTrackingScalingPolicyConfiguration": {
            "DisableScaleIn": ANY,
            "PredefinedMetricSpecification": {"PredefinedMetricType": ANY, "ResourceLabel": ANY},
            "ScaleInCooldown": ANY, "ScaleOutCooldown": ANY, "TargetValue": ANY,
        },
    }  # fmt: skip
    required = ("PolicyName", "PolicyType")
    replace_on = frozenset({"PolicyName", "ResourceId", "ScalableDimension", "ScalingTargetId", "ServiceNamespace"})
    attributes = ("Arn",)

    def create(self, call: Call) -> Made:
        """The policy."""
        given = call.properties
        place = names(given["ScalingTargetId"]) if "ScalingTargetId" in given else {k: given.get(k) for k in _PLACE}
        if not all(place.values()):
            raise ResourceError(f"Either ScalingTargetId or all of {', '.join(_PLACE)} must be given")
        wanted = {key: value for key, value in given.items() if key != "ScalingTargetId"} | place
        arn = call.invoke(SERVICE, "PutScalingPolicy", **wanted)["PolicyARN"]
        return Made(arn, {"Arn": arn}, handle="|".join([*place.values(), given["PolicyName"]]))

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Putting it again changes it."""
        return self.create(call)

    def delete(self, call: Call) -> None:
        """The policy."""
        target, _, name = call.handle.rpartition("|")
        with ignoring("ObjectNotFoundException", "ValidationException"):
            call.invoke(SERVICE, "DeleteScalingPolicy", PolicyName=name, **names(target))
