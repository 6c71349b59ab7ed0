"""Whether parameters have the members and types that the model of their operation says, and no others.

Patterns, lengths and limits are left to the services.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from moto.core.utils import get_service_model

from rehearsal.api import ApiError, Params, invalid, unsupported
from rehearsal.refusals import MODELS

_PLAIN: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "blob": (str, bytes),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str, datetime.datetime),
    "boolean": (bool,),
}


# what a service calls a member that is missing or of another type, where it is not ValidationException
_CODES: Mapping[str, str] = {
    "cloudformation": "ValidationError", "ec2": "MissingParameter", "iam": "ValidationError",
    "monitoring": "ValidationError", "sns": "InvalidParameter", "sqs": "MissingParameter", "sts": "ValidationError",
}  # fmt: skip


def check(service: str, operation: str, params: Params) -> None:
    """Raises ApiError for a member that is missing, of another type or not in the model.

    Operations that AWS does not have are let through.
    """
    found = operation_model(service, operation)
    if found is None or found.input_shape is None:
        return
    wrong = list(_problems(found.input_shape, params, ""))
    if wrong:
        raise wrong_input(service, wrong)
    strange = list(_strange(found.input_shape, params, ""))
    if strange:
        raise unsupported(f"{', '.join(strange[:10])} of {operation}")


def operation_model(service: str, operation: str) -> Any | None:
    """botocore's model of an operation, None where AWS has none of that name."""
    model = get_service_model(MODELS.get(service, service))
    return model.operation_model(operation) if operation in model.operation_names else None


def detected(wrong: Sequence[str]) -> str:
    """What AWS says of several things that are wrong with a request."""
    return f"{len(wrong)} validation error{'s' if len(wrong) > 1 else ''} detected: {'; '.join(wrong[:10])}"


def wrong_input(service: str, wrong: list[str]) -> ApiError:
    """The error of a service about members of a request, each with its key path."""
    text = detected(wrong)
    return ApiError(_CODES[service], text) if service in _CODES else invalid(text)


def _strange(shape: Any, value: Any, where: str) -> Iterator[str]:
    """The key paths of members that the model does not have: newer ones than the embedded AWS, or misspelt ones."""
    if isinstance(value, dict) and shape.type_name == "structure":
        for name, part in value.items():
            if name not in shape.members:
                yield f"{where}{name}"
            else:
                yield from _strange(shape.members[name], part, f"{where}{name}.")
    elif isinstance(value, dict) and shape.type_name == "map":
        for name, part in value.items():
            yield from _strange(shape.value, part, f"{where}{name}.")
    elif isinstance(value, list) and shape.type_name == "list":
        for index, part in enumerate(value):
            yield from _strange(shape.member, part, f"{where}{index}.")


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
