"""Which existing resources a change set takes in, and the rules for that.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-manually.html
"""

from __future__ import annotations

from typing import Any

from rehearsal.cloudformation.operation import StackOperation
from rehearsal.cloudformation.prepare import Prepared, Spec, static
from rehearsal.cloudformation.provider import NotFound
from rehearsal.cloudformation.state import Stack, Store
from rehearsal.cloudformation.template import error

KEEPING = ("Retain", "RetainExceptOnCreate")


class ImportRefused(Exception):
    """An automatic import that cannot be; the text is the change set's status reason."""


def explicit_imports(prepared: Prepared, stack: Stack, wanted: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """The resources of a change set of type IMPORT: logical id -> identifier. Raises ValidationError."""
    if not wanted:
        raise error("Resources to import cannot be empty for a change set of type IMPORT")
    found: dict[str, dict[str, str]] = {}
    for item in wanted:
        name, kind, identifier = item["LogicalResourceId"], item["ResourceType"], item["ResourceIdentifier"]
        spec = prepared.specs.get(name)
        if spec is None or spec.type != kind:
            raise error(f"Resource {name} of type {kind} to import is not in the template")
        if not spec.provider.identifier:
            raise error(f"ResourceTypes [{kind}] are not supported for Import")
        if set(identifier) != set(spec.provider.identifier):
            needed = ", ".join(spec.provider.identifier)
            raise error(f"Resource identifier of {name} must be {{{needed}}}, got {{{', '.join(identifier)}}}")
        if "DeletionPolicy" not in prepared.template["Resources"][name]:
            raise error(f"Resources to import must have DeletionPolicy attribute specified in the template. ({name})")
        if name in stack.resources:
            raise error(f"Resource {name} passed in ResourceToImport is already in the stack")
        found[name] = dict(identifier)
    return found


def only_imports(changes: list[dict[str, Any]], outputs_differ: bool) -> None:
    """Refuse an IMPORT change set that would do anything else. Raises ValidationError."""
    other = [c["ResourceChange"]["LogicalResourceId"] for c in changes if c["ResourceChange"]["Action"] != "Import"]
    if other:
        raise error(
            f"You have modified resources [{', '.join(other)}] in your template that are not being imported. "
            "Update, create or delete operations cannot be executed during import operations."
        )
    if outputs_differ:
        raise error("As part of the import operation, you cannot modify or add [Outputs]")


def automatic_imports(operation: StackOperation) -> dict[str, dict[str, str]]:
    """The existing resources that ImportExistingResources takes in: logical id -> identifier.

    They need a custom name that is written out in the template and is the type's whole identifier. Raises
    ImportRefused when one has no retaining DeletionPolicy.
    """
    found: dict[str, dict[str, str]] = {}
    prepared, stack = operation.prepared, operation.stack
    for spec in prepared.specs.values():
        present = stack.resources.get(spec.logical_id)
        if (present and present.exists) or not _named(spec):
            continue
        identifier = {name: str(spec.properties[name]) for name in spec.provider.identifier}
        if _exists(spec, identifier, operation) and not _owned(spec, identifier, operation.store, stack):
            found[spec.logical_id] = identifier
    refused = [name for name in found if prepared.specs[name].deletion_policy not in KEEPING]
    if refused:
        shown = ", ".join(f"{name} ({_shown(found[name])})" for name in refused)
        raise ImportRefused(
            "CloudFormation is attempting to import some resources because they already exist in your account. The "
            "resources must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate' in the "
            f"template for successful import. The affected resources are {shown}"
        )
    return found


def _named(spec: Spec) -> bool:
    names = spec.provider.identifier
    readable = bool(names) and not spec.provider.read_only_id
    return readable and all(name in spec.properties and static(spec.properties[name]) for name in names)


def _exists(spec: Spec, identifier: dict[str, str], operation: StackOperation) -> bool:
    try:
        operation.peek(spec, identifier)
    except NotFound:
        return False
    return True


def _owned(spec: Spec, identifier: dict[str, str], store: Store, stack: Stack) -> bool:
    values = set(identifier.values())
    return any(
        resource.type == spec.type and resource.exists and (resource.physical_id in values or resource.handle in values)
        for other in store.live(stack.scope)
        for resource in other.resources.values()
        if resource.status not in ("DELETE_COMPLETE", "DELETE_SKIPPED")
    )


def _shown(identifier: dict[str, str]) -> str:
    return "{" + ",".join(f"{name}={value}" for name, value in identifier.items()) + "}"
