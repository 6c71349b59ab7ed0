"""AWS::ApplicationAutoScaling::ScalableTarget.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-applicationautoscaling-scalabletarget.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import ANY, Call, Made, NotFound, Provider, Tree
from rehearsal.cloudformation.providers._errors import ignoring

SERVICE = "application-autoscaling"


class ScalableTarget(Provider):
    """What may be scaled, and between which numbers; Ref is `<resource>|<dimension>|<namespace>`."""

    type = "AWS::ApplicationAutoScaling::ScalableTarget"
    properties: ClassVar[Tree] = {
        "MaxCapacity": ANY, "MinCapacity": ANY, "ResourceId": ANY, "RoleARN": ANY, "ScalableDimension": ANY,
        "ServiceNamespace": ANY,
        "SuspendedState": {
            "DynamicScalingInSuspended": ANY, "DynamicScalingOutSuspended": ANY, "ScheduledScalingSuspended": ANY,
        },
    }  # fmt: skip
    required = ("MaxCapacity", "MinCapacity", "ResourceId", "ScalableDimension", "ServiceNamespace")
    replace_on = frozenset({"ResourceId", "ScalableDimension", "ServiceNamespace"})
    attributes = ("Id",)
    identifier = ("ResourceId", "ScalableDimension", "ServiceNamespace")

    def create(self, call: Call) -> Made:
        """The target."""
        call.invoke(SERVICE, "RegisterScalableTarget", **call.properties)
        return _made(call.properties)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Registering it again changes it."""
        return self.create(call)

    def delete(self, call: Call) -> None:
        """The target."""
        with ignoring("ObjectNotFoundException"):
            call.invoke(SERVICE, "DeregisterScalableTarget", **names(call.handle))

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """By resource, dimension and namespace."""
        found = call.invoke(
            SERVICE,
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
    resource, dimension, namespace = target.split("|")
    return {"ResourceId": resource, "ScalableDimension": dimension, "ServiceNamespace": namespace}


def _made(properties: dict[str, Any]) -> Made:
    found = "|".join(properties[name] for name in ("ResourceId", "ScalableDimension", "ServiceNamespace"))
    return Made(found, {"Id": found})
