"""Connections, which templates have by two names of their service. A person has to finish each in the console."""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider

_ARN = "ConnectionArn"


class Connection(Provider):
    """A connection to a host of repositories."""

    noun, absent = "connection", ("ResourceNotFoundException",)
    removal = ("DeleteConnection", _ARN)
    unsupported: ClassVar[dict[str, str]] = {"no hosts of one's own": "HostArn"}
    named_by = "ConnectionName"

    def create(self, call: Call) -> Made:
        """The connection, PENDING."""
        chosen = call.pick("ConnectionName", "ProviderType", "Tags")
        arn = call.invoke("CreateConnection", **chosen)[_ARN]
        call.reserve(arn)
        return self.found(call, arn)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Tags alone."""
        self.retag(call, old, ResourceArn=call.handle)
        return self.found(call, call.handle)

    def found(self, call: Call, name: str) -> Made:
        """The one with that ARN."""
        found = call.invoke("GetConnection", **{_ARN: name})["Connection"]
        shown = {key: found[key] for key in (_ARN, "ConnectionStatus", "OwnerAccountId")}
        return Made(name, shown)
