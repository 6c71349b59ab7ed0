"""What every part of the pipeline YAML has in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema


class Model(BaseModel):
    """A mapping of the YAML: camelCase keys, no unknown ones, no conversion of types, immutable.

    Building is deferred to the first validation: only the whole document is ever validated, and its parts are built
    with it, once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel, defer_build=True)


@dataclass(frozen=True)
class Plain:
    """A function that validates a field by itself, as pydantic's PlainValidator does.

    It spares pydantic the schema of the annotated type, which is a union of many here and of use for output only.
    `expected` says in words what the function takes, besides an expression where `expressions` is true.
    """

    function: Callable[[Any], Any]
    expected: str
    expressions: bool = True

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> CoreSchema:
        """The schema that pydantic asks for."""
        return core_schema.no_info_plain_validator_function(self.function)
