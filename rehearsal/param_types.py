"""Whether parameters have the members and types that an operation of a JSON service must have.

Patterns, limits and unknown members are left to the services.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.core.utils import get_service_model

from rehearsal.api import Params, invalid

_MODELS = {"states": "stepfunctions", "monitoring": "cloudwatch", "servicequotas": "service-quotas"}
_PLAIN: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "blob": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
    "boolean": (bool,),
}


def check(service: str, operation: str, params: Params) -> None:
    """Raises ApiError for a member that is missing or of another type; operations AWS does not have are let through."""
    model = get_service_model(_MODELS.get(service, service))
    shape = model.operation_model(operation).input_shape if operation in model.operation_names else None
    wrong = list(_problems(shape, params, "")) if shape is not None else []
    if wrong:
        raise invalid(f"{len(wrong)} validation error{'s' if len(wrong) > 1 else ''} detected: {'; '.join(wrong[:10])}")


def _problems(shape: Any, value: Any, where: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"{where}{name}: missing"
        for name, part in value.items():
            if name in shape.members and part is not None:
                yield from _problems(shape.members[name], part, f"{where}{name}.")
    elif kind == "list" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _problems(shape.member, item, f"{where}{index}.")
    elif kind == "map" and isinstance(value, dict):
        for name, part in value.items():
            yield from _problems(shape.value, part, f"{where}{name}.")
    elif kind in _PLAIN:
        if not isinstance(value, _PLAIN[kind]) or (isinstance(value, bool) and kind != "boolean"):
            yield f"{where.rstrip('.')}: got {type(value).__name__}, expected a {kind}"
    elif kind in ("structure", "list", "map"):
        yield f"{where.rstrip('.') or 'the body'}: got {type(value).__name__}, expected a {kind}"
