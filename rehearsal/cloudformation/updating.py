"""Updating a stack, and rolling a failed update back."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping

from rehearsal.cloudformation.deletion import delete_resources
from rehearsal.cloudformation.operation import StackOperation
from rehearsal.cloudformation.outputs import outputs
from rehearsal.cloudformation.provider import ResourceError
from rehearsal.cloudformation.state import Undo


def update(operation: StackOperation, imports: Mapping[str, dict[str, str]], *, keep_failed: bool) -> None:
    """Bring the stack to its new template. It is UPDATE_IN_PROGRESS already and `stack.undo` holds what was."""
    stack = operation.stack
    undo = stack.undo
    assert undo
    try:
        _check_removals(operation)
        for spec in operation.prepared.specs.values():
            if stack.cancelled:
                raise ResourceError("Resource update cancelled")
            _apply(operation, spec.logical_id, undo, imports)
        stack.outputs = outputs(operation)
    except ResourceError as cause:
        reason = "User Initiated" if stack.cancelled else stack.failure("update", cause)
        if keep_failed and not stack.cancelled:
            stack.set("UPDATE_FAILED", reason)
            return
        stack.set("UPDATE_ROLLBACK_IN_PROGRESS", reason)
        roll_back_update(operation)
        return
    stack.imports = operation.lookup.imported
    stack.set("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    stack.undo, stack.stable = None, operation.prepared
    stack.set("UPDATE_COMPLETE", _clean_up(operation, undo))


def _apply(operation: StackOperation, name: str, undo: Undo, imports: Mapping[str, dict[str, str]]) -> None:
    spec = operation.prepared.specs[name]
    old = operation.stack.resources.get(name)
    if old is not None and old.status == "CREATE_FAILED":  # half made by an operation that kept it: start again
        problem = operation.delete(old, keep=False)
        if problem is not None:
            raise ResourceError(problem)
    if old is None or not old.exists or old.status == "DELETE_COMPLETE":
        undo.before.setdefault(name, None)
        operation.make(spec, imports)
        return
    properties = operation.wanted(spec)
    same = (properties, spec.metadata, spec.deletion_policy, spec.replace_policy) == (
        old.properties,
        old.metadata,
        old.deletion_policy,
        old.replace_policy,
    )
    if same and not spec.provider.nested and not old.status.endswith("_FAILED"):
        operation.adopt(old, spec)
        return
    replacing = spec.provider.replacing(old.properties, properties)
    operation.allow(old, "Update:Replace" if replacing else "Update:Modify")
    undo.before.setdefault(name, copy.copy(old))
    if replacing:
        operation.replace(spec, old, properties, replacing)
        old.replace_policy = spec.replace_policy
        undo.replaced.append(old)
    else:
        former = copy.copy(old)
        operation.update(spec, old, properties)
        if old.handle != former.handle:  # of a custom resource, which says by another id that it is a new one
            undo.replaced.append(former)


def _check_removals(operation: StackOperation) -> None:
    """What the template does not have any more is deleted at the end, if the stack policy allows it."""
    for name, found in operation.stack.resources.items():
        if name not in operation.prepared.specs and found.exists:
            operation.allow(found, "Update:Delete")


def _clean_up(operation: StackOperation, undo: Undo) -> str | None:
    """Delete what was replaced or is no longer in the template; a failure does not fail the update."""
    stack = operation.stack
    failures = []
    for old in reversed(undo.replaced):
        if operation.delete(old, keep=old.replace_policy == "Retain") is not None:
            failures.append(old.logical_id)
    removed = [found for name, found in stack.resources.items() if name not in operation.prepared.specs]
    failures += delete_resources(operation, removed)
    for resource in removed:
        del stack.resources[resource.logical_id]
    if not failures:
        return None
    return f"Update successful. One or more resources could not be deleted: [{', '.join(failures)}]."


def roll_back_update(operation: StackOperation, skip: Collection[str] = ()) -> None:
    """Restore what the failed update changed, then delete what it made. The stack is UPDATE_ROLLBACK_IN_PROGRESS."""
    stack = operation.stack
    undo = stack.undo
    assert undo
    for name in list(undo.before)[::-1]:
        before = undo.before[name]
        present = stack.resources.get(name)
        if before is None:
            undo.made += [present] if present else []
            stack.resources.pop(name, None)
        elif present is not None and present.handle != before.handle:
            undo.made.append(present)
            before.status = "UPDATE_COMPLETE"
            stack.resources[name] = before
        elif present is not None and name not in skip:
            try:
                operation.restore(present, before)
            except ResourceError:
                stack.set("UPDATE_ROLLBACK_FAILED", f"The following resource(s) failed to update: [{name}].")
                return
        del undo.before[name]
    kept = {resource.handle for resource in stack.resources.values()}
    undo.made += [resource for resource in undo.replaced if resource.handle not in kept]
    stack.applied, stack.tags = undo.applied, undo.tags
    stack.set("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    for resource in undo.made:
        retained = resource.deletion_policy == "Retain" and not stack.retain_except_on_create
        retained = retained and not resource.status.endswith("_FAILED")
        operation.delete(resource, keep=retained)
    stack.undo = None
    stack.set("UPDATE_ROLLBACK_COMPLETE")
