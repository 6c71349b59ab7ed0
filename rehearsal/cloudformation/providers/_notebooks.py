"""What the providers of notebook instances and of their configurations have in common: Ref gives the ARN."""

from __future__ import annotations

from typing import Any, ClassVar

from botocore.exceptions import ClientError

from rehearsal.cloudformation.provider import Call, Made, Provider
from rehearsal.cloudformation.providers._sagemaker import TAGGING
from rehearsal.cloudformation.shapes import tag_map

_SHOWN_AS = {"LifecycleConfigName": "NotebookInstanceLifecycleConfigName", "SecurityGroupIds": "SecurityGroups"}


class OfNotebooks(Provider):
    """A kind that `Create`, `Describe`, `Update` and `Delete` with its `word` make, show, change and remove."""

    service, tagging = "sagemaker", TAGGING
    word: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.named_by = f"{cls.word}Name"
        cls.more_attributes = (cls.named_by,)

    def create(self, call: Call) -> Made:
        """A new one; a notebook instance is in service at once."""
        key = f"{self.word}Name"
        wanted = call.properties | {key: call.name(call.properties.get(key), 63)}
        return self.made(call.invoke(f"Create{self.word}", **wanted)[f"{self.word}Arn"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """What changed, and tags."""
        self.change(call, old)
        self.retag(call, old, ResourceArn=call.id)
        return self.made(call.id)

    def change(self, call: Call, old: dict[str, Any]) -> None:
        """All that can change, anew."""
        fixed = {*self.schema.create_only, "Tags"}
        wanted = {name: call.properties.get(name, []) for name in self.properties if name not in fixed}
        call.invoke(f"Update{self.word}", **wanted, **{f"{self.word}Name": call.handle})

    def remove(self, call: Call) -> None:
        """The one of that name."""
        call.invoke(f"Delete{self.word}", **{f"{self.word}Name": call.handle})

    def found(self, call: Call, name: str) -> Made:
        """The one with the ARN `name`."""
        made = self.made(name)
        call.invoke(f"Describe{self.word}", **{f"{self.word}Name": made.handle})
        return made

    def actual(self, call: Call) -> dict[str, Any]:
        """What SageMaker shows of the properties, and tags."""
        found = call.invoke(f"Describe{self.word}", **{f"{self.word}Name": call.handle})
        told = {name: found.get(_SHOWN_AS.get(name, name)) for name in self.properties if name != "Tags"}
        tags = tag_map(call.invoke("ListTags", ResourceArn=call.id)["Tags"])
        return {name: value for name, value in told.items() if value is not None} | {"Tags": tags}

    def is_absent(self, error: ClientError) -> bool:
        """Notebooks have no error code for it."""
        return "RecordNotFound" in str(error.response["Error"].get("Message", ""))

    def made(self, arn: str) -> Made:
        """The resource of an ARN."""
        name = arn.rpartition("/")[2]
        return Made(arn, {f"{self.word}Arn": arn, f"{self.word}Name": name}, handle=name)
