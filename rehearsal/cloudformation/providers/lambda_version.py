"""AWS::Lambda::Version.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError


class Version(Provider):
    """What a function is at this moment, kept."""

    type = "AWS::Lambda::Version"
    service, noun, absent = "lambda", "version", ("ResourceNotFoundException",)
    unsupported: ClassVar[dict[str, str]] = {
        "functions start when they are invoked, each time anew": (
            "ProvisionedConcurrencyConfig RuntimePolicy FunctionScalingConfig"
        ),
    }

    def create(self, call: Call) -> Made:
        """The version; one that is there already is another resource's."""
        function = call.properties["FunctionName"]
        there = {each["Version"] for each in call.invoke("ListVersionsByFunction", FunctionName=function)["Versions"]}
        found = call.invoke("PublishVersion", **call.pick("FunctionName", "CodeSha256", "Description"))
        if found["Version"] in there:
            text = f"A version for this Lambda function exists ( {found['Version']} ). Modify the function to create a "
            raise ResourceError(f"{text}new version.")
        return self._made(found["FunctionArn"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Nothing can change."""
        return self._made(call.handle)

    def remove(self, call: Call) -> None:
        """This version."""
        function, _, number = call.handle.rpartition(":")
        call.invoke("DeleteFunction", FunctionName=function, Qualifier=number)

    def found(self, call: Call, name: str) -> Made:
        """The one with the ARN `name`."""
        call.invoke("GetFunctionConfiguration", FunctionName=name)
        return self._made(name)

    def _made(self, arn: str) -> Made:
        return Made(arn, {"FunctionArn": arn, "Version": arn.rpartition(":")[2]})
