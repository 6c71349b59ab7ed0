"""Operations that read stacks: their description, resources, events, exports."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.api import Caller, Params
from rehearsal.cloudformation.engine import Api
from rehearsal.cloudformation.shapes import tag_list
from rehearsal.cloudformation.state import IN_BRACKETS, Resource, Stack, drift_information
from rehearsal.cloudformation.template import error

PAGE = 100


class ReadApi(Api):
    """Describe* and List*."""

    def describe_stacks(self, caller: Caller, params: Params) -> Params:
        """One stack, or every live one."""
        if params.get("StackName"):
            return {"Stacks": [_stack(self._store.get(caller.scope, params["StackName"]))]}
        return _listed("Stacks", [_stack(stack) for stack in self._store.live(caller.scope)], params)

    def list_stacks(self, caller: Caller, params: Params) -> Params:
        """Summaries of all stacks, deleted ones too, the newest first."""
        wanted = params.get("StackStatusFilter")
        stacks = [s for s in self._store.all(caller.scope)[::-1] if not wanted or s.status in wanted]
        return _listed("StackSummaries", [_stack(stack) for stack in stacks], params)

    def describe_stack_events(self, caller: Caller, params: Params) -> Params:
        """A stack's events, the newest first."""
        stack = self._store.get(caller.scope, params["StackName"], IN_BRACKETS)
        return _listed("StackEvents", stack.events[::-1], params)

    def describe_events(self, caller: Caller, params: Params) -> Params:
        """The newer form of the same; failures of change sets have no events of their own here."""
        if "ChangeSetName" in params:
            return {"OperationEvents": []}
        if "StackName" not in params:
            raise error("Either StackName or ChangeSetName must be specified.")
        stack = self._get(caller, params)
        failed_only = (params.get("Filters") or {}).get("FailedEvents")
        shown = [
            event | {"EventType": "PROVISIONING_EVENT"}
            for event in stack.events[::-1]
            if not failed_only or event["ResourceStatus"].endswith("_FAILED")
        ]
        return _listed("OperationEvents", shown, params)

    def describe_stack_resources(self, caller: Caller, params: Params) -> Params:
        """Resources of one stack, by stack or by physical id. Raises ApiError ValidationError."""
        if "StackName" in params:
            stacks = [self._get(caller, params)]
        elif "PhysicalResourceId" in params:
            physical = params["PhysicalResourceId"]
            stacks = [
                stack
                for stack in self._store.live(caller.scope)
                if any(resource.physical_id == physical for resource in stack.resources.values())
            ]
            if not stacks:
                raise error(f"Stack for {physical} does not exist")
        else:
            raise error("Either StackName or PhysicalResourceId must be specified")
        wanted = params.get("LogicalResourceId")
        found = [
            _resource(stack, resource)
            for stack in stacks
            for resource in stack.resources.values()
            if wanted in (None, resource.logical_id)
        ]
        return {"StackResources": found}

    def describe_stack_resource(self, caller: Caller, params: Params) -> Params:
        """One resource. Raises ApiError ValidationError."""
        stack = self._get(caller, params)
        resource = stack.resources.get(params["LogicalResourceId"])
        if resource is None:
            raise error(f"Resource {params['LogicalResourceId']} does not exist for stack {stack.name}")
        return {"StackResourceDetail": _resource(stack, resource)}

    def list_stack_resources(self, caller: Caller, params: Params) -> Params:
        """Summaries of a stack's resources."""
        stack = self._get(caller, params)
        shown = [_resource(stack, resource) for resource in stack.resources.values()]
        return _listed("StackResourceSummaries", shown, params)

    def list_exports(self, caller: Caller, params: Params) -> Params:
        """Every export of the account and region."""
        exports = sorted(self._store.exports(caller.scope).items())
        shown = [{"ExportingStackId": owner.id, "Name": name, "Value": value} for name, (value, owner) in exports]
        return _listed("Exports", shown, params)

    def list_imports(self, caller: Caller, params: Params) -> Params:
        """The stacks that import an export. Raises ApiError ValidationError."""
        name = params["ExportName"]
        if name not in self._store.exports(caller.scope):
            raise error(f"Export '{name}' does not exist")
        found = [stack.name for stack in self._store.importers(caller.scope, name)]
        if not found:
            raise error(f"Export '{name}' is not imported by any stack.")
        return _listed("Imports", found, params)

    def list_hook_results(self, caller: Caller, params: Params) -> Params:
        """None: there are no hooks."""
        return {"HookResults": []}

    def _get(self, caller: Caller, params: Params) -> Stack:
        return self._store.get(caller.scope, params["StackName"])


def _listed(member: str, items: list[Any], params: Params) -> Params:
    token = params.get("NextToken") or "0"
    if not token.isdecimal() or int(token) > len(items):
        raise error(f"The next token {token!r} is not valid.")
    start = int(token)
    return {member: items[start : start + PAGE], "NextToken": str(start + PAGE) if len(items) > start + PAGE else None}


# Of what these show each operation answers with the members that its shape has.


def _stack(stack: Stack) -> dict[str, Any]:
    description = stack.applied.description if stack.applied else None
    return {
        "StackId": stack.id, "StackName": stack.name, "CreationTime": stack.created, "StackStatus": stack.status,
        "DisableRollback": stack.disable_rollback, "EnableTerminationProtection": stack.termination_protection,
        "NotificationARNs": [], "RollbackConfiguration": {}, "Outputs": stack.outputs,
        "DriftInformation": drift_information(stack, "StackDriftStatus"), "Tags": tag_list(stack.tags),
        "Parameters": [item.describe() for item in stack.applied.parameters.values()] if stack.applied else None,
        "Capabilities": list(stack.applied.capabilities) if stack.applied else None,
        "Description": description, "TemplateDescription": description, "LastUpdatedTime": stack.updated,
        "ParentId": stack.parent, "RootId": stack.root,
        "DeletionTime": stack.deleted, "StackStatusReason": stack.reason, "RoleARN": stack.role,
    }  # fmt: skip


def _resource(stack: Stack, resource: Resource) -> dict[str, Any]:
    return {
        "StackName": stack.name, "StackId": stack.id, "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id or None, "ResourceType": resource.type,
        "ResourceStatus": resource.status, "ResourceStatusReason": resource.reason, "Timestamp": resource.updated,
        "LastUpdatedTimestamp": resource.updated,
        "DriftInformation": drift_information(resource, "StackResourceDriftStatus"),
        "Metadata": None if resource.metadata is None else json.dumps(resource.metadata),
    }  # fmt: skip
