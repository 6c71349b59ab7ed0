"""Operations on templates."""

from __future__ import annotations

from typing import Any

from rehearsal.api import ApiError, Caller, Params
from rehearsal.cloudformation import template as templates
from rehearsal.cloudformation.engine import Api
from rehearsal.cloudformation.fetch import fetch_template
from rehearsal.cloudformation.registry import PROVIDERS


class TemplateApi(Api):
    """GetTemplate, GetTemplateSummary and ValidateTemplate."""

    def get_template(self, caller: Caller, params: Params) -> Params:
        """The text of a stack's or change set's template. Raises ApiError ChangeSetNotFound."""
        stack = self._store.get(caller.scope, params["StackName"])
        prepared = stack.applied
        name = params.get("ChangeSetName")
        if name:
            found = next((c for c in stack.change_sets.values() if name in (c.name, c.id)), None)
            if found is None:
                raise ApiError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)
            prepared = found.prepared
        # a stack under review has none yet
        return {"TemplateBody": prepared.body if prepared else "{}", "StagesAvailable": ["Original", "Processed"]}

    def get_template_summary(self, caller: Caller, params: Params) -> Params:
        """Parameters, resource types and capabilities of a template."""
        template = templates.parse(self._body(caller, params))
        resources = template["Resources"]
        kinds = dict.fromkeys(resource["Type"] for resource in resources.values())
        capabilities, reason = templates.capabilities(set(kinds), resources)
        metadata = template.get("Metadata")
        return {
            "Parameters": [_declaration(name, found) for name, found in (template.get("Parameters") or {}).items()],
            "ResourceTypes": list(kinds), "Capabilities": capabilities, "DeclaredTransforms": [],
            "ResourceIdentifierSummaries": [
                {"ResourceType": kind, "ResourceIdentifiers": list(PROVIDERS[kind].identifier),
                 "LogicalResourceIds": [name for name, resource in resources.items() if resource["Type"] == kind]}
                for kind in kinds if kind in PROVIDERS and PROVIDERS[kind].identifier
            ],
            "Description": template.get("Description"), "CapabilitiesReason": reason,
            "Version": template.get("AWSTemplateFormatVersion"),
            "Metadata": None if metadata is None else str(metadata),
        }  # fmt: skip

    def validate_template(self, caller: Caller, params: Params) -> Params:
        """Whether a template can be read, and what it needs."""
        return self.get_template_summary(caller, params)  # the members that the shape of this answer has

    def _body(self, caller: Caller, params: Params) -> str:
        if params.get("StackName"):
            return str(self.get_template(caller, params)["TemplateBody"])
        return fetch_template(params, self._engine.platform, caller, self._engine.acting(caller, None))


def _declaration(name: str, found: dict[str, Any]) -> dict[str, Any]:
    allowed = found.get("AllowedValues")
    return {
        "ParameterKey": name,
        "ParameterType": found.get("Type"),
        "NoEcho": str(found.get("NoEcho", "false")).lower() == "true",
        "DefaultValue": str(found["Default"]) if "Default" in found else None,
        "Description": found.get("Description"),
        "ParameterConstraints": {"AllowedValues": [str(value) for value in allowed]} if allowed else None,
    }
