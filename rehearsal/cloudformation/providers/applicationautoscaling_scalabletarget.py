"""AWS::ApplicationAutoScaling::ScalableTarget.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-applicationautoscaling-scalabletarget.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, NotFound, Provider

TARGET = ("ResourceId", "ScalableDimension", "ServiceNamespace")


class ScalableTarget(Provider):
    """What may be scaled, and between which numbers; Ref is `<resource>|<dimension>|<namespace>`."""

    type = "AWS::ApplicationAutoScaling::ScalableTarget"
    service = "application-autoscaling"
    absent = ("ObjectNotFoundException",)
    unsupported: ClassVar[dict[str, str]] = {
        "nothing scales by the clock": "ScheduledActions",
        "targets have no tags": "Tags",
    }

    def create(self, call: Call) -> Made:
        """The target."""
        call.invoke("RegisterScalableTarget", **call.properties)
        return _made(call.properties)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Registering it again changes it."""
        return self.create(call)

    def remove(self, call: Call) -> None:
        """The target."""
        call.invoke("DeregisterScalableTarget", **names(call.handle))

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """The one of that resource, dimension and namespace. Raises NotFound."""
        found = call.invoke(
            "DescribeScalableTargets",
            ServiceNamespace=identifier["ServiceNamespace"],
            ResourceIds=[identifier["ResourceId"]],
            ScalableDimension=identifier["ScalableDimension"],
        )["ScalableTargets"]
        if not found:
            raise NotFound(f"scalable target {identifier['ResourceId']} does not exist")
        return _made(identifier)


def names(target: str) -> dict[str, str]:
    """The parts of a target's id."""
    return dict(zip(TARGET, target.split("|"), strict=True))


def _made(properties: dict[str, Any]) -> Made:
    found = "|".join(properties[name] for name in TARGET)
    return Made(found, {"Id": found})
