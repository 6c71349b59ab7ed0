"""What tests of a deployment assert on, as records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Resource:
    """A resource of a stack: its id in the template, type, name or ARN in AWS, and status."""

    logical_id: str
    type: str
    physical_id: str
    status: str


@dataclass(frozen=True)
class Stack:
    """A stack of CloudFormation; `resources` by their ids in the template."""

    name: str
    account: str
    region: str
    status: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]
    resources: Mapping[str, Resource]

    def of_type(self, type_name: str) -> list[Resource]:
        """Its resources of a type (`AWS::S3::Bucket`), in the order of their ids."""
        return sorted((each for each in self.resources.values() if each.type == type_name), key=lambda r: r.logical_id)


@dataclass(frozen=True)
class Denial:
    """A call that IAM denied (with `--iam audit`: would have); `text` is what the client was told, `count` how often.

    `principal` and `resource` are ARNs; `time` (ISO 8601, UTC) is that of the first.
    """

    principal: str
    action: str
    resource: str
    reason: str
    text: str
    count: int = 1
    time: str = field(default="", compare=False)


@dataclass(frozen=True)
class Grant:
    """One action of an Allow statement of a role: name of the policy, Sid (or number) of the statement, the action."""

    policy: str
    statement: str
    action: str
