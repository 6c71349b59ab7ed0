"""Operations on templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.api import ApiError, Caller, Operation, Params
from rehearsal.cloudformation import template as templates
from rehearsal.cloudformation.engine import Engine
from rehearsal.cloudformation.fetch import fetch_template
from rehearsal.cloudformation.registry import PROVIDERS
from rehearsal.cloudformation.state import Store


class TemplateApi:
    """GetTemplate, GetTemplateSummary and ValidateTemplate."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine = engine
        self._store = store

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method, of this part of the service."""
        return {
            "GetTemplate": self.get_template,
            "GetTemplateSummary": self.get_template_summary,
            "ValidateTemplate": self.validate_template,
        }

    def get_template(self, caller: Caller, params: Params) -> Params:
        """The text of a stack's or change set's template. Raises ApiError ChangeSetNotFound."""
        stack = self._store.get(caller.account, caller.region, params["StackName"])
        prepared = stack.applied
        name = params.get("ChangeSetName")
        if name:
            found = next((c for c in stack.change_sets.values() if name in (c.name, c.id)), None)
            if found is None:
                raise ApiError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)
            prepared = found.prepared
        if prepared is None:  # a stack under review has none yet
            return {"TemplateBody": "{}", "StagesAvailable": ["Original", "Processed"]}
        return {"TemplateBody": prepared.body, "StagesAvailable": ["Original", "Processed"]}

    def get_template_summary(self, caller: Caller, params: Params) -> Params:
        """Parameters, resource types and capabilities of a template."""
        template = templates.parse(self._body(caller, params))
        resources = template["Resources"]
        kinds = dict.fromkeys(resource["Type"] for resource in resources.values())
        capabilities, reason = templates.capabilities(set(kinds), resources)
        answer: dict[str, Any] = {
            "Parameters": [_declaration(name, found) for name, found in (template.get("Parameters") or {}).items()],
            "ResourceTypes": list(kinds), "Capabilities": capabilities, "DeclaredTransforms": [],
            "ResourceIdentifierSummaries": [
                {"ResourceType": kind, "ResourceIdentifiers": list(PROVIDERS[kind].identifier),
                 "LogicalResourceIds": [name for name, resource in resources.items() if resource["Type"] == kind]}
                for kind in kinds if kind in PROVIDERS and PROVIDERS[kind].identifier
            ],
        }  # fmt: skip
        optional = {
            "Description": template.get("Description"), "CapabilitiesReason": reason,
            "Version": template.get("AWSTemplateFormatVersion"), "Metadata": _text(template.get("Metadata")),
        }  # fmt: skip
        return answer | {key: value for key, value in optional.items() if value is not None}

    def validate_template(self, caller: Caller, params: Params) -> Params:
        """Whether a template can be read, and what it needs."""
        summary = self.get_template_summary(caller, params)
        keys = ("Capabilities", "CapabilitiesReason", "Description", "DeclaredTransforms")
        parameters = [
            {key: item[key] for key in ("ParameterKey", "DefaultValue", "NoEcho", "Description") if key in item}
            for item in summary["Parameters"]
        ]
        return {key: summary[key] for key in keys if key in summary} | {"Parameters": parameters}

    def _body(self, caller: Caller, params: Params) -> str:
        if params.get("StackName"):
            return str(self.get_template(caller, params)["TemplateBody"])
        return fetch_template(params, self._engine.platform, caller, self._engine.acting(caller, None))


def _declaration(name: str, found: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ParameterKey": name, "ParameterType": found.get("Type"),
        "NoEcho": str(found.get("NoEcho", "false")).lower() == "true",
    }  # fmt: skip
    if "Default" in found:
        shown["DefaultValue"] = str(found["Default"])
    if "Description" in found:
        shown["Description"] = found["Description"]
    if "AllowedValues" in found:
        shown["ParameterConstraints"] = {"AllowedValues": [str(value) for value in found["AllowedValues"]]}
    return shown


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
