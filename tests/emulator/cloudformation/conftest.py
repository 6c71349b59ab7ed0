"""Stacks as boto3 sees them."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

ALL = ["CAPABILITY_NAMED_IAM"]
Template = dict[str, Any]
_names = (f"stack-{number}" for number in itertools.count(1))


class Stacks:
    """Deploys templates and waits for the outcome."""

    def __init__(self, cloudformation: Any) -> None:
        self.api = cloudformation

    def name(self) -> str:
        """A name that no other stack has."""
        return next(_names)

    def create(self, template: Template | str, name: str | None = None, **more: Any) -> dict[str, Any]:
        """Create a stack and wait: the stack at rest."""
        name = name or self.name()
        more.setdefault("Capabilities", ALL)
        self.api.create_stack(StackName=name, TemplateBody=text(template), **more)
        return self.rest(name)

    def update(self, name: str, template: Template | str, **more: Any) -> dict[str, Any]:
        """Update a stack and wait."""
        more.setdefault("Capabilities", ALL)
        self.api.update_stack(StackName=name, TemplateBody=text(template), **more)
        return self.rest(name)

    def delete(self, name: str, **more: Any) -> dict[str, Any]:
        """Delete a stack and wait."""
        stack = self.describe(name)["StackId"]
        self.api.delete_stack(StackName=name, **more)
        return self.rest(stack)

    def describe(self, name: str) -> dict[str, Any]:
        """The stack now."""
        found: dict[str, Any] = self.api.describe_stacks(StackName=name)["Stacks"][0]
        return found

    def rest(self, name: str, seconds: float = 30) -> dict[str, Any]:
        """The stack once no operation runs."""
        deadline = time.monotonic() + seconds
        while (stack := self.describe(name))["StackStatus"].endswith("_IN_PROGRESS"):
            assert time.monotonic() < deadline, f"{name} stays {stack['StackStatus']}"
            time.sleep(0.02)
        return stack

    def outputs(self, template: Template, **more: Any) -> dict[str, str]:
        """The outputs of a new stack."""
        stack = self.create(template, **more)
        assert stack["StackStatus"] == "CREATE_COMPLETE", self.reasons(stack["StackId"])
        return {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}

    def events(self, name: str) -> list[tuple[str, str]]:
        """(logical id, status) of the stack's events, the oldest first."""
        found = self.api.describe_stack_events(StackName=name)["StackEvents"]
        return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in found[::-1]]

    def reasons(self, name: str) -> list[str]:
        """The reasons of failed events, the oldest first."""
        found = self.api.describe_stack_events(StackName=name)["StackEvents"]
        return [e["ResourceStatusReason"] for e in found[::-1] if e["ResourceStatus"].endswith("_FAILED")]

    def physical(self, name: str) -> dict[str, str]:
        """Logical id -> physical id."""
        found = self.api.list_stack_resources(StackName=name)["StackResourceSummaries"]
        return {item["LogicalResourceId"]: item.get("PhysicalResourceId", "") for item in found}

    def change_set(self, name: str, template: Template | str, kind: str = "UPDATE", **more: Any) -> dict[str, Any]:
        """Create a change set and describe it."""
        more.setdefault("Capabilities", ALL)
        made = self.api.create_change_set(
            StackName=name,
            ChangeSetName=f"set-{time.monotonic_ns()}",
            ChangeSetType=kind,
            TemplateBody=text(template),
            **more,
        )
        found: dict[str, Any] = self.api.describe_change_set(ChangeSetName=made["Id"], StackName=name)
        return found

    def execute(self, change_set: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Execute a change set and wait."""
        self.api.execute_change_set(ChangeSetName=change_set["ChangeSetId"], **more)
        return self.rest(change_set["StackId"])


def text(template: Template | str) -> str:
    """A template as text."""
    return template if isinstance(template, str) else json.dumps(template)


@pytest.fixture(scope="module")
def stacks(client: Callable[..., Any]) -> Stacks:
    return Stacks(client("cloudformation"))


@pytest.fixture
def refused() -> Callable[..., str]:
    """Call something that AWS refuses: the error's message, its code in front."""

    def call(function: Callable[..., Any], *args: Any, **more: Any) -> str:
        with pytest.raises(ClientError) as caught:
            function(*args, **more)
        error = caught.value.response["Error"]
        return f"{error['Code']}: {error['Message']}"

    return call


def parameter(value: Any = "x", **more: Any) -> dict[str, Any]:
    """A cheap resource that holds a value."""
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value, **more}}


def broken(**more: Any) -> dict[str, Any]:
    """A resource that fails: this parameter name is reserved."""
    return parameter("x", Name="/aws/reserved") | more


def own_tags(tags: Any) -> Any:
    """Tags, as a service lists them, without those that CloudFormation sets by itself."""
    if isinstance(tags, dict):
        return {key: value for key, value in tags.items() if not key.startswith("aws:")}
    return [tag for tag in tags if not str(tag.get("Key") or tag.get("key")).startswith("aws:")]
