"""What the templates of endpoints say, as they write it: a release is what a parameter names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from model_cicd.access.assembly import Stack


def canonical(value: Any) -> str:
    """JSON that is the same for the same value."""
    return json.dumps(value, sort_keys=True)


def container(model: Mapping[str, Any]) -> str:
    """The container of a model, as it is written."""
    return canonical(model.get("Properties", {}).get("PrimaryContainer"))


def shadows(stack: Stack, written: Any) -> Iterator[str]:
    """What gets copies of requests, and under which condition; anything else as it is written."""
    if written is None:
        return
    match written:
        case {"Fn::If": [str(condition), [*variants], {"Ref": "AWS::NoValue"}]}:
            for each in variants:
                model = each.get("ModelName", {}).get("Fn::GetAtt", [""])[0]
                yield f"{container(stack.resources.get(model, {}))} while {condition}"
        case _:
            yield canonical(written)
