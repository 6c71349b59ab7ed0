"""AWS::CDK::Metadata: says what made a template; nothing is made."""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import ANY, Call, Made, Provider, Tree


class CdkMetadata(Provider):
    """https://docs.aws.amazon.com/cdk/v2/guide/usage-data.html"""

    type = "AWS::CDK::Metadata"
    properties: ClassVar[Tree] = {"Analytics": ANY, "Modules": ANY}

    def create(self, call: Call) -> Made:
        """Nothing but an id."""
        return Made(call.name(None, 64))

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """The same id."""
        return Made(call.id)

    def delete(self, call: Call) -> None:
        """Nothing."""
