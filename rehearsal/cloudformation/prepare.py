"""From a request to a prepared template: everything that can be checked or decided before anything is touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cfn_template import Evaluator, Resolver, expand, function_of, references
from rehearsal.api import ApiError
from rehearsal.cloudformation import aws_schemas
from rehearsal.cloudformation import properties as property_checks
from rehearsal.cloudformation import template as templates
from rehearsal.cloudformation.graph import creation_order
from rehearsal.cloudformation.parameters import Parameter, resolve
from rehearsal.cloudformation.provider import Provider
from rehearsal.cloudformation.registry import STAND_INS, known_provider, provider_of
from rehearsal.cloudformation.template import UNKNOWN, error, validation_errors

#: made as soon as they can be: what else a template makes acts under roles that wait for nothing
_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")


@dataclass(frozen=True)
class Spec:
    """A resource as its template wants it; conditions are decided, references are not."""

    logical_id: str
    type: str
    provider: Provider
    properties: dict[str, Any]
    metadata: Any
    depends_on: tuple[str, ...]
    deletion_policy: str
    replace_policy: str


@dataclass(frozen=True)
class Prepared:
    """A template with its parameters, ready to be planned and applied.

    `constants` are the values of parameters and pseudo parameters; `specs` are in order of creation. `template` is what
    AWS::LanguageExtensions made of the body, when it is `transformed`.
    """

    body: str
    template: dict[str, Any]
    parameters: dict[str, Parameter]
    constants: dict[str, Any]
    conditions: dict[str, bool]
    specs: dict[str, Spec]
    outputs: dict[str, dict[str, Any]]
    tags: dict[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    role: str | None = None
    transformed: bool = False

    @property
    def hidden(self) -> frozenset[str]:
        """The parameters with NoEcho."""
        return frozenset(name for name, parameter in self.parameters.items() if parameter.no_echo)

    @property
    def description(self) -> str | None:
        """The template's description."""
        return self.template.get("Description")


class _Constants(Resolver):
    """The references of conditions and rules: parameters and pseudo parameters only."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def ref(self, name: str) -> Any:
        if name not in self._values:
            raise error(f"Template error: unresolved dependency {name} in a condition")
        return self._values[name]

    def attribute(self, resource: str, name: str) -> Any:
        raise error(f"Template error: conditions cannot use Fn::GetAtt ({resource}.{name})")

    def export(self, name: str) -> str:
        raise error("Template error: conditions cannot use Fn::ImportValue")

    def zones(self, region: str) -> list[str]:
        raise error("Template error: conditions cannot use Fn::GetAZs")


@validation_errors()
def prepare(
    body: str,
    pseudo: dict[str, Any],
    *,
    given: list[dict[str, Any]],
    previous: dict[str, Parameter],
    tags: dict[str, str],
    capabilities: list[str],
    role: str | None,
    stored: Callable[[str], str],
) -> Prepared:
    """Check everything that needs no other resource. Raises ApiError; nothing was touched then.

    `pseudo` are the pseudo parameters; `stored` reads a value from Parameter Store.
    """
    template, transformed = templates.read(body, STAND_INS)
    if not transformed:
        templates.check(template)
    parameters = resolve(template.get("Parameters") or {}, given, previous, stored)
    constants = pseudo | {name: parameter.value for name, parameter in parameters.items()}
    if transformed:
        template = expand(template, evaluator_of(template, constants, extended=True).value)
        templates.check(template)
    evaluator = evaluator_of(template, constants, extended=transformed)
    conditions = evaluator.outcomes()
    _check_rules(template, evaluator)
    effective = {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if "Condition" not in resource or _holds(conditions, resource["Condition"], logical_id)
    }
    pruned = {
        logical_id: evaluator.prune(resource.get("Properties") or {}) for logical_id, resource in effective.items()
    }
    _refuse_unsupported(effective, pruned)
    outputs = {
        name: evaluator.prune(output)
        for name, output in (template.get("Outputs") or {}).items()
        if "Condition" not in output or _holds(conditions, output["Condition"], name)
    }
    _check_references(template, effective, pruned, outputs, constants)
    _check_capabilities(effective, capabilities)
    specs = {
        logical_id: _spec(logical_id, resource, pruned[logical_id], effective)
        for logical_id, resource in effective.items()
    }
    return Prepared(
        body,
        template,
        parameters,
        constants,
        conditions,
        _ordered(specs),
        outputs,
        tags,
        tuple(capabilities),
        role,
        transformed,
    )


def _ordered(specs: dict[str, Spec]) -> dict[str, Spec]:
    """In order of creation."""
    early = (name for name, spec in specs.items() if spec.type in _POLICIES)
    order = creation_order({name: spec.depends_on for name, spec in specs.items()}, early)
    return {name: specs[name] for name in order}


def evaluator_of(template: dict[str, Any], constants: dict[str, Any], *, extended: bool) -> Evaluator:
    """What evaluates a template's values in which nothing refers to resources."""
    return Evaluator(
        _Constants(constants),
        region=constants["AWS::Region"],
        mappings=template.get("Mappings"),
        conditions=template.get("Conditions"),
        unknown=UNKNOWN,
        language_extensions=extended,
    )


