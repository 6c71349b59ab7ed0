"""Reads the text of an expression into a tree."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rehearsal.workflows.errors import nearest
from rehearsal.workflows.expressions.values import text_to_number

_LONGEST = 21_000  # characters
_DEEPEST = 50  # levels

# by lower-cased name: how it is written, and the least and most arguments
FUNCTIONS: dict[str, tuple[str, int, float]] = {
    name.lower(): (name, least, most)
    for name, least, most in (
        ("contains", 2, 2),
        ("startsWith", 2, 2),
        ("endsWith", 2, 2),
        ("format", 1, math.inf),
        ("join", 1, 2),
        ("toJSON", 1, 1),
        ("fromJSON", 1, 1),
        ("case", 3, math.inf),
        ("hashFiles", 1, math.inf),
        ("success", 0, 0),
        ("failure", 0, 0),
        ("always", 0, 0),
        ("cancelled", 0, 0),
    )
}
STATUS = frozenset({"success", "failure", "always", "cancelled"})
CONTEXTS = frozenset(
    {"github", "env", "vars", "job", "jobs", "steps", "runner", "secrets", "strategy", "matrix", "needs", "inputs"}
)


class ExpressionError(ValueError):
    """An expression that cannot be read or evaluated."""


@dataclass(frozen=True)
class Literal:
    """A value that stands there."""

    value: Any


@dataclass(frozen=True)
class Context:
    """One of the contexts, by its lower-cased name."""

    name: str


@dataclass(frozen=True)
class Member:
    """`of.name` or `of[key]`."""

    of: Tree
    key: Tree


@dataclass(frozen=True)
class Spread:
    """`of.*`"""

    of: Tree


@dataclass(frozen=True)
class Operation:
    """`!`, a comparison, `&&` or `||`."""

    sign: str
    operands: tuple[Tree, ...]


@dataclass(frozen=True)
class Call:
    """A function, by its lower-cased name."""

    function: str
    arguments: tuple[Tree, ...]


Tree = Literal | Context | Member | Spread | Operation | Call

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>[-+]?\.?\d[\w.]*(?:(?<=[eE])[-+]\d+)?)|(?P<word>[A-Za-z_][\w-]*)"
    r"|(?P<sign>&&|\|\||[<>=!]=|[-+]Infinity|[<>!()\[\].,*])|(?P<end>$)|(?P<bad>.))",
    re.DOTALL | re.ASCII,
)
_CONSTANTS = {"true": True, "false": False, "null": None, "NaN": math.nan, "Infinity": math.inf}
# from the loosest to the tightest
_LEVELS = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="))


def parse(text: str) -> Tree:
    """The tree of an expression without its `${{ }}`. Raises ExpressionError."""
    if len(text) > _LONGEST:
        raise ExpressionError(f"got {len(text):,} characters, expected at most {_LONGEST:,}")
    return _Parser(text).whole()


def walk(tree: Tree) -> Iterator[Tree]:
    """A tree and everything in it."""
    yield tree
    below: tuple[Tree, ...] = ()
    if isinstance(tree, Member):
        below = (tree.of, tree.key)
    elif isinstance(tree, Spread):
        below = (tree.of,)
    elif isinstance(tree, Operation):
        below = tree.operands
    elif isinstance(tree, Call):
        below = tree.arguments
    for each in below:
        yield from walk(each)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._kind, self._token = "", ""
        self._next()

    def whole(self) -> Tree:
        if self._kind == "end":
            raise ExpressionError("got nothing, expected an expression")
        tree = self._level(0)
        if self._kind != "end":
            raise self._unexpected("the end")
        return tree

    def _next(self) -> None:
        found = _TOKEN.match(self._text, self._at)
        assert found
        self._kind, self._token, self._at = str(found.lastgroup), found[str(found.lastgroup)], found.end()
        if self._kind == "bad":
            hint = "; strings have single quotes" if self._token == '"' else ""
            raise ExpressionError(f"got {self._token!r}{hint}")

    def _unexpected(self, expected: str) -> ExpressionError:
        got = "the end" if self._kind == "end" else repr(self._token)
        return ExpressionError(f"got {got}, expected {expected}")

    def _take(self, sign: str) -> None:
        if self._kind != "sign" or self._token != sign:
            raise self._unexpected(repr(sign))
        self._next()

    def _level(self, level: int) -> Tree:
        if level == len(_LEVELS):
            return self._negation()
        tree = self._level(level + 1)
        while self._kind == "sign" and self._token in _LEVELS[level]:
            sign = self._token
            self._next()
            tree = Operation(sign, (tree, self._level(level + 1)))
        return tree

    def _negation(self) -> Tree:
        if self._kind == "sign" and self._token == "!":
            with _Deeper(self):
                self._next()
                return Operation("!", (self._negation(),))
        return self._members(self._primary())

    def _members(self, tree: Tree) -> Tree:
        while self._kind == "sign" and self._token in (".", "["):
            dot = self._token == "."
            self._next()
            if self._kind == "sign" and self._token == "*":
                self._next()
                tree = Spread(tree)
            elif dot:
                if self._kind != "word":
                    raise self._unexpected("the name of a member or *")
                tree = Member(tree, Literal(self._token))
                self._next()
            else:
                with _Deeper(self):
                    tree = Member(tree, self._level(0))
            if not dot:
                self._take("]")
        return tree

    def _primary(self) -> Tree:
        kind, token = self._kind, self._token
        if kind == "sign" and token == "(":
            with _Deeper(self):
                self._next()
                tree = self._level(0)
                self._take(")")
                return tree
        if kind not in ("text", "number", "word") and not token.endswith("Infinity"):
            raise self._unexpected("a value")
        self._next()
        if kind == "text":
            return Literal(token[1:-1].replace("''", "'"))
        if kind != "word":
            return Literal(_number(token))
        if self._kind == "sign" and self._token == "(":
            return self._call(token)
        if token in _CONSTANTS:
            return Literal(_CONSTANTS[token])
        if token.lower() not in CONTEXTS:
            known = ", ".join(sorted(CONTEXTS))
            raise ExpressionError(f"got {token}, expected a context ({known}){nearest(token.lower(), CONTEXTS)}")
        return Context(token.lower())

    def _call(self, name: str) -> Tree:
        if name.lower() not in FUNCTIONS:
            known = [each for each, _, _ in FUNCTIONS.values()]
            raise ExpressionError(f"got {name}(), expected a function ({', '.join(known)}){nearest(name, known)}")
        spelt, least, most = FUNCTIONS[name.lower()]
        arguments: list[Tree] = []
        with _Deeper(self):
            self._next()
            while not (self._kind == "sign" and self._token == ")"):
                if arguments:
                    self._take(",")
                arguments.append(self._level(0))
            self._next()
        if not least <= len(arguments) <= most:
            wanted = f"{least}" if most == least else f"at least {least}" if math.isinf(most) else f"{least} to {most}"
            raise ExpressionError(f"{spelt}: got {len(arguments)} arguments, expected {wanted}")
        if name.lower() == "case" and len(arguments) % 2 == 0:
            raise ExpressionError("case: got no default, expected pairs and then a value for all others")
        return Call(name.lower(), tuple(arguments))


class _Deeper:
    """One level down in an expression, which may not have too many."""

    def __init__(self, parser: _Parser) -> None:
        self._parser = parser

    def __enter__(self) -> None:
        self._parser._depth += 1
        if self._parser._depth > _DEEPEST:
            raise ExpressionError(f"got more than {_DEEPEST} levels")

    def __exit__(self, *problem: object) -> None:
        self._parser._depth -= 1


def _number(text: str) -> float:
    value = text_to_number(text)
    if math.isnan(value):
        raise ExpressionError(f"got {text}, which is no number")
    return value
