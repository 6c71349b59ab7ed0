"""From a request to a prepared template: everything that can be checked or decided before anything is touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rehearsal.api import ApiError, partition_of
from rehearsal.cloudformation import properties as property_checks
from rehearsal.cloudformation import template as templates
from rehearsal.cloudformation.graph import creation_order
from rehearsal.cloudformation.intrinsics import NOTHING, UNKNOWN, Resolver, evaluate_conditions, function_of, references
from rehearsal.cloudformation.parameters import Parameter, resolve
from rehearsal.cloudformation.provider import Provider
from rehearsal.cloudformation.registry import PROVIDERS
from rehearsal.cloudformation.template import error

PSEUDO = frozenset(
    {"AWS::AccountId", "AWS::NotificationARNs", "AWS::NoValue", "AWS::Partition", "AWS::Region", "AWS::StackId",
     "AWS::StackName", "AWS::URLSuffix"}
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Which stack a template is for."""

    stack: str
    stack_id: str
    account: str
    region: str


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
    """A template with its parameters, ready to be planned and applied; `specs` are in order of creation."""

    body: str
    template: dict[str, Any]
    place: Place
    parameters: dict[str, Parameter]
    conditions: dict[str, bool]
    specs: dict[str, Spec]
    outputs: dict[str, dict[str, Any]]
    tags: dict[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    role: str | None = None

    @property
    def mappings(self) -> dict[str, Any]:
        """The Mappings section."""
        return self.template.get("Mappings") or {}

    @property
    def description(self) -> str | None:
        """The template's description."""
        return self.template.get("Description")

    def constant(self, name: str) -> Any:
        """A parameter's or pseudo parameter's value; KeyError for any other name."""
        if name in self.parameters:
            return self.parameters[name].value
        return pseudo(self.place, name)


def pseudo(place: Place, name: str) -> Any:
    """A pseudo parameter's value. Raises KeyError for any other name."""
    china = place.region.startswith("cn-")
    return {
        "AWS::AccountId": place.account,
        "AWS::NotificationARNs": [],
        "AWS::NoValue": NOTHING,
        "AWS::Partition": partition_of(place.region),
        "AWS::Region": place.region,
        "AWS::StackId": place.stack_id,
        "AWS::StackName": place.stack,
        "AWS::URLSuffix": "amazonaws.com.cn" if china else "amazonaws.com",
    }[name]


class _Constants:
    """The lookup of conditions and rules: parameters and pseudo parameters only."""

    def __init__(self, place: Place, parameters: dict[str, Parameter]) -> None:
        self._place, self._parameters = place, parameters

    def ref(self, name: str) -> Any:
        if name in self._parameters:
            return self._parameters[name].value
        if name not in PSEUDO:
            raise error(f"Template error: unresolved dependency {name} in a condition")
        return pseudo(self._place, name)

    def attribute(self, resource: str, name: str) -> Any:
        raise error(f"Template error: conditions cannot use Fn::GetAtt ({resource}.{name})")

    def export(self, name: str) -> str:
        raise error("Template error: conditions cannot use Fn::ImportValue")

    def zones(self, region: str) -> list[str]:
        raise error("Template error: conditions cannot use Fn::GetAZs")


def prepare(
    body: str,
    place: Place,
    *,
    given: list[dict[str, Any]],
    previous: dict[str, Parameter],
    tags: dict[str, str],
    capabilities: list[str],
    role: str | None,
    stored: Callable[[str], str],
) -> Prepared:
    """Check everything that needs no other resource. Raises ApiError; nothing was touched then.

    `stored` reads a value from Parameter Store.
    """
    template = templates.parse(body)
    parameters = resolve(template.get("Parameters") or {}, given, previous, stored)
    constants = _Constants(place, parameters)
    mappings = template.get("Mappings") or {}
    conditions = evaluate_conditions(template.get("Conditions") or {}, constants, mappings, place.region)
    _check_rules(template, constants, mappings, conditions, place.region)
    effective = {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if "Condition" not in resource or _holds(conditions, resource["Condition"], logical_id)
    }
    pruned = {
        logical_id: prune(resource.get("Properties") or {}, conditions) for logical_id, resource in effective.items()
    }
    _refuse_unsupported(effective, pruned)
    outputs = {
        name: prune(output, conditions)
        for name, output in (template.get("Outputs") or {}).items()
        if "Condition" not in output or _holds(conditions, output["Condition"], name)
    }
    _check_references(template, effective, pruned, outputs, parameters)
    _check_capabilities(effective, capabilities)
    specs = {
        logical_id: _spec(logical_id, resource, pruned[logical_id], effective)
        for logical_id, resource in effective.items()
    }
    ordered = {name: specs[name] for name in creation_order({name: spec.depends_on for name, spec in specs.items()})}
    return Prepared(body, template, place, parameters, conditions, ordered, outputs, tags, tuple(capabilities), role)


def prune(node: Any, conditions: dict[str, bool]) -> Any:
    """`node` with every Fn::If decided and what is AWS::NoValue left out."""
    if isinstance(node, list):
        return [found for found in (prune(item, conditions) for item in node) if found is not NOTHING]
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        if node.get("Ref") == "AWS::NoValue":
            return NOTHING
        if isinstance(node.get("Fn::If"), list) and len(node["Fn::If"]) == 3:
            name, yes, no = node["Fn::If"]
            if name not in conditions:
                raise error(f"Template error: unresolved condition dependency {name} in Fn::If")
            return prune(yes if conditions[name] else no, conditions)
    found = {key: prune(item, conditions) for key, item in node.items()}
    return {key: item for key, item in found.items() if item is not NOTHING}


def _holds(conditions: dict[str, bool], name: Any, where: str) -> bool:
    if name not in conditions:
        raise error(f"Template format error: Unresolved condition dependency {name} of {where}")
    return conditions[name]


def _check_rules(template: dict[str, Any], constants: _Constants, mappings: Any, conditions: Any, region: str) -> None:
    resolver = Resolver(constants, mappings, conditions, region)
    for name, rule in (template.get("Rules") or {}).items():
        if "RuleCondition" in rule and not resolver.truth(rule["RuleCondition"]):
            continue
        for assertion in rule.get("Assertions") or []:
            if not resolver.truth(assertion["Assert"]):
                raise error(
                    f"Template error: rule {name} failed: {assertion.get('AssertDescription', 'no description')}"
                )


def _refuse_unsupported(effective: dict[str, Any], pruned: dict[str, dict[str, Any]]) -> None:
    """Name every unsupported resource type and property in one message."""
    types: dict[str, list[str]] = {}
    wrong: list[str] = []
    for logical_id, resource in effective.items():
        provider = PROVIDERS.get(resource["Type"])
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
        raise error(f"The embedded AWS does not support: {'; '.join(found)}")


def _check_references(
    template: dict[str, Any],
    effective: dict[str, Any],
    pruned: dict[str, dict[str, Any]],
    outputs: dict[str, Any],
    parameters: dict[str, Parameter],
) -> None:
    values = template["Resources"].keys() | parameters.keys() | PSEUDO

    def check(node: Any, block: str) -> None:
        for name, attribute in references(node):
            known = name in effective if attribute else name in effective or name in parameters or name in PSEUDO
            if not known:
                text = f"Unresolved resource dependencies [{name}] in the {block} block of the template"
                raise error(f"Template format error: {text}")
            if attribute and attribute not in PROVIDERS[effective[name]["Type"]].attributes:
                text = f"resource {name} does not support attribute type {attribute} in Fn::GetAtt"
                raise error(f"Template error: {text}")

    for resource in template["Resources"].values():
        for name, _ in references(resource.get("Properties") or {}):
            if name not in values:
                text = f"Unresolved resource dependencies [{name}] in the Resources block of the template"
                raise error(f"Template format error: {text}")
        for name in _depends_on(resource):
            if name not in template["Resources"]:
                raise error(
                    f"Template format error: Unresolved resource dependencies [{name}] in the Resources block "
                    "of the template"
                )
    for node in pruned.values():
        check(node, "Resources")
    for node in outputs.values():
        check(node, "Outputs")


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
        PROVIDERS[resource["Type"]],
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
