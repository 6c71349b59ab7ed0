"""Deleting a stack and its resources."""

from __future__ import annotations

from collections.abc import Collection

from rehearsal.api import ApiError
from rehearsal.cloudformation.graph import deletion_order
from rehearsal.cloudformation.operation import StackOperation
from rehearsal.cloudformation.state import Resource, now


def delete(operation: StackOperation, retain: Collection[str], *, force: bool) -> None:
    """Delete every resource but those in `retain` or with a Retain policy. The stack is DELETE_IN_PROGRESS already."""
    stack = operation.stack
    failures = delete_resources(operation, list(stack.resources.values()), retain=retain)
    if failures and not force:
        stack.set("DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(failures)}].")
        return
    stack.outputs, stack.imports, stack.deleted = [], set(), now()
    stack.set("DELETE_COMPLETE")


def delete_resources(
    operation: StackOperation, resources: list[Resource], *, retain: Collection[str] = (), created_now: bool = False
) -> list[str]:
    """Delete resources, each before those it needs; the logical ids of those that could not be deleted.

    With `created_now` RetainExceptOnCreate does not keep them, and what failed to be created goes in any case.
    """
    failures: list[str] = []
    kept_by: tuple[str, ...] = ("Retain", "RetainExceptOnCreate")
    if created_now:
        kept_by = () if operation.stack.retain_except_on_create else ("Retain",)
    for resource in in_deletion_order(resources):
        if resource.status in ("DELETE_COMPLETE", "DELETE_SKIPPED"):
            continue
        half_made = created_now and resource.status == "CREATE_FAILED"
        keep = resource.logical_id in retain or (resource.deletion_policy in kept_by and not half_made)
        if operation.delete(resource, keep=keep) is not None:
            failures.append(resource.logical_id)
    return failures


def in_deletion_order(resources: list[Resource]) -> list[Resource]:
    """Each before those it needs; the newest first where an update left them in a circle."""
    by_name = {resource.logical_id: resource for resource in resources}
    try:
        ordered = deletion_order({name: resource.depends_on for name, resource in by_name.items()})
    except ApiError:
        ordered = list(by_name)[::-1]
    return [by_name[name] for name in ordered]
