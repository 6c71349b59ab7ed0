"""A resource type that nothing runs behind: its properties are checked, its id and attributes are made up."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from rehearsal.cloudformation import aws_schemas
from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError
from rehearsal.cloudformation.schemas import Schema
from rehearsal.cloudformation.stand_ins import checks
from rehearsal.cloudformation.stand_ins.invention import Invention

REMARK = "a stand-in: nothing runs behind it"


class Recorded(Provider):
    """A type whose resources are records: made anew whenever properties change, and gone with the stack."""

    remark = REMARK

    def __init__(self, kind: str) -> None:
        self.type = kind  # type: ignore[misc]
        self.noun = "stand-in"  # type: ignore[misc]

    def create(self, call: Call) -> Made:
        """The record."""
        return self.recorded(call)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Other properties; id and attributes do not come from those that can change."""
        return self.recorded(call)

    def remove(self, call: Call) -> None:
        """Nothing: the record goes with the stack."""

    def recorded(self, call: Call) -> Made:
        """Id and attributes of the record."""
        raise NotImplementedError


class StandIn(Recorded):
    """Any type of AWS's as a record; no service knows the resource, and no permission is asked for it."""

    @cached_property
    def whole(self) -> dict[str, Any]:
        """AWS's schema of the type, whole."""
        return aws_schemas.whole(self.type)

    @cached_property
    def schema(self) -> Schema:
        """The part of it that every type has here."""
        found = aws_schemas.reduced(self.whole)
        held: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in found.items()}
        return Schema(**held)

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The names that GetAtt takes: what is read-only and one value, or a list of them."""
        return frozenset(name for name in self.schema.read_only if checks.is_value(self.whole, name))

    def recorded(self, call: Call) -> Made:
        """The record of what the schema takes. Raises ResourceError."""
        wrong = list(checks.problems(self.whole, call.properties))
        if wrong:
            text = f"Properties validation failed for resource {call.logical_id} with message: [{', '.join(wrong)}]"
            raise ResourceError(text)
        invention = Invention(self.whole, call, fixed=self.schema.create_only)
        return Made(invention.id, {name: invention.attribute(name) for name in sorted(self.attributes)})
