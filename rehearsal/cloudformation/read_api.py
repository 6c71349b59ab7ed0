"""Operations that read stacks: their description, resources, events, exports."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from rehearsal.api import Caller, Operation, Params
from rehearsal.cloudformation.engine import Engine
from rehearsal.cloudformation.state import Event, Resource, Stack, Store
from rehearsal.cloudformation.template import error

PAGE = 100
Item = TypeVar("Item")


class ReadApi:
    """Describe* and List*."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._store = store

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method, of this part of the service."""
        return {
            "DescribeStacks": self.describe_stacks,
            "ListStacks": self.list_stacks,
            "DescribeStackEvents": self.describe_stack_events,
            "DescribeEvents": self.describe_events,
            "DescribeStackResources": self.describe_stack_resources,
            "DescribeStackResource": self.describe_stack_resource,
            "ListStackResources": self.list_stack_resources,
            "ListExports": self.list_exports,
            "ListImports": self.list_imports,
            "ListHookResults": lambda caller, params: {"HookResults": []},
        }

    def describe_stacks(self, caller: Caller, params: Params) -> Params:
        """One stack, or every live one."""
        if params.get("StackName"):
            return {"Stacks": [_stack(self._store.get(caller.account, caller.region, params["StackName"]))]}
        stacks, token = _page(self._store.live(caller.account, caller.region), params)
        return _tokened({"Stacks": [_stack(stack) for stack in stacks]}, token)

    def list_stacks(self, caller: Caller, params: Params) -> Params:
        """Summaries of all stacks, deleted ones too, the newest first."""
        wanted = params.get("StackStatusFilter")
        stacks = [s for s in self._store.all(caller.account, caller.region)[::-1] if not wanted or s.status in wanted]
        page, token = _page(stacks, params)
        return _tokened({"StackSummaries": [_summary(stack) for stack in page]}, token)

    def describe_stack_events(self, caller: Caller, params: Params) -> Params:
        """A stack's events, the newest first."""
        stack = self._get(caller, params)
        page, token = _page(stack.events[::-1], params)
        return _tokened({"StackEvents": [_event(stack, event) for event in page]}, token)

    def describe_events(self, caller: Caller, params: Params) -> Params:
        """The newer form of the same; failures of change sets have no events of their own here."""
        if "ChangeSetName" in params:
            return {"OperationEvents": []}
        stack = self._get(caller, params)
        failed_only = (params.get("Filters") or {}).get("FailedEvents")
        events = [e for e in stack.events[::-1] if not failed_only or e.status.endswith("_FAILED")]
        page, token = _page(events, params)
        shown = [_event(stack, event) | {"EventType": "PROVISIONING_EVENT"} for event in page]
        return _tokened({"OperationEvents": shown}, token)

    def describe_stack_resources(self, caller: Caller, params: Params) -> Params:
        """Resources of one stack, by stack or by physical id. Raises ApiError ValidationError."""
        if "StackName" in params:
            stacks = [self._get(caller, params)]
        elif "PhysicalResourceId" in params:
            physical = params["PhysicalResourceId"]
            stacks = [
                stack
                for stack in self._store.live(caller.account, caller.region)
                if any(resource.physical_id == physical for resource in stack.resources.values())
            ]
            if not stacks:
                raise error(f"Stack for {physical} does not exist")
        else:
            raise error("Either StackName or PhysicalResourceId must be specified")
        wanted = params.get("LogicalResourceId")
        return {
            "StackResources": [
                _resource(stack, resource)
                | {"StackName": stack.name, "StackId": stack.id, "Timestamp": resource.updated}
                for stack in stacks
                for resource in stack.resources.values()
                if wanted in (None, resource.logical_id)
            ]
        }

    def describe_stack_resource(self, caller: Caller, params: Params) -> Params:
        """One resource. Raises ApiError ValidationError."""
        stack = self._get(caller, params)
        resource = stack.resources.get(params["LogicalResourceId"])
        if resource is None:
            raise error(f"Resource {params['LogicalResourceId']} does not exist for stack {stack.name}")
        shown = _resource(stack, resource) | {
            "StackName": stack.name, "StackId": stack.id, "LastUpdatedTimestamp": resource.updated,
        }  # fmt: skip
        if resource.metadata is not None:
            shown["Metadata"] = json.dumps(resource.metadata)
        return {"StackResourceDetail": shown}

    def list_stack_resources(self, caller: Caller, params: Params) -> Params:
        """Summaries of a stack's resources."""
        stack = self._get(caller, params)
        page, token = _page(list(stack.resources.values()), params)
        shown = [_resource(stack, resource) | {"LastUpdatedTimestamp": resource.updated} for resource in page]
        return _tokened({"StackResourceSummaries": shown}, token)

    def list_exports(self, caller: Caller, params: Params) -> Params:
        """Every export of the account and region."""
        exports = sorted(self._store.exports(caller.account, caller.region).items())
        page, token = _page(exports, params)
        shown = [{"ExportingStackId": owner.id, "Name": name, "Value": value} for name, (value, owner) in page]
        return _tokened({"Exports": shown}, token)

    def list_imports(self, caller: Caller, params: Params) -> Params:
        """The stacks that import an export. Raises ApiError ValidationError."""
        name = params["ExportName"]
        if name not in self._store.exports(caller.account, caller.region):
            raise error(f"Export '{name}' does not exist")
        found = [stack.name for stack in self._store.importers(caller.account, caller.region, name)]
        if not found:
            raise error(f"Export '{name}' is not imported by any stack.")
        page, token = _page(found, params)
        return _tokened({"Imports": page}, token)

    def _get(self, caller: Caller, params: Params) -> Stack:
        return self._store.get(caller.account, caller.region, params["StackName"])


