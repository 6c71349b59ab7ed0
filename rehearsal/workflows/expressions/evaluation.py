"""Evaluates the tree of an expression."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rehearsal.workflows.expressions.syntax import (
    FUNCTIONS,
    Call,
    Context,
    ExpressionError,
    Literal,
    Member,
    Operation,
    Spread,
    Tree,
)
from rehearsal.workflows.expressions.values import (
    equal,
    less,
    member,
    primitive,
    spread,
    to_json,
    to_text,
    truthy,
)

_FIELD = re.compile(r"\{\{|\}\}|\{(\d+)\}|[{}]")
_LARGEST = 10 << 20  # characters of a result


@dataclass(frozen=True)
class Scope:
    """What an expression sees: `contexts` by name, and the functions whose result is of the run.

    `functions` has those of status and files (`success`, `hashfiles`, ...) by lower-cased name; they get texts.
    """

    contexts: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def with_contexts(self, **more: Any) -> Scope:
        """The same with other or further contexts."""
        return Scope({**self.contexts, **more}, self.functions)


def evaluate(tree: Tree, scope: Scope) -> Any:
    """The value of an expression. Raises ExpressionError."""
    if isinstance(tree, Literal):
        return tree.value
    if isinstance(tree, Context):
        return scope.contexts.get(tree.name)
    if isinstance(tree, Member):
        return member(evaluate(tree.of, scope), evaluate(tree.key, scope))
    if isinstance(tree, Spread):
        return spread(evaluate(tree.of, scope))
    if isinstance(tree, Call):
        return _call(tree, scope)
    return _operation(tree, scope)


def _operation(tree: Operation, scope: Scope) -> Any:
    left = evaluate(tree.operands[0], scope)
    if tree.sign == "!":
        return not truthy(left)
    if tree.sign in ("&&", "||"):
        decided = truthy(left) == (tree.sign == "||")
        return left if decided else evaluate(tree.operands[1], scope)
    right = evaluate(tree.operands[1], scope)
    return _COMPARISONS[tree.sign](left, right)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": less,
    ">": lambda left, right: less(right, left),
    "<=": lambda left, right: less(left, right) or equal(left, right),
    ">=": lambda left, right: less(right, left) or equal(left, right),
}


def _call(tree: Call, scope: Scope) -> Any:
    if tree.function == "case":
        return _case(tree.arguments, scope)
    arguments = [evaluate(each, scope) for each in tree.arguments]
    name = FUNCTIONS[tree.function][0]
    if tree.function in _PURE:
        result = _PURE[tree.function](*arguments)
    elif tree.function in scope.functions:
        result = scope.functions[tree.function](*map(to_text, arguments))
    else:
        raise ExpressionError(f"{name}() has no meaning here")
    if isinstance(result, str) and len(result) > _LARGEST:
        raise ExpressionError(f"{name}: got a result of {len(result):,} characters, expected at most {_LARGEST:,}")
    return result


def _case(arguments: Sequence[Tree], scope: Scope) -> Any:
    for condition, value in zip(arguments[:-1:2], arguments[1::2], strict=True):
        decided = evaluate(condition, scope)
        if not isinstance(decided, bool):
            raise ExpressionError(f"case: got {to_text(decided)!r} as a condition, expected a boolean")
        if decided:
            return evaluate(value, scope)
    return evaluate(arguments[-1], scope)


def _contains(search: Any, item: Any) -> bool:
    if primitive(search):
        return primitive(item) and to_text(item).upper() in to_text(search).upper()
    return isinstance(search, list | tuple) and any(equal(each, item) for each in search)


def _starts(text: Any, start: Any) -> bool:
    return primitive(text) and primitive(start) and to_text(text).upper().startswith(to_text(start).upper())


def _ends(text: Any, end: Any) -> bool:
    return primitive(text) and primitive(end) and to_text(text).upper().endswith(to_text(end).upper())


def _format(text: Any, *values: Any) -> str:
    def field_of(found: re.Match[str]) -> str:
        if found[0] in ("{{", "}}"):
            return found[0][0]
        if found[1] is None:
            raise ExpressionError(f"format: got a single {found[0]} in {to_text(text)!r}, expected {found[0] * 2}")
        if int(found[1]) >= len(values):
            raise ExpressionError(f"format: got {found[0]}, expected no more than the {len(values)} values given")
        return to_text(values[int(found[1])])

    return _FIELD.sub(field_of, to_text(text))


def _join(values: Any, separator: Any = ",") -> str:
    if isinstance(values, list | tuple):
        return (to_text(separator) if primitive(separator) else ",").join(map(to_text, values))
    return to_text(values) if primitive(values) else ""


def _from_json(text: Any) -> Any:
    try:
        return json.loads(to_text(text))
    except (ValueError, RecursionError) as error:
        raise ExpressionError(f"fromJSON: got {_short(to_text(text))}, which is no JSON: {error}") from None


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}...")


_PURE: dict[str, Callable[..., Any]] = {
    "contains": _contains,
    "startswith": _starts,
    "endswith": _ends,
    "format": _format,
    "join": _join,
    "tojson": to_json,
    "fromjson": _from_json,
}
