"""Values of expressions: null, booleans, numbers, strings, arrays and objects, and how one becomes another.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_OTHER_BASE = re.compile(r"0(x[0-9a-fA-F]+|o[0-7]+)")
_INFINITE = {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}


class CaseSensitive(dict[str, Any]):
    """An object whose members are found by their exact name only, as the variables of `env` are."""


class Filtered(list[Any]):
    """What `.*` made: a further member is looked up in each of its items."""


def kind(value: Any) -> str:
    """The name of a value's type."""
    if value is None:
        return "Null"
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, int | float):
        return "Number"
    if isinstance(value, str):
        return "String"
    return "Object" if isinstance(value, Mapping) else "Array"


def primitive(value: Any) -> bool:
    """Whether it is neither an array nor an object."""
    return kind(value) not in ("Array", "Object")


def truthy(value: Any) -> bool:
    """Whether a condition with this value holds."""
    if isinstance(value, float) and math.isnan(value):
        return False
    return bool(value) if primitive(value) else True


def to_number(value: Any) -> float:
    """The number that a value is taken for in comparisons; NaN for what is none."""
    if value is None:
        return 0.0
    if isinstance(value, bool | int | float):
        return float(value)
    return text_to_number(value) if isinstance(value, str) else math.nan


def text_to_number(text: str) -> float:
    """The number that is written in a text: decimal, `0x`, `0o` or `Infinity`; 0 for an empty one, else NaN."""
    text = text.strip()
    if not text:
        return 0.0
    if _NUMBER.fullmatch(text):
        return float(text)
    if _OTHER_BASE.fullmatch(text):
        return float(int(text, 0))
    return _INFINITE.get(text, math.nan)


def to_text(value: Any) -> str:
    """The string that a value becomes in a string; arrays and objects are only named."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number_text(float(value))
    return value if isinstance(value, str) else kind(value)


def _number_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    mantissa, _, exponent = f"{value:.15G}".partition("E")
    return mantissa + (f"E{int(exponent):+03d}" if exponent else "")


def to_json(value: Any) -> str:
    """Indented JSON, in which whole numbers have no point."""
    return json.dumps(_plain(value), indent=2, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        if math.isfinite(value):
            return int(value) if value.is_integer() and abs(value) < 1e15 else value
        return _number_text(value)
    return value


def equal(left: Any, right: Any) -> bool:
    """GitHub's `==`: strings without regard to case, other types as numbers, arrays and objects by identity."""
    if isinstance(left, str) and isinstance(right, str):
        return left.upper() == right.upper()
    if left is None and right is None:
        return True
    if not primitive(left) or not primitive(right):
        return left is right
    return to_number(left) == to_number(right)


def less(left: Any, right: Any) -> bool:
    """GitHub's `<`; never true of what is no number."""
    if isinstance(left, str) and isinstance(right, str):
        return left.upper() < right.upper()
    if not primitive(left) or not primitive(right):
        return False
    return to_number(left) < to_number(right)


def member(value: Any, key: Any) -> Any:
    """`value[key]`; null for what is not there, as everywhere in expressions."""
    if isinstance(value, Filtered):
        found = [_look_up(item, key) for item in value]
        return Filtered(item for known, item in found if known)
    return _look_up(value, key)[1]


def _look_up(value: Any, key: Any) -> tuple[bool, Any]:
    if isinstance(value, Mapping) and primitive(key):
        name = to_text(key)
        if name in value:
            return True, value[name]
        if not isinstance(value, CaseSensitive):
            for each in value:
                if each.upper() == name.upper():
                    return True, value[each]
    elif isinstance(value, list | tuple) and primitive(key):
        number = to_number(key)
        if not math.isnan(number) and 0 <= number < len(value):
            return True, value[math.floor(number)]
    return False, None


def spread(value: Any) -> Filtered:
    """`value.*`: all items of an array or members of an object."""
    if isinstance(value, Filtered):
        return Filtered(item for part in value for item in spread(part))
    if isinstance(value, Mapping):
        return Filtered(value.values())
    return Filtered(value if isinstance(value, list | tuple) else ())