def _page(items: Sequence[Item], params: Params) -> tuple[list[Item], str | None]:
    start = int(params.get("NextToken") or 0)
    return list(items[start : start + PAGE]), str(start + PAGE) if len(items) > start + PAGE else None


def _tokened(answer: Params, token: str | None) -> Params:
    return answer | ({"NextToken": token} if token else {})


def _stack(stack: Stack) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "StackId": stack.id, "StackName": stack.name, "CreationTime": stack.created, "StackStatus": stack.status,
        "DisableRollback": stack.disable_rollback, "EnableTerminationProtection": stack.termination_protection,
        "NotificationARNs": [], "RollbackConfiguration": {}, "Outputs": stack.outputs,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
    }  # fmt: skip
    if stack.applied:
        shown["Parameters"] = [item.describe() for item in stack.applied.parameters.values()]
        shown["Capabilities"] = list(stack.applied.capabilities)
    optional = {
        "Description": stack.applied.description if stack.applied else None, "LastUpdatedTime": stack.updated,
        "DeletionTime": stack.deleted, "StackStatusReason": stack.reason, "RoleARN": stack.role,
    }  # fmt: skip
    return shown | {key: value for key, value in optional.items() if value is not None}


def _summary(stack: Stack) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "StackId": stack.id, "StackName": stack.name, "CreationTime": stack.created, "StackStatus": stack.status,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }  # fmt: skip
    optional = {
        "TemplateDescription": stack.applied.description if stack.applied else None, "LastUpdatedTime": stack.updated,
        "DeletionTime": stack.deleted, "StackStatusReason": stack.reason,
    }  # fmt: skip
    return shown | {key: value for key, value in optional.items() if value is not None}


def _resource(stack: Stack, resource: Resource) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "LogicalResourceId": resource.logical_id, "ResourceType": resource.type, "ResourceStatus": resource.status,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }  # fmt: skip
    optional = {"PhysicalResourceId": resource.physical_id or None, "ResourceStatusReason": resource.reason}
    return shown | {key: value for key, value in optional.items() if value is not None}


def _event(stack: Stack, event: Event) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "StackId": stack.id, "EventId": event.id, "StackName": stack.name, "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id, "ResourceType": event.type, "Timestamp": event.time,
        "ResourceStatus": event.status,
    }  # fmt: skip
    optional = {
        "ResourceStatusReason": event.reason, "ResourceProperties": event.properties, "ClientRequestToken": event.token,
    }  # fmt: skip
    return shown | {key: value for key, value in optional.items() if value is not None}
