"""AWS::ApplicationAutoScaling::ScalingPolicy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-applicationautoscaling-scalingpolicy.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError
from rehearsal.cloudformation.providers.applicationautoscaling_scalabletarget import TARGET, names


class ScalingPolicy(Provider):
    """How a target is scaled; Ref is its ARN. Nothing scales in the embedded AWS."""

    type = "AWS::ApplicationAutoScaling::ScalingPolicy"
    service = "application-autoscaling"
    absent = ("ObjectNotFoundException", "ValidationException")
    unsupported: ClassVar[dict[str, str]] = {
        "no forecasts": "PredictiveScalingPolicyConfiguration",
    }

    def create(self, call: Call) -> Made:
        """The policy."""
        given = call.properties
        place = names(given["ScalingTargetId"]) if "ScalingTargetId" in given else {k: given.get(k) for k in TARGET}
        if not all(place.values()):
            raise ResourceError(f"Either ScalingTargetId or all of {', '.join(TARGET)} must be given")
        wanted = {key: value for key, value in given.items() if key != "ScalingTargetId"} | place
        arn = call.invoke("PutScalingPolicy", **wanted)["PolicyARN"]
        return Made(arn, {"Arn": arn}, handle="|".join([*place.values(), given["PolicyName"]]))

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Putting it again changes it."""
        return self.create(call)

    def remove(self, call: Call) -> None:
        """The policy."""
        target, _, name = call.handle.rpartition("|")
        call.invoke("DeleteScalingPolicy", PolicyName=name, **names(target))
