"""Where the references of a prepared template lead: the stack's resources as they are, or as a plan expects them."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend

from cfn_template import Evaluator, Resolver
from rehearsal.api import ApiError
from rehearsal.cloudformation.prepare import Prepared
from rehearsal.cloudformation.registry import known_provider
from rehearsal.cloudformation.state import Resource, Store
from rehearsal.cloudformation.template import UNKNOWN, error, validation_errors

HIDDEN = "****"


class StackLookup(Resolver):
    """References to parameters, to `resources` as they are now, and to other stacks' exports (kept in `imported`).

    What a plan does not know yet is in `unknown` (a name: all of the resource; a pair: one attribute). With `masked`
    parameters with NoEcho are not shown.
    """

    def __init__(
        self, prepared: Prepared, store: Store, resources: dict[str, Resource], *, masked: bool = False
    ) -> None:
        self._prepared = prepared
        self._constants = prepared.constants | dict.fromkeys(prepared.hidden if masked else (), HIDDEN)
        self._store = store
        self.resources = resources
        self.unknown: set[str | tuple[str, str]] = set()
        self.imported: set[str] = set()
        self._evaluator = Evaluator(
            self,
            region=prepared.constants["AWS::Region"],
            mappings=prepared.template.get("Mappings"),
            conditions=prepared.conditions,
            unknown=UNKNOWN,
            language_extensions=prepared.transformed,
        )

    def value(self, node: Any) -> Any:
        """A value of the template with everything it refers to. Raises ValidationError."""
        with validation_errors():
            return self._evaluator.value(node)

    def shown(self, properties: dict[str, Any]) -> dict[str, Any]:
        """Properties as they may be shown: one that takes apart what is not shown is not shown itself."""
        try:
            found: dict[str, Any] = self.value(properties)
        except ApiError:
            return dict.fromkeys(properties, HIDDEN)
        return found

    def ref(self, name: str) -> Any:
        """A parameter, pseudo parameter or the physical id of a resource."""
        if name in self._prepared.specs:
            return UNKNOWN if name in self.unknown else self.resources[name].physical_id
        return self._constants[name]

    def attribute(self, resource: str, name: str) -> Any:
        """An attribute of a resource."""
        if resource in self.unknown or (resource, name) in self.unknown:
            return UNKNOWN
        found = self.resources[resource].attributes
        if name not in found and known_provider(self.resources[resource].type).any_property:
            stack = self._prepared.constants["AWS::StackId"]
            text = f"Vendor response doesn't contain {name} attribute in object {stack}|{resource}"
            raise error(f"CustomResource attribute error: {text}")
        if name not in found:
            raise error(f"Template error: resource {resource} does not support attribute type {name} in Fn::GetAtt")
        return found[name]

    def export(self, name: str) -> str:
        """Another stack's export."""
        if UNKNOWN in name:
            return UNKNOWN
        constants = self._prepared.constants
        exports = self._store.exports((constants["AWS::AccountId"], constants["AWS::Region"]))
        if name not in exports:
            raise error(f"No export named {name} found")
        self.imported.add(name)
        return exports[name][0]

    def zones(self, region: str) -> list[str]:
        """The first three zones that EC2 has in the region: most have no more."""
        return [zone.name for zone in RegionsAndZonesBackend.zones.get(region, [])][:3]
