"""Properties of a template as they are compared: parameters filled in, names resolved, differences by path."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from model_cicd.access.assembly import Stack
from model_cicd.access.template_values import UnresolvedError, value_of

Path = tuple[str | int, ...]

#: characters of a value that is shown
_LONGEST = 60
#: and of what is equal before a difference
_BEFORE = 20
_ABSENT = object()


def filled(value: Any, stack: Stack) -> Any:
    """`value` with the values of the stack's parameters in the place of references to them."""
    if isinstance(value, Mapping):
        if set(value) == {"Ref"} and value["Ref"] in stack.template.get("Parameters", {}):
            name = str(value["Ref"])
            return stack.parameters.get(name, stack.template["Parameters"][name].get("Default", value))
        return {key: filled(each, stack) for key, each in value.items()}
    return [filled(each, stack) for each in value] if isinstance(value, list) else value


def name_of(stack: Stack, logical_id: str) -> str:
    """The physical name that the template gives to a resource, or the empty string."""
    resource = stack.resources[logical_id]
    properties, kind = resource.get("Properties", {}), str(resource["Type"])
    for key in (f"{kind.rpartition('::')[2]}Name", "Name"):
        if key in properties:
            try:
                return str(value_of(stack, properties[key], (logical_id, "Properties", key)))
            except UnresolvedError:
                return ""
    return ""


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """Where two values differ, as deep as both have the same form; a value that is not there is None."""
    if isinstance(before, Mapping) and isinstance(after, Mapping) and not _is_function(before, after):
        for key in sorted({*before, *after}):
            yield from _of_part(before.get(key, _ABSENT), after.get(key, _ABSENT), (*path, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, (*path, index))
    elif before != after:
        old, new = _json(before), _json(after)
        if old is not None and new is not None and type(old) is type(new):
            yield from differences(old, new, path)
        else:
            yield path, before, after


def _json(value: Any) -> Any:
    """The mapping or list that a text holds as JSON, such as the definition of a pipeline; None where it is no such."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return None
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return None


def _of_part(before: Any, after: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:
    if before is _ABSENT or after is _ABSENT:
        yield path, None if before is _ABSENT else before, None if after is _ABSENT else after
    else:
        yield from differences(before, after, path)


def _is_function(*values: Mapping[str, Any]) -> bool:
    """Whether one is an intrinsic function, which is compared as a whole."""
    return any(len(each) == 1 and (next(iter(each)) == "Ref" or next(iter(each)).startswith("Fn::")) for each in values)


def at(value: Any, path: str) -> Any:
    """The part of a resource's properties at a path of its schema (`VpcConfig.Subnets`, `Variants.*.Name`)."""
    key, _, rest = path.partition(".")
    if key == "*":
        return [at(each, rest) if rest else each for each in value] if isinstance(value, list) else None
    if not isinstance(value, Mapping) or key not in value:
        return None
    return at(value[key], rest) if rest else value[key]


def references(value: Any) -> set[str]:
    """The logical ids (and parameters) that a value refers to."""
    found: set[str] = set()
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key == "Ref" and isinstance(each, str):
                found.add(each)
            elif key == "Fn::GetAtt":
                found.add(str(each[0]) if isinstance(each, list) else str(each).partition(".")[0])
            elif key == "Fn::Sub":
                text = each[0] if isinstance(each, list) else each
                found |= {name.partition(".")[0] for name in re.findall(r"\$\{([^!][^}]*)\}", str(text))}
                found |= references(each[1:]) if isinstance(each, list) else set()
            else:
                found |= references(each)
    elif isinstance(value, list):
        for each in value:
            found |= references(each)
    return found


def shown(before: Any, after: Any) -> tuple[str, str]:
    """Two values, each in one short line that has the first difference in it; empty for one that is not there."""
    old, new = _line(before), _line(after)
    if max(len(old), len(new)) <= _LONGEST:
        return old, new
    same = next((index for index, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), 0)
    return _cut(old, same), _cut(new, same)


def _line(value: Any) -> str:
    if value is None:
        return ""
    return " ".join(value.split()) if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _cut(text: str, same: int) -> str:
    start = max(0, same - _BEFORE) if same + _BEFORE > _LONGEST else 0
    end = start + _LONGEST
    return f"{'...' if start else ''}{text[start:end]}{'...' if end < len(text) else ''}"
