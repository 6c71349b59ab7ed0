"""AWS::Lambda::EventInvokeConfig.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventinvokeconfig.html
"""

from __future__ import annotations

from typing import Any

from rehearsal.cloudformation.provider import Call, Made, Provider

SETTINGS = ("DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts")


class EventInvokeConfig(Provider):
    """How events invoke a function."""

    type = "AWS::Lambda::EventInvokeConfig"
    service, noun, absent = "lambda", "event invoke config", ("ResourceNotFoundException",)

    def create(self, call: Call) -> Made:
        """The settings, of which each function has one set for a qualifier."""
        return Made(call.invoke("PutFunctionEventInvokeConfig", **self._wanted(call))["FunctionArn"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """All settings anew."""
        call.invoke("PutFunctionEventInvokeConfig", **self._wanted(call))
        return Made(call.handle)

    def remove(self, call: Call) -> None:
        """As by default again."""
        call.invoke("DeleteFunctionEventInvokeConfig", **call.pick("FunctionName", "Qualifier"))

    def _wanted(self, call: Call) -> dict[str, Any]:
        return call.pick("FunctionName", "Qualifier", *SETTINGS)
