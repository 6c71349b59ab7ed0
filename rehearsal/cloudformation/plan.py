"""What a prepared template would change in a stack, as DescribeChangeSet shows it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rehearsal.cloudformation.lookup import StackLookup
from rehearsal.cloudformation.prepare import Prepared, Spec
from rehearsal.cloudformation.properties import with_stack_tags
from rehearsal.cloudformation.state import Resource, Stack, Store
from rehearsal.cloudformation.template import UNKNOWN, error

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
Change = dict[str, Any]


def plan(prepared: Prepared, stack: Stack, store: Store, imports: Mapping[str, Any]) -> list[Change]:
    """The changes, in order of execution. Raises ApiError for what cannot be resolved (a missing export)."""
    lookup, masked = (StackLookup(prepared, store, stack.resources, masked=hidden) for hidden in (False, True))
    changes: list[Change] = []
    lookup.unknown |= {name for name in prepared.specs if not stack.has(name)}
    masked.unknown = lookup.unknown
    for spec in prepared.specs.values():
        wanted, shown = (
            with_stack_tags(spec.provider, properties, prepared.tags)
            for properties in (lookup.value(spec.properties), masked.shown(spec.properties))
        )
        if not stack.has(spec.logical_id):
            action = "Import" if spec.logical_id in imports else "Add"
            known = ", ".join(imports[spec.logical_id].values()) if spec.logical_id in imports else None
            changes.append(_change(action, spec.logical_id, spec.type, known, after=shown))
            continue
        old = stack.resources[spec.logical_id]
        if old.type != spec.type:
            raise error(
                "Update of resource type is not permitted. The new template modifies resource type of the "
                f"following resources: [{spec.logical_id}]"
            )
        modified = _modify(spec, old, wanted, shown)
        if modified:
            changes.append(modified)
            whole = spec.provider.nested or spec.provider.any_property
            volatile = old.attributes if whole else spec.provider.volatile
            replaced = modified["ResourceChange"].get("Replacement") != "False"
            lookup.unknown |= {spec.logical_id} if replaced else {(spec.logical_id, name) for name in volatile}
    for name, old in stack.resources.items():
        if name not in prepared.specs and old.exists:
            removed = _change("Remove", name, old.type, old.physical_id, before=old.shown)
            removed["ResourceChange"]["PolicyAction"] = "Delete" if old.deletion_policy == "Delete" else "Retain"
            changes.append(removed)
    return changes


def _modify(spec: Spec, old: Resource, wanted: dict[str, Any], shown: dict[str, Any]) -> Change | None:
    details, scope = [], []
    replacing = spec.provider.replacing(old.properties, wanted)
    names = [name for name in dict.fromkeys([*old.properties, *wanted]) if old.properties.get(name) != wanted.get(name)]
    for name in names:
        dynamic = UNKNOWN in json.dumps(wanted.get(name), default=str)
        recreation = ("Conditionally" if dynamic else "Always") if name in replacing else "Never"
        details.append(_detail(name, recreation, dynamic, old.shown, shown))
        scope.append("Tags" if name == "Tags" else "Properties")
    for attribute, before, after in (
        ("Metadata", old.metadata, spec.metadata),
        ("DeletionPolicy", old.deletion_policy, spec.deletion_policy),
        ("UpdateReplacePolicy", old.replace_policy, spec.replace_policy),
    ):
        if before != after:
            details.append(
                {
                    "Target": {"Attribute": attribute, "RequiresRecreation": "Never"},
                    "Evaluation": "Static",
                    "ChangeSource": "DirectModification",
                }
            )
            scope.append(attribute)
    if not details and spec.provider.nested:  # its template may be another one, at the same URL
        target = {"Attribute": "Properties", "Name": "TemplateURL", "RequiresRecreation": "Never"}
        details.append({"Target": target, "Evaluation": "Dynamic", "ChangeSource": "Automatic"})
        scope.append("Properties")
    failed = old.status in ("UPDATE_FAILED", "CREATE_FAILED")
    if not details and not failed:
        return None
    change = _change("Modify", spec.logical_id, spec.type, old.physical_id, before=old.shown, after=shown)
    recreations = {detail["Target"]["RequiresRecreation"] for detail in details}
    replacement = "True" if "Always" in recreations else "Conditional" if "Conditionally" in recreations else "False"
    change["ResourceChange"] |= {"Replacement": replacement, "Scope": list(dict.fromkeys(scope)), "Details": details}
    if replacement == "True":
        kept = spec.replace_policy == "Retain"
        change["ResourceChange"]["PolicyAction"] = "ReplaceAndRetain" if kept else "ReplaceAndDelete"
    return change


def _detail(name: str, recreation: str, dynamic: bool, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    kind = "Add" if name not in old else "Remove" if name not in new else "Modify"
    target = {
        "Attribute": "Tags" if name == "Tags" else "Properties", "Name": name, "RequiresRecreation": recreation,
        "Path": f"/Properties/{name}", "AttributeChangeType": kind,
    }  # fmt: skip
    if name in old:
        target["BeforeValue"] = _shown(old[name])
    if name in new:
        target["AfterValue"] = _shown(new[name])
    return {
        "Target": target,
        "Evaluation": "Dynamic" if dynamic else "Static",
        "ChangeSource": "ResourceReference" if dynamic else "DirectModification",
    }


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _change(
    action: str, logical_id: str, kind: str, physical: str | None, *, before: Any = None, after: Any = None
) -> Change:
    change: dict[str, Any] = {
        "Action": action,
        "LogicalResourceId": logical_id,
        "ResourceType": kind,
        "Scope": [],
        "Details": [],
    }
    if physical:
        change["PhysicalResourceId"] = physical
    for name, value in (("BeforeContext", before), ("AfterContext", after)):
        if value is not None:
            change[name] = json.dumps({"Properties": value}, default=str)
    return {"Type": "Resource", "ResourceChange": change}


def without_values(changes: list[Change]) -> list[Change]:
    """The changes without property values, as they are shown unless those are asked for."""
    shown = []
    for change in changes:
        resource = {k: v for k, v in change["ResourceChange"].items() if k not in ("BeforeContext", "AfterContext")}
        resource["Details"] = [
            detail
            | {
                "Target": {
                    k: v for k, v in detail["Target"].items() if k in ("Attribute", "Name", "RequiresRecreation")
                }
            }
            for detail in resource["Details"]
        ]
        shown.append(change | {"ResourceChange": resource})
    return shown
