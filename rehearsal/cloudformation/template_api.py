"""Operations on templates."""

from __future__ import annotations

import json
from typing import Any

from cfn_template import LANGUAGE_EXTENSIONS, expand, parameter_value, pseudo_parameters
from rehearsal.api import ApiError, Caller, Params
from rehearsal.cloudformation import template as templates
from rehearsal.cloudformation.engine import Api
from rehearsal.cloudformation.fetch import fetch_template
from rehearsal.cloudformation.prepare import Prepared, evaluator_of
from rehearsal.cloudformation.registry import PROVIDERS, STAND_INS
from rehearsal.cloudformation.template import error


class TemplateApi(Api):
    """GetTemplate, GetTemplateSummary and ValidateTemplate."""

    def get_template(self, caller: Caller, params: Params) -> Params:
        """The text of a stack's or change set's template. Raises ApiError ChangeSetNotFound."""
        prepared = self._prepared(caller, params)
        processed = params.get("TemplateStage") != "Original" and prepared and prepared.transformed
        body = json.dumps(prepared.template) if prepared and processed else prepared.body if prepared else "{}"
        return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}

    def _prepared(self, caller: Caller, params: Params) -> Prepared | None:
        """What a stack or a change set is made of; a stack under review has nothing yet."""
        name, stack_name = params.get("ChangeSetName"), params.get("StackName")
        if not stack_name and not str(name).startswith("arn:"):
            raise error("Either StackName or the ARN of a change set must be specified.")
        stacks = [self._store.get(caller.scope, stack_name)] if stack_name else self._store.live(caller.scope)
        if not name:
            return stacks[0].applied
        sets = (each for stack in stacks for each in stack.change_sets.values())
        found = next((each for each in sets if name in (each.name, each.id)), None)
        if found is None:
            raise ApiError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)
        return found.prepared

    def get_template_summary(self, caller: Caller, params: Params) -> Params:
        """Parameters, resource types and capabilities of a template."""
        template, names = summarized(self._body(caller, params), caller)
        resources = template["Resources"]
        kinds = dict.fromkeys(resource["Type"] for resource in resources.values())
        capabilities, reason = templates.capabilities(set(kinds), resources)
        capabilities += ["CAPABILITY_AUTO_EXPAND"] if names else []
        metadata = template.get("Metadata")
        return {
            "Parameters": [_declaration(name, found) for name, found in (template.get("Parameters") or {}).items()],
            "ResourceTypes": list(kinds), "Capabilities": capabilities, "DeclaredTransforms": names,
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


def summarized(body: str, caller: Caller) -> tuple[dict[str, Any], list[str]]:
    """A template, expanded with the defaults of its parameters, and its transforms. Raises ValidationError."""
    template, transformed = templates.read(body, STAND_INS)
    if transformed:
        defaults = {
            name: parameter_value(str(found.get("Type")), str(found["Default"]))
            for name, found in (template.get("Parameters") or {}).items()
            if "Default" in found
        }
        pseudo = pseudo_parameters(
            account=caller.account, region=caller.region, partition=caller.partition, url_suffix="amazonaws.com",
            stack_name="stack",
        )  # fmt: skip
        with templates.validation_errors():
            template = expand(template, evaluator_of(template, pseudo | defaults, extended=True).value)
    templates.check(template)
    return template, [LANGUAGE_EXTENSIONS] if transformed else []


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
