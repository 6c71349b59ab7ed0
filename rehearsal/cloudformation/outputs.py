"""Outputs of a stack, and the rules of exports that other stacks import."""

from __future__ import annotations

from typing import Any

from rehearsal.api import ApiError
from rehearsal.cloudformation.operation import StackOperation
from rehearsal.cloudformation.provider import ResourceError
from rehearsal.cloudformation.state import Stack, Store


def outputs(operation: StackOperation) -> list[dict[str, str]]:
    """The outputs of a stack whose resources are all there. Raises ResourceError."""
    found = []
    for name, declared in operation.prepared.outputs.items():
        try:
            value = operation.lookup.value(declared["Value"])
            export = operation.lookup.value((declared.get("Export") or {}).get("Name"))
        except ApiError as cause:
            raise ResourceError(cause.message) from None
        if not isinstance(value, str | int | float):
            raise ResourceError(f"Template format error: Output {name} is malformed. Its value must be a string")
        shown = {"OutputKey": name, "OutputValue": _text(value)}
        if "Description" in declared:
            shown["Description"] = declared["Description"]
        if export is not None:
            shown["ExportName"] = str(export)
        found.append(shown)
    _check_exports(operation.store, operation.stack, found)
    return found


def used_exports(store: Store, stack: Stack, kept: dict[str, str]) -> str | None:
    """Why the exports of `stack` cannot become `kept` (name -> value), or None."""
    for output in stack.outputs:
        name = output.get("ExportName")
        if name is None or kept.get(name) == output["OutputValue"]:
            continue
        users = [user.name for user in store.importers(stack.account, stack.region, name) if user is not stack]
        if users:
            verb = "updated" if name in kept else "deleted"
            return f"Export {name} cannot be {verb} as it is in use by {' and '.join(users)}"
    return None


def _check_exports(store: Store, stack: Stack, new: list[dict[str, str]]) -> None:
    exports = {output["ExportName"]: output["OutputValue"] for output in new if "ExportName" in output}
    for name, (_, owner) in store.exports(stack.account, stack.region).items():
        if name in exports and owner is not stack:
            raise ResourceError(
                f"Export with name {name} is already exported by stack {owner.name}. Rollback requested"
            )
    problem = used_exports(store, stack, exports)
    if problem:
        raise ResourceError(problem)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
