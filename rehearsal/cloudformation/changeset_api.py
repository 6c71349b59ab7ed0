"""Change sets. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html"""

from __future__ import annotations

import uuid
from typing import Any

from rehearsal.api import ApiError, Caller, Params
from rehearsal.cloudformation.engine import Api
from rehearsal.cloudformation.importing import ImportRefused, automatic_imports, explicit_imports, only_imports
from rehearsal.cloudformation.outputs import outputs_changed
from rehearsal.cloudformation.plan import NO_CHANGES, plan, without_values
from rehearsal.cloudformation.prepare import Prepared
from rehearsal.cloudformation.shapes import tag_list
from rehearsal.cloudformation.stack_api import check_name, check_updatable
from rehearsal.cloudformation.state import IN_BRACKETS, ChangeSet, Stack, now
from rehearsal.cloudformation.template import error

CREATING = ("CREATE", "IMPORT")


class ChangeSetApi(Api):
    """Create, describe, list, execute and delete change sets."""

    def create_change_set(self, caller: Caller, params: Params) -> Params:
        """Plan a change. What is wrong with the template is an error; what cannot be done fails the change set.

        Raises ApiError ValidationError or AlreadyExistsException.
        """
        name, kind = params["ChangeSetName"], params.get("ChangeSetType") or "UPDATE"
        check_name(name, "changeSetName")
        if params.get("ResourcesToImport") and kind != "IMPORT":
            raise error("ResourcesToImport is only valid for a change set of type IMPORT")
        stack, new = self._stack(caller, params["StackName"], kind, name)
        # A failed one gives way: clients name change sets by the second, and this AWS fails them faster than that.
        if name in stack.change_sets and stack.change_sets[name].status != "FAILED":
            raise ApiError("AlreadyExistsException", f"ChangeSet {name} cannot be created: it already exists")
        prepared = self._engine.prepare(caller, params, stack)
        change_set = self._plan(caller, params, stack, prepared, kind)
        with self._store.lock:
            if new:
                if self._store.find(caller.scope, stack.name):
                    raise ApiError("AlreadyExistsException", f"Stack [{stack.name}] already exists")
                stack.set("REVIEW_IN_PROGRESS", "User Initiated")
                self._store.add(stack)
            stack.change_sets[name] = change_set
        return {"Id": change_set.id, "StackId": stack.id}

    def describe_change_set(self, caller: Caller, params: Params) -> Params:
        """A change set with its changes."""
        stack, found = self._find(caller, params)
        return self._summary(stack, found) | {
            "Parameters": [item.describe() for item in found.prepared.parameters.values()],
            "Capabilities": list(found.prepared.capabilities),
            "Tags": tag_list(found.prepared.tags),
            "NotificationARNs": [], "RollbackConfiguration": {}, "OnStackFailure": found.on_failure,
            "Changes": found.changes if params.get("IncludePropertyValues") else without_values(found.changes),
        }  # fmt: skip

    def list_change_sets(self, caller: Caller, params: Params) -> Params:
        """The change sets of a stack."""
        stack = self._store.get(caller.scope, params["StackName"], IN_BRACKETS)
        return {"Summaries": [self._summary(stack, found) for found in stack.change_sets.values()]}

    def execute_change_set(self, caller: Caller, params: Params) -> Params:
        """Start what a change set planned; the stack's other change sets are gone then.

        Raises ApiError InvalidChangeSetStatus or ValidationError.
        """
        stack, found = self._find(caller, params)
        if found.status != "CREATE_COMPLETE" or found.execution != "AVAILABLE":
            text = f"ChangeSet [{found.id}] cannot be executed in its current status of [{found.status}]"
            raise ApiError("InvalidChangeSetStatus", text)
        creating = stack.status == "REVIEW_IN_PROGRESS"
        if not creating:
            check_updatable(stack)
        keep_failed = bool(params.get("DisableRollback")) or found.on_failure == "DO_NOTHING"
        if params.get("DisableRollback") and found.on_failure:
            raise error("You can specify either DisableRollback or OnStackFailure, but not both.")
        stack.asked(params, keep_failed=keep_failed)
        found.execution = "EXECUTE_COMPLETE"
        stack.change_sets = {}
        if found.kind == "IMPORT":
            stack.updated = None if creating else now()
            self._engine.import_resources(caller, stack, found.prepared, found.imports)
        elif creating:
            stack.created = now()
            on_failure = "DO_NOTHING" if keep_failed else found.on_failure or "ROLLBACK"
            self._engine.create(caller, stack, found.prepared, found.imports, on_failure)
        else:
            stack.updated = now()
            self._engine.update(caller, stack, found.prepared, found.imports, keep_failed=keep_failed)
        return {}

    def delete_change_set(self, caller: Caller, params: Params) -> Params:
        """Forget a change set; one that is not there is no error when its stack is."""
        try:
            stack, found = self._find(caller, params)
        except ApiError:
            if "StackName" in params:
                self._store.get(caller.scope, params["StackName"], IN_BRACKETS)
            return {}
        del stack.change_sets[found.name]
        return {}

    def _stack(self, caller: Caller, name: str, kind: str, change_set: str) -> tuple[Stack, bool]:
        stack = self._store.find(caller.scope, name)
        if kind == "UPDATE" or (kind == "IMPORT" and stack is not None and stack.status != "REVIEW_IN_PROGRESS"):
            if stack is None:
                raise error(IN_BRACKETS.format(name))
            check_updatable(stack)
            return stack, False
        if kind not in CREATING:
            raise error(f"ChangeSetType must be CREATE, UPDATE or IMPORT, got {kind}")
        if stack is None:
            return self._engine.new_stack(caller, check_name(name), "REVIEW_IN_PROGRESS"), True
        if stack.status != "REVIEW_IN_PROGRESS":
            text = f"Stack [{name}] already exists and cannot be created again with the changeSet [{change_set}]."
            raise ApiError("AlreadyExistsException", text)
        return stack, False

    def _plan(self, caller: Caller, params: Params, stack: Stack, prepared: Prepared, kind: str) -> ChangeSet:
        imports: dict[str, dict[str, str]] = {}
        changes: list[dict[str, Any]] = []
        reason = None
        if kind == "IMPORT":
            imports = explicit_imports(prepared, stack, params.get("ResourcesToImport") or [])
            changes = plan(prepared, stack, self._store, imports)
            only_imports(changes, prepared.outputs != (stack.applied.outputs if stack.applied else {}))
        else:
            try:
                if params.get("ImportExistingResources"):
                    imports = automatic_imports(self._engine.operation(caller, stack, prepared))
                changes = plan(prepared, stack, self._store, imports)
            except ImportRefused as cause:
                reason = str(cause)
            except ApiError as cause:
                reason = cause.message
            if not reason and not changes and not outputs_changed(prepared, stack, self._store):
                reason = NO_CHANGES
        arn = f"arn:{caller.partition}:cloudformation:{caller.region}:{caller.account}:changeSet"
        return ChangeSet(
            name=params["ChangeSetName"],
            id=f"{arn}/{params['ChangeSetName']}/{uuid.uuid4()}",
            kind=kind,
            prepared=prepared,
            changes=changes,
            description=params.get("Description"),
            status="FAILED" if reason else "CREATE_COMPLETE",
            reason=reason,
            execution="UNAVAILABLE" if reason else "AVAILABLE",
            on_failure=params.get("OnStackFailure"),
            import_existing=bool(params.get("ImportExistingResources")),
            imports=imports,
        )

    def _find(self, caller: Caller, params: Params) -> tuple[Stack, ChangeSet]:
        name = params["ChangeSetName"]
        if "StackName" in params:
            stacks = [self._store.get(caller.scope, params["StackName"], IN_BRACKETS)]
        elif name.startswith("arn:"):
            stacks = self._store.live(caller.scope)
        else:
            raise error("StackName must be specified if ChangeSetName is not specified as an ARN.")
        for stack in stacks:
            for found in stack.change_sets.values():
                if name in (found.name, found.id):
                    return stack, found
        raise ApiError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)

    def _summary(self, stack: Stack, found: ChangeSet) -> dict[str, Any]:
        return {
            "ChangeSetName": found.name, "ChangeSetId": found.id, "StackId": stack.id, "StackName": stack.name,
            "CreationTime": found.created, "Status": found.status, "ExecutionStatus": found.execution,
            "IncludeNestedStacks": False, "ImportExistingResources": found.import_existing,
            "StatusReason": found.reason, "Description": found.description,
        }  # fmt: skip
