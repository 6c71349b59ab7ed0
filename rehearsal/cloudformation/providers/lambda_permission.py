"""AWS::Lambda::Permission.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-permission.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider

SETTINGS = ("FunctionName", "Action", "Principal", "SourceArn", "SourceAccount", "PrincipalOrgID")


class Permission(Provider):
    """A statement of a function's policy."""

    type = "AWS::Lambda::Permission"
    service, noun, absent = "lambda", "permission", ("ResourceNotFoundException",)
    unsupported: ClassVar[dict[str, str]] = {
        "no URLs of functions, and no Alexa": "FunctionUrlAuthType InvokedViaFunctionUrl EventSourceToken",
    }

    def create(self, call: Call) -> Made:
        """The statement."""
        name = call.name(None, 100)
        call.invoke("AddPermission", StatementId=name, **call.pick(*SETTINGS))
        return Made(name, {"Id": name})

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Nothing can change."""
        return Made(call.handle, {"Id": call.handle})

    def remove(self, call: Call) -> None:
        """The statement."""
        call.invoke("RemovePermission", FunctionName=call.properties["FunctionName"], StatementId=call.handle)
