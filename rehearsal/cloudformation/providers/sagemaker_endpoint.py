"""AWS::SageMaker::Endpoint.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-endpoint.html
"""

from __future__ import annotations

import time
from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, ResourceError
from rehearsal.cloudformation.providers._sagemaker import Hosting

_LOOK_SECONDS, _LIMIT_SECONDS = 0.05, 3600
_IN_PROGRESS = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
_UPDATE_ONLY = ("ExcludeRetainedVariantProperties", "RetainAllVariantProperties", "RetainDeploymentConfig")


class Endpoint(Hosting):
    """An endpoint, waited for until it is in service; Ref is its ARN."""

    type = "AWS::SageMaker::Endpoint"
    unsupported: ClassVar[dict[str, str]] = {"only blue/green deployments": "DeploymentConfig.RollingUpdatePolicy"}
    more_attributes = ("EndpointName",)
    named_by = "EndpointName"
    name, noun = "Endpoint", "endpoint"

    def create(self, call: Call) -> Made:
        """The endpoint; one that fails is deleted by the rollback."""
        name = call.name(call.properties.get("EndpointName"), 63)
        wanted = {key: value for key, value in call.properties.items() if key not in _UPDATE_ONLY}
        made = self.made(call.invoke("CreateEndpoint", **(wanted | {"EndpointName": name}))["EndpointArn"])
        call.reserve(made.handle)
        found = _settled(call, name)
        if found["EndpointStatus"] != "InService":
            raise _failed(made.id, found)
        return made

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Another configuration, deployed as DeploymentConfig says. A failure leaves the old one in service."""
        new, name = call.properties, call.handle
        wanted = {key: value for key, value in new.items() if key not in ("Tags", "EndpointName")}
        before = {key: value for key, value in old.items() if key not in ("Tags", "EndpointName")}
        if wanted != before and not self._is(call, name, new["EndpointConfigName"]):
            call.invoke("UpdateEndpoint", **(wanted | {"EndpointName": name}))
            found = _settled(call, name)
            if found["EndpointStatus"] != "InService" or found["EndpointConfigName"] != new["EndpointConfigName"]:
                raise _failed(call.id, found)
        return super().update(call, old)

    def remove(self, call: Call) -> None:
        """The endpoint, once nothing is under way with it, until it is gone."""
        _settled(call, call.handle)
        super().remove(call)
        deadline = time.monotonic() + _LIMIT_SECONDS
        while time.monotonic() < deadline:
            call.invoke("DescribeEndpoint", EndpointName=call.handle)
            time.sleep(_LOOK_SECONDS)

    def _is(self, call: Call, name: str, config: str) -> bool:
        """Whether the configuration serves already: after its update failed and the stack rolls back to it."""
        found = _settled(call, name)
        return bool(found["EndpointStatus"] == "InService" and found["EndpointConfigName"] == config)


def _settled(call: Call, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + _LIMIT_SECONDS
    while True:
        found = call.invoke("DescribeEndpoint", EndpointName=name)
        if found["EndpointStatus"] not in _IN_PROGRESS:
            return found
        if time.monotonic() > deadline:
            raise ResourceError(f"Exceeded attempts to wait: endpoint {name} stays {found['EndpointStatus']}")
        time.sleep(_LOOK_SECONDS)


def _failed(arn: str, found: dict[str, Any]) -> ResourceError:
    reason = found.get("FailureReason", "no reason is given")
    return ResourceError(
        f'Resource handler returned message: "Resource of type AWS::SageMaker::Endpoint with identifier {arn} did not '
        f'stabilize: its status is {found["EndpointStatus"]} with {found["EndpointConfigName"]}: {reason}"'
    )
