"""AWS::IAM::Policy. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-policy.html"""

from __future__ import annotations

from typing import Any

from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError
from rehearsal.cloudformation.providers._errors import ignoring
from rehearsal.cloudformation.shapes import document

KINDS = {"Roles": "Role", "Users": "User", "Groups": "Group"}


class Policy(Provider):
    """An inline policy of roles, users and groups."""

    type = "AWS::IAM::Policy"
    service = "iam"

    def create(self, call: Call) -> Made:
        """Put it on every principal."""
        if not any(call.properties.get(name) for name in KINDS):
            raise ResourceError("At least one of [Groups,Roles,Users] must be non-empty.")
        made = call.name(None, 128)
        call.reserve(made)
        self._put(call, {}, call.properties)
        return Made(made, {"Id": made})

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Put it anew and take it from whom it no longer belongs to."""
        self._put(call, old, call.properties)
        return Made(call.id, {"Id": call.id})

    def delete(self, call: Call) -> None:
        """Take it from every principal."""
        self._take(call, self._principals(call.properties))

    def _put(self, call: Call, old: dict[str, Any], new: dict[str, Any]) -> None:
        text = document(new["PolicyDocument"])
        after = self._principals(new)
        for name, kind, policy in after:
            call.invoke(f"Put{kind}Policy", PolicyName=policy, PolicyDocument=text, **{f"{kind}Name": name})
        self._take(call, [each for each in self._principals(old) if each not in after])

    def _take(self, call: Call, principals: list[tuple[str, str, str]]) -> None:
        for name, kind, policy in principals:
            with ignoring("NoSuchEntity"):
                call.invoke(f"Delete{kind}Policy", PolicyName=policy, **{f"{kind}Name": name})

    def _principals(self, properties: dict[str, Any]) -> list[tuple[str, str, str]]:
        return [
            (name, kind, properties["PolicyName"]) for key, kind in KINDS.items() for name in properties.get(key) or []
        ]
