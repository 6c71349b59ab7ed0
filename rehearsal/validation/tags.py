"""Tags of requests: nobody but AWS sets those that begin with `aws:`.

https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearsal.accounts import STACK_SESSION
from rehearsal.api import ApiError, Caller, Params
from rehearsal.param_types import operation_model
from rehearsal.refusals import QUERY_SERVICES

_MEMBERS = ("Tags", "tags", "TagList", "tagsToAdd")
_TEXT = "aws: prefixed tag key names are not allowed for external use."


def check(service: str, operation: str, params: Params, caller: Caller) -> None:
    """Raises ApiError for a reserved key, the one of the operation's errors that speaks of tags."""
    if any(key.lower().startswith("aws:") for key in _keys(params)) and not of_stack(caller):
        raise ApiError(_code(service, operation), _TEXT)


def of_stack(caller: Caller) -> bool:
    """Whether CloudFormation asks, on somebody's behalf or as the role of a stack."""
    return caller.via == "cloudformation.amazonaws.com" or caller.arn.endswith(f"/{STACK_SESSION}")


def _keys(params: Params) -> Iterator[str]:
    for member in _MEMBERS:
        held = params.get(member)
        if isinstance(held, dict):
            yield from map(str, held)
        for each in held if isinstance(held, list) else []:
            if isinstance(each, dict):
                lower: dict[str, Any] = {str(name).lower(): value for name, value in each.items()}
                yield str(lower.get("key") or lower.get("tagkey") or "")


def _code(service: str, operation: str) -> str:
    found = operation_model(service, operation)
    modelled = [shape.error_code or shape.name for shape in found.error_shapes] if found is not None else []
    of_tags = [code for code in modelled if "SystemTag" in code] + [code for code in modelled if "Tag" in code]
    wrong = [code for code in of_tags if "TooMany" not in code and "Limit" not in code]
    general = [code for code in modelled if code.startswith(("Validation", "InvalidParameter", "InvalidInput"))]
    return next(iter([*wrong, *general]), "ValidationError" if service in QUERY_SERVICES else "ValidationException")
