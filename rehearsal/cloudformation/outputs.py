"""Outputs of a stack, and the rules of exports that other stacks import."""

from __future__ import annotations

from typing import Any

from rehearsal.api import ApiError
from rehearsal.cloudformation.lookup import StackLookup
from rehearsal.cloudformation.operation import StackOperation
from rehearsal.cloudformation.prepare import Prepared
from rehearsal.cloudformation.provider import ResourceError
from rehearsal.cloudformation.state import Stack, Store


def outputs(operation: StackOperation) -> list[dict[str, str]]:
    """The outputs of a stack whose resources are all there. Raises ResourceError."""
    operation.settle()
    try:
        found = evaluated(operation.prepared, operation.lookup)
    except ApiError as cause:
        raise ResourceError(cause.message) from None
    for shown in found:
        if not isinstance(shown["OutputValue"], str):
            name = shown["OutputKey"]
            raise ResourceError(f"Template format error: Output {name} is malformed. Its value must be a string")
    _check_exports(operation.store, operation.stack, found)
    return found


def evaluated(prepared: Prepared, lookup: StackLookup) -> list[dict[str, Any]]:
    """The outputs as their template says them now. Raises ApiError."""
    found = []
    for name, declared in prepared.outputs.items():
        value, export = (lookup.value(each) for each in (declared["Value"], (declared.get("Export") or {}).get("Name")))
        plain = isinstance(value, str | int | float)
        shown = {"OutputKey": name, "OutputValue": _text(value) if plain else value}
        shown |= {"Description": declared["Description"]} if "Description" in declared else {}
        found.append(shown | ({"ExportName": str(export)} if export is not None else {}))
    return found


def outputs_changed(prepared: Prepared, stack: Stack, store: Store) -> bool:
    """Whether outputs or tags differ although no resource does. Raises ApiError."""
    lookup = StackLookup(prepared, store, stack.resources)
    lookup.unknown |= {name for name in prepared.specs if not stack.has(name)}
    return evaluated(prepared, lookup) != stack.outputs or prepared.tags != stack.tags


def used_exports(store: Store, stack: Stack, kept: dict[str, str]) -> str | None:
    """Why the exports of `stack` cannot become `kept` (name -> value), or None."""
    for output in stack.outputs:
        name = output.get("ExportName")
        if name is None or kept.get(name) == output["OutputValue"]:
            continue
        users = [user.name for user in store.importers(stack.scope, name) if user is not stack]
        if users:
            verb = "updated" if name in kept else "deleted"
            return f"Export {name} cannot be {verb} as it is in use by {' and '.join(users)}"
    return None


def _check_exports(store: Store, stack: Stack, new: list[dict[str, str]]) -> None:
    exports = {output["ExportName"]: output["OutputValue"] for output in new if "ExportName" in output}
    for name, (_, owner) in store.exports(stack.scope).items():
        if name in exports and owner is not stack:
            raise ResourceError(
                f"Export with name {name} is already exported by stack {owner.name}. Rollback requested"
            )
    problem = used_exports(store, stack, exports)
    if problem:
        raise ResourceError(problem)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
