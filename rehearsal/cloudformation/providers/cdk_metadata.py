"""AWS::CDK::Metadata: says what made a template; nothing is made."""

from __future__ import annotations

from typing import Any

from rehearsal.cloudformation.provider import Call, Made, Provider


class CdkMetadata(Provider):
    """https://docs.aws.amazon.com/cdk/v2/guide/usage-data.html"""

    type = "AWS::CDK::Metadata"

    def create(self, call: Call) -> Made:
        """Nothing but an id."""
        name = call.name(None, 64)
        return Made(name, {"Id": name})

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """The same id."""
        return Made(call.id, {"Id": call.id})

    def delete(self, call: Call) -> None:
        """Nothing."""
