"""What the providers of EC2's network have in common: a resource by its id, described by one operation, with tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from rehearsal.cloudformation.provider import Call, Made, Provider, Tagging
from rehearsal.cloudformation.shapes import tag_map

TAGGING = Tagging("CreateTags", "DeleteTags", keys="Tags", gone=lambda keys: [{"Key": key} for key in keys])


class Network(Provider):
    """A resource that `describing` (operation, parameter of ids, member of the answer) shows.

    `kind` is its type where tags are specified; `shown` are its properties and the members of the answer with them.
    """

    service, tagging = "ec2", TAGGING
    kind: ClassVar[str] = ""
    describing: ClassVar[tuple[str, str, str]]
    shown: ClassVar[Mapping[str, str]] = {}

    def tag_specifications(self, call: Call) -> list[dict[str, Any]] | None:
        """The tags of a new resource as the operations that make one take them."""
        tags = call.properties.get("Tags")
        return [{"ResourceType": self.kind, "Tags": tags}] if tags else None

    def described(self, call: Call, name: str) -> dict[str, Any]:
        """What EC2 says of the resource with an id. Raises ClientError that `is_absent` knows."""
        operation, ids, member = self.describing
        found: list[dict[str, Any]] = call.invoke(operation, **{ids: [name]})[member]
        if not found:
            answer: Any = {"Error": {"Code": self.absent[0], "Message": f"{self.noun} {name} does not exist"}}
            raise ClientError(answer, operation)
        return found[0]

    def made(self, call: Call, found: dict[str, Any]) -> Made:
        """The resource as the template sees it, of what EC2 says of it."""
        raise NotImplementedError

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Its tags."""
        self.retag(call, old, Resources=[call.handle])
        return self.found(call, call.handle)

    def found(self, call: Call, name: str) -> Made:
        """The one with the id `name`."""
        return self.made(call, self.described(call, name))

    def actual(self, call: Call) -> dict[str, Any]:
        """The properties that EC2 tells of, and tags."""
        found = self.described(call, call.handle)
        told = {name: found.get(member) for name, member in self.shown.items()}
        return told | ({"Tags": tag_map(found.get("Tags"))} if self.tags else {})
