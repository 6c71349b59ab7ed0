"""Creating a stack, rolling a failed creation back, and taking existing resources in."""

from __future__ import annotations

from collections.abc import Mapping

from rehearsal.cloudformation.deletion import delete_resources
from rehearsal.cloudformation.operation import StackOperation
from rehearsal.cloudformation.outputs import outputs
from rehearsal.cloudformation.provider import ResourceError

Imports = Mapping[str, dict[str, str]]


def create(operation: StackOperation, imports: Imports, on_failure: str) -> None:
    """Make every resource; `on_failure` is ROLLBACK, DELETE or DO_NOTHING. The stack is CREATE_IN_PROGRESS already."""
    stack = operation.stack
    try:
        for spec in operation.prepared.specs.values():
            operation.make(spec, imports)
        stack.outputs = outputs(operation)
    except ResourceError as cause:
        _failed(operation, cause, on_failure)
        return
    stack.imports = operation.lookup.imported
    stack.stable = operation.prepared
    stack.set("CREATE_COMPLETE")


def _failed(operation: StackOperation, cause: ResourceError, on_failure: str) -> None:
    stack = operation.stack
    reason = stack.failure("create", cause)
    if on_failure == "DO_NOTHING":
        stack.set("CREATE_FAILED", reason)
    elif on_failure == "DELETE":
        stack.set("DELETE_IN_PROGRESS", f"{reason} Delete requested by user.")
        roll_back_creation(operation, "DELETE")
    else:
        stack.set("ROLLBACK_IN_PROGRESS", f"{reason} Rollback requested by user.")
        roll_back_creation(operation, "ROLLBACK")


def roll_back_creation(operation: StackOperation, prefix: str) -> None:
    """Delete what a failed creation made; `prefix` is ROLLBACK or DELETE."""
    stack = operation.stack
    failures = delete_resources(operation, list(stack.resources.values()), created_now=True)
    if failures:
        stack.set(f"{prefix}_FAILED", f"The following resource(s) failed to delete: [{', '.join(failures)}].")
        return
    stack.outputs, stack.imports = [], set()
    stack.set(f"{prefix}_COMPLETE")


def import_resources(operation: StackOperation, imports: Imports) -> None:
    """Take the named resources into the stack. It is IMPORT_IN_PROGRESS already; they are let go when one fails."""
    stack = operation.stack
    taken = []
    try:
        for spec in operation.prepared.specs.values():
            if spec.logical_id in imports:
                taken.append(spec.logical_id)
                operation.import_(spec, imports[spec.logical_id])
        stack.outputs = outputs(operation)
    except ResourceError as cause:
        stack.set("IMPORT_ROLLBACK_IN_PROGRESS", str(cause))
        for name in reversed(taken):
            del stack.resources[name]
        stack.applied = stack.stable
        stack.set("IMPORT_ROLLBACK_COMPLETE")
        return
    stack.stable = operation.prepared
    stack.set("IMPORT_COMPLETE")