def _holds(conditions: dict[str, bool], name: Any, where: str) -> bool:
    if name not in conditions:
        raise error(f"Template format error: Unresolved condition dependency {name} of {where}")
    return conditions[name]


def _check_rules(template: dict[str, Any], evaluator: Evaluator) -> None:
    for name, rule in (template.get("Rules") or {}).items():
        if "RuleCondition" in rule and not evaluator.truth(rule["RuleCondition"]):
            continue
        for assertion in rule.get("Assertions") or []:
            if not evaluator.truth(assertion["Assert"]):
                raise error(
                    f"Template error: rule {name} failed: {assertion.get('AssertDescription', 'no description')}"
                )


def _refuse_unsupported(effective: dict[str, Any], pruned: dict[str, dict[str, Any]]) -> None:
    """Name every unsupported resource type and property in one message."""
    types: dict[str, list[str]] = {}
    wrong: list[str] = []
    for logical_id, resource in effective.items():
        provider = provider_of(resource["Type"])
        if provider is None:
            types.setdefault(resource["Type"], []).append(logical_id)
            continue
        wrong += [
            f"property {path} of {provider.type} ({logical_id})"
            for path in dict.fromkeys(property_checks.unknown(provider, pruned[logical_id]))
        ]
        wrong += [
            f"{provider.type} ({logical_id}) without its required property {name}"
            for name in property_checks.missing(provider, pruned[logical_id])
        ]
    found = [f"resource type {kind} ({', '.join(names)})" for kind, names in sorted(types.items())] + wrong
    if found:
        known = [kind for kind in sorted(types) if kind in aws_schemas.types()]
        hint = f"; {' '.join(f'--stand-in {kind}' for kind in known)} takes records in their place" if known else ""
        raise error(f"The embedded AWS does not support: {'; '.join(found)}{hint}")


def _check_references(
    template: dict[str, Any],
    effective: dict[str, Any],
    pruned: dict[str, dict[str, Any]],
    outputs: dict[str, Any],
    constants: dict[str, Any],
) -> None:
    values = template["Resources"].keys() | constants.keys()

    def check(node: Any, block: str) -> None:
        for name, attribute in references(node):
            known = name in effective or (not attribute and name in constants)
            if not known:
                raise _unresolved(name, block)
            if attribute and not known_provider(effective[name]["Type"]).has_attribute(attribute):
                text = f"resource {name} does not support attribute type {attribute} in Fn::GetAtt"
                raise error(f"Template error: {text}")

    for resource in template["Resources"].values():
        named = [name for name, _ in references(resource.get("Properties") or {}) if name not in values]
        named += [name for name in _depends_on(resource) if name not in template["Resources"]]
        if named:
            raise _unresolved(named[0], "Resources")
    for node in pruned.values():
        check(node, "Resources")
    for node in outputs.values():
        check(node, "Outputs")


def _unresolved(name: str, block: str) -> ApiError:
    return error(
        f"Template format error: Unresolved resource dependencies [{name}] in the {block} block of the template"
    )


def _check_capabilities(effective: dict[str, Any], given: list[str]) -> None:
    needed, _ = templates.capabilities({resource["Type"] for resource in effective.values()}, effective)
    have = set(given) | ({"CAPABILITY_IAM"} if "CAPABILITY_NAMED_IAM" in given else set())
    lacking = [name for name in needed if name not in have]
    if lacking:
        raise ApiError("InsufficientCapabilitiesException", f"Requires capabilities : [{', '.join(lacking)}]")


def _depends_on(resource: dict[str, Any]) -> list[str]:
    found = resource.get("DependsOn") or []
    return [found] if isinstance(found, str) else list(found)


def _spec(logical_id: str, resource: dict[str, Any], pruned: dict[str, Any], effective: dict[str, Any]) -> Spec:
    needs = [name for name, _ in references(pruned) if name in effective]
    needs += [name for name in _depends_on(resource) if name in effective]
    return Spec(
        logical_id,
        resource["Type"],
        known_provider(resource["Type"]),
        pruned,
        resource.get("Metadata"),
        tuple(dict.fromkeys(needs)),
        resource.get("DeletionPolicy", "Delete"),
        resource.get("UpdateReplacePolicy", "Delete"),
    )


def static(value: Any) -> bool:
    """Whether a value of a template is written out, without any function."""
    if isinstance(value, dict):
        return function_of(value) is None and all(map(static, value.values()))
    return all(map(static, value)) if isinstance(value, list) else UNKNOWN not in str(value)
