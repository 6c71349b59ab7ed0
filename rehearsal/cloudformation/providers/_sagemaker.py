"""What the providers of SageMaker's resources have in common."""

from __future__ import annotations

from typing import Any, ClassVar

from botocore.exceptions import ClientError

from rehearsal.cloudformation.provider import Call, Made, Provider, Tagging

TAGGING = Tagging("AddTags", "DeleteTags")


class Hosting(Provider):
    """A model, endpoint configuration or endpoint, which Ref gives the ARN of. Tags are all that changes in place.

    `name` is what operations and properties call it (`CreateModel`, `ModelName`).
    """

    service, tagging = "sagemaker", TAGGING
    name: ClassVar[str]

    def create(self, call: Call) -> Made:
        """The resource; SageMaker itself refuses what it does not support."""
        name = f"{self.name}Name"
        wanted = call.properties | {name: call.name(call.properties.get(name), 63)}
        return self.made(call.invoke(f"Create{self.name}", **wanted)[f"{self.name}Arn"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Its tags."""
        self.retag(call, old, ResourceArn=call.id)
        return self.made(call.id)

    def remove(self, call: Call) -> None:
        """The resource."""
        call.invoke(f"Delete{self.name}", **{f"{self.name}Name": call.handle})

    def found(self, call: Call, name: str) -> Made:
        """The one with the ARN `name`."""
        made = self.made(name)
        call.invoke(f"Describe{self.name}", **{f"{self.name}Name": made.handle})
        return made

    def is_absent(self, error: ClientError) -> bool:
        """Hosting has no error code for it."""
        return str(error.response["Error"].get("Message", "")).startswith("Could not find")

    def made(self, arn: str) -> Made:
        """The resource of an ARN."""
        name = arn.rpartition("/")[2]
        return Made(arn, {f"{self.name}Arn": arn, f"{self.name}Name": name}, handle=name)
