"""Operations that change stacks without a change set."""

from __future__ import annotations

import re

from rehearsal.api import ApiError, Caller, Params
from rehearsal.cloudformation.engine import UPDATABLE, Api
from rehearsal.cloudformation.outputs import outputs_changed
from rehearsal.cloudformation.plan import plan
from rehearsal.cloudformation.prepare import Prepared
from rehearsal.cloudformation.state import IN_BRACKETS, Stack, now
from rehearsal.cloudformation.template import error

NAME = re.compile(r"^[a-zA-Z][-a-zA-Z0-9]{0,127}$")
CREATE_FAILURES = ("ROLLBACK", "DELETE", "DO_NOTHING")


class StackApi(Api):
    """CreateStack, UpdateStack, DeleteStack and what mends stacks."""

    def create_stack(self, caller: Caller, params: Params) -> Params:
        """Start creating a stack. Raises ApiError ValidationError or AlreadyExistsException."""
        name = check_name(params["StackName"])
        on_failure = params.get("OnFailure") or "ROLLBACK"
        if params.get("DisableRollback"):
            if "OnFailure" in params:
                raise error("You can specify either DisableRollback or OnFailure, but not both.")
            on_failure = "DO_NOTHING"
        if on_failure not in CREATE_FAILURES:
            raise error(f"OnFailure must be one of {list(CREATE_FAILURES)}, got {on_failure}")
        stack = self._engine.new_stack(caller, name, "CREATE_IN_PROGRESS")
        stack.policy = self._engine.stack_policy(caller, params)
        prepared = self._engine.prepare(caller, params, stack)
        check_expansion(prepared)
        plan(prepared, stack, self._store, {})
        with self._store.lock:
            if self._store.find(caller.scope, name):
                raise ApiError("AlreadyExistsException", f"Stack [{name}] already exists")
            stack.status = "REVIEW_IN_PROGRESS"
            self._store.add(stack)
        stack.termination_protection = bool(params.get("EnableTerminationProtection"))
        stack.asked(params, keep_failed=on_failure == "DO_NOTHING")
        self._engine.create(caller, stack, prepared, {}, on_failure)
        return {"StackId": stack.id}

    def update_stack(self, caller: Caller, params: Params) -> Params:
        """Start updating a stack. Raises ApiError ValidationError."""
        stack = self._store.get(caller.scope, params["StackName"], IN_BRACKETS)
        check_updatable(stack)
        prepared = self._engine.prepare(caller, params, stack)
        check_expansion(prepared)
        if not plan(prepared, stack, self._store, {}) and not outputs_changed(prepared, stack, self._store):
            raise error("No updates are to be performed.")
        during = self._engine.stack_policy(caller, params, "StackPolicyDuringUpdate")
        stack.policy = self._engine.stack_policy(caller, params) or stack.policy
        stack.updated = now()
        stack.asked(params, keep_failed=bool(params.get("DisableRollback")))
        self._engine.update(caller, stack, prepared, {}, keep_failed=stack.disable_rollback, policy=during)
        return {"StackId": stack.id}

    def delete_stack(self, caller: Caller, params: Params) -> Params:
        """Start deleting a stack; a stack that is not there is no error. Raises ApiError ValidationError."""
        stack = self._store.find(caller.scope, params["StackName"])
        if stack is None or stack.status == "DELETE_COMPLETE":
            return {}
        if stack.termination_protection:
            raise error(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        if stack.status == "DELETE_IN_PROGRESS":
            return {}
        if stack.busy:
            raise error(f"Stack [{stack.id}] cannot be deleted while in status {stack.status}")
        retain = params.get("RetainResources") or []
        if retain and stack.status != "DELETE_FAILED":
            raise error("Invalid operation on stack. RetainResources is only valid for stacks in DELETE_FAILED state.")
        stack.token = params.get("ClientRequestToken")
        for change_set in stack.change_sets.values():
            change_set.execution = "OBSOLETE"
        if stack.applied is None:  # never more than a review
            stack.set("DELETE_IN_PROGRESS", "User Initiated")
            stack.deleted = now()
            stack.set("DELETE_COMPLETE")
            return {}
        role = self._engine.role(caller, params, stack)
        force = params.get("DeletionMode") == "FORCE_DELETE_STACK"
        self._engine.delete(caller, stack, retain, role=role, force=force)
        return {}

    def cancel_update_stack(self, caller: Caller, params: Params) -> Params:
        """Roll back the update that runs, once the resource at hand is done. Raises ApiError ValidationError."""
        stack = self._store.get(caller.scope, params["StackName"], IN_BRACKETS)
        if stack.status != "UPDATE_IN_PROGRESS":
            raise error("CancelUpdateStack cannot be called from current stack status")
        stack.cancelled = True
        return {}

    def set_stack_policy(self, caller: Caller, params: Params) -> Params:
        """Protect resources from updates. Raises ApiError ValidationError."""
        stack = self._store.get(caller.scope, params["StackName"], IN_BRACKETS)
        policy = self._engine.stack_policy(caller, params)
        if policy is None:
            raise error("You must specify either StackPolicyBody or StackPolicyURL")
        stack.policy = policy
        return {}

    def get_stack_policy(self, caller: Caller, params: Params) -> Params:
        """The stack's policy; without one the answer is empty."""
        return {"StackPolicyBody": self._store.get(caller.scope, params["StackName"], IN_BRACKETS).policy}

    def update_termination_protection(self, caller: Caller, params: Params) -> Params:
        """Forbid or allow deletion."""
        stack = self._store.get(caller.scope, params["StackName"], IN_BRACKETS)
        stack.termination_protection = params["EnableTerminationProtection"]
        return {"StackId": stack.id}

    def rollback_stack(self, caller: Caller, params: Params) -> Params:
        """Roll back a failed operation whose failure was left standing. Raises ApiError ValidationError."""
        stack = self._store.get(caller.scope, params["StackName"], IN_BRACKETS)
        if stack.status not in ("CREATE_FAILED", "UPDATE_FAILED"):
            raise error(f"Stack:{stack.id} is in {stack.status} state and can not be rolled back.")
        stack.retain_except_on_create = bool(params.get("RetainExceptOnCreate"))
        self._engine.roll_back(caller, stack, [])
        return {"StackId": stack.id}

    def continue_update_rollback(self, caller: Caller, params: Params) -> Params:
        """Try a failed rollback again, leaving `ResourcesToSkip` as they are. Raises ApiError ValidationError."""
        stack = self._store.get(caller.scope, params["StackName"], IN_BRACKETS)
        if stack.status != "UPDATE_ROLLBACK_FAILED":
            raise error(f"Stack:{stack.id} is in {stack.status} state and can not continue a rollback.")
        self._engine.roll_back(caller, stack, params.get("ResourcesToSkip") or [])
        return {}


def check_name(name: str, member: str = "stackName") -> str:
    """The name of a stack or change set. Raises ValidationError when it cannot be one."""
    if not NAME.match(name):
        raise error(
            f"1 validation error detected: Value '{name}' at '{member}' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )
    return name


def check_expansion(prepared: Prepared) -> None:
    """A template with transforms is applied without a review only with a capability. Raises ApiError."""
    if prepared.transformed and "CAPABILITY_AUTO_EXPAND" not in prepared.capabilities:
        raise ApiError("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_AUTO_EXPAND]")


def check_updatable(stack: Stack) -> None:
    """Raises ValidationError when the stack's status forbids an update."""
    if stack.status not in UPDATABLE:
        raise error(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
