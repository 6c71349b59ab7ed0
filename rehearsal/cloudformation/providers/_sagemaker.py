"""What the providers of SageMaker's resources have in common."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from rehearsal.cloudformation.provider import Call, Made, NotFound, Provider
from rehearsal.cloudformation.providers._tags import retag

TAGGING = ("AddTags", "DeleteTags")


class Hosting(Provider):
    """A model, endpoint configuration or endpoint, which Ref gives the ARN of. Tags are all that changes in place.

    `noun` is what operations and properties call it (`CreateModel`, `ModelName`), `what` what people do.
    """

    noun: ClassVar[str]
    what: ClassVar[str]

    def create(self, call: Call) -> Made:
        """The resource; SageMaker itself refuses what it does not support."""
        name = f"{self.noun}Name"
        wanted = call.properties | {name: call.name(call.properties.get(name), 63)}
        return self.made(call.invoke("sagemaker", f"Create{self.noun}", **wanted)[f"{self.noun}Arn"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Its tags."""
        retag(call, old, "sagemaker", TAGGING, ResourceArn=call.id)
        return self.made(call.id)

    def delete(self, call: Call) -> None:
        """The resource; one that is gone already is no error."""
        with gone_is_fine():
            call.invoke("sagemaker", f"Delete{self.noun}", **{f"{self.noun}Name": call.handle})

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """The one with that ARN. Raises NotFound."""
        made = self.made(identifier[f"{self.noun}Arn"])
        with must_exist(f"{self.what} {made.id}"):
            call.invoke("sagemaker", f"Describe{self.noun}", **{f"{self.noun}Name": made.handle})
        return made

    def made(self, arn: str) -> Made:
        """The resource of an ARN."""
        name = arn.rpartition("/")[2]
        return Made(arn, {f"{self.noun}Arn": arn, f"{self.noun}Name": name}, handle=name)


def absent(error: ClientError) -> bool:
    """Whether SageMaker says that the resource does not exist: hosting has no error code for it."""
    return str(error.response["Error"].get("Message", "")).startswith("Could not find")


@contextlib.contextmanager
def gone_is_fine() -> Iterator[None]:
    """Carry on when what is to be deleted is gone already."""
    try:
        yield
    except ClientError as cause:
        if not absent(cause):
            raise


@contextlib.contextmanager
def must_exist(what: str) -> Iterator[None]:
    """Turn the error for a resource that is not there into NotFound."""
    try:
        yield
    except ClientError as cause:
        if absent(cause):
            raise NotFound(f"{what} does not exist") from None
        raise
