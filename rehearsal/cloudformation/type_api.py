"""DescribeType: what CloudFormation's registry says of a resource type."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.api import ApiError, Caller, Params
from rehearsal.cloudformation.engine import Api
from rehearsal.cloudformation.provider import Provider
from rehearsal.cloudformation.registry import PROVIDERS, STAND_INS
from rehearsal.cloudformation.schemas import Schema
from rehearsal.cloudformation.template import error


class TypeApi(Api):
    """The registry: AWS's own types as far as the embedded AWS has them."""

    def describe_type(self, caller: Caller, params: Params) -> Params:
        """A resource type by name or ARN. Raises ApiError TypeNotFoundException."""
        arn, name = params.get("Arn"), params.get("TypeName")
        if not arn and not (name and params.get("Type")):
            raise error("You must specify either the ARN, or the type and type name.")
        name = name or str(arn).partition("/resource/")[2].replace("-", "::")
        provider = (
            (PROVIDERS.get(name) or STAND_INS.get(name)) if params.get("Type", "RESOURCE") == "RESOURCE" else None
        )
        if provider is None:
            raise ApiError("TypeNotFoundException", f"The type '{name}' cannot be found.", 404)
        place = f"arn:{caller.partition}:cloudformation:{caller.region}::type/resource"
        return {
            "Arn": f"{place}/{name.replace('::', '-')}", "Type": "RESOURCE", "TypeName": name,
            "IsDefaultVersion": True, "Description": f"Resource Type definition for {name}",
            "Schema": json.dumps(_schema(provider)), "ProvisioningType": "FULLY_MUTABLE", "Visibility": "PUBLIC",
            "DeprecatedStatus": "LIVE",
        }  # fmt: skip


def _schema(provider: Provider) -> dict[str, Any]:
    """The part of AWS's schema that is kept here; of properties only their form."""
    kept: Schema = provider.schema
    return {
        "typeName": provider.type,
        "description": f"Resource Type definition for {provider.type}",
        "properties": {name: _form(tree) for name, tree in kept.properties.items()},
        "required": list(kept.required),
        "createOnlyProperties": _pointers(kept.create_only),
        "readOnlyProperties": _pointers(kept.read_only),
        "primaryIdentifier": _pointers(kept.identifier),
        "additionalProperties": False,
    }


def _form(tree: Any) -> dict[str, Any]:
    if isinstance(tree, list):
        return {"type": "array", "items": _form(tree[0])}
    if isinstance(tree, dict):
        return {"type": "object", "properties": {name: _form(below) for name, below in tree.items()}}
    return {}


def _pointers(names: tuple[str, ...]) -> list[str]:
    return [f"/properties/{name.replace('.', '/')}" for name in names]
