"""Values with `${{ expressions }}` in them: read once, evaluated where and when they are needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.workflows.document import Node
from rehearsal.workflows.expressions.evaluation import Scope, evaluate
from rehearsal.workflows.expressions.syntax import (
    STATUS,
    Call,
    ExpressionError,
    Literal,
    Operation,
    Tree,
    parse,
    walk,
)
from rehearsal.workflows.expressions.values import to_text, truthy
from rehearsal.workflows.places import Place

Refuse = Callable[[int, str], None]


class EvaluationError(Exception):
    """An expression that failed when it was evaluated, and the line of its value."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Template:
    """A scalar. `parts` are texts and expressions in turn; one expression alone keeps the type of its value."""

    parts: tuple[str | Tree, ...]
    line: int
    constant: Any = None

    @property
    def fixed(self) -> bool:
        """Whether there is no expression in it."""
        return all(isinstance(part, str) for part in self.parts)

    def value(self, scope: Scope) -> Any:
        """The value. Raises EvaluationError."""
        if self.fixed:
            return self.constant
        try:
            if len(self.parts) == 1 and not isinstance(self.parts[0], str):
                return evaluate(self.parts[0], scope)
            return "".join(part if isinstance(part, str) else to_text(evaluate(part, scope)) for part in self.parts)
        except ExpressionError as error:
            raise EvaluationError(self.line, str(error)) from None

    def text(self, scope: Scope) -> str:
        """The value as a string: 3.10 without quotes is the number 3.1. Raises EvaluationError."""
        return to_text(self.value(scope))


@dataclass(frozen=True)
class Condition:
    """An `if`. Without a function of status in it, all before must have succeeded as well."""

    tree: Tree
    line: int

    def holds(self, scope: Scope) -> bool:
        """Whether it does. Raises EvaluationError."""
        try:
            return truthy(evaluate(self.tree, scope))
        except ExpressionError as error:
            raise EvaluationError(self.line, str(error)) from None


Templated = Template | Mapping[str, Any] | list[Any]


def read(node: Node, place: Place, refuse: Refuse) -> Template:
    """The template of a scalar; what is wrong with its expressions goes to `refuse` with the line."""
    parts: list[str | Tree] = []
    if isinstance(node.value, str):
        line = node.line + node.literal
        for text, expression in split(node.value):
            parts += [text] if text else []
            line += text.count("\n") if node.literal else 0
            if expression is None:
                continue
            tree = _checked(expression, line, place, refuse)
            parts += [tree] if tree else []
            line += expression.count("\n") if node.literal else 0
    else:
        parts = [node.text]
    return Template(tuple(parts or [""]), node.line, node.value)


def read_tree(node: Node, place: Place, refuse: Refuse) -> Templated:
    """The templates of a value and of everything in it."""
    if isinstance(node.value, dict):
        return {key: read_tree(part, place, refuse) for key, part in node.value.items()}
    if isinstance(node.value, list):
        return [read_tree(part, place, refuse) for part in node.value]
    return read(node, place, refuse)


def resolve(tree: Templated, scope: Scope) -> Any:
    """The value of templates. Raises EvaluationError."""
    if isinstance(tree, Template):
        return tree.value(scope)
    if isinstance(tree, Mapping):
        return {key: resolve(part, scope) for key, part in tree.items()}
    return [resolve(part, scope) for part in tree]


def read_condition(node: Node | None, place: Place, refuse: Refuse) -> Condition:
    """The condition of an `if`, with or without `${{ }}`; without a node, that all before succeeded."""
    success = Call("success", ())
    if node is None or (isinstance(node.value, str) and not node.value.strip()):
        return Condition(success, node.line if node else 0)
    if isinstance(node.value, dict | list):
        refuse(node.line, f"if: got {node.kind}, expected an expression")
        return Condition(success, node.line)
    tree: Tree | None
    if isinstance(node.value, str):
        text = node.value.strip()
        pieces = list(split(text))
        if [each for each in pieces if each[1] is not None]:
            alone = len(pieces) == 1 and not pieces[0][0]
            if not alone:
                refuse(node.line, "if: got text around ${{ }}, which is always true: put the whole condition into it")
            tree = _checked(pieces[0][1] or "", node.line, place, refuse)
        else:
            tree = _checked(text, node.line, place, refuse)
    else:
        tree = Literal(node.value)
    if tree is None:
        return Condition(success, node.line)
    if not any(isinstance(part, Call) and part.function in STATUS for part in walk(tree)):
        tree = Operation("&&", (success, tree))
    return Condition(tree, node.line)


def _checked(text: str, line: int, place: Place, refuse: Refuse) -> Tree | None:
    try:
        tree = parse(text)
    except ExpressionError as error:
        refuse(line, f"{place.name}: the expression {text.strip()!r}: {error}")
        return None
    for sentence in place.refusals(tree):
        refuse(line, f"{sentence} ({text.strip()})")
    return tree


def split(text: str) -> list[tuple[str, str | None]]:
    """The texts of a scalar, each with the expression behind it, without `${{ }}`; the last may have none."""
    found: list[tuple[str, str | None]] = []
    at = 0
    while (start := text.find("${{", at)) >= 0:
        end = _end(text, start + 3)
        if end < 0:
            break
        found.append((text[at:start], text[start + 3 : end]))
        at = end + 2
    if at < len(text) or not found:
        found.append((text[at:], None))
    return found


def _end(text: str, at: int) -> int:
    """Where the `}}` of an expression is that begins at `at`; those in its strings do not count."""
    quoted = False
    while at < len(text):
        if text[at] == "'":
            quoted = not quoted
        elif not quoted and text.startswith("}}", at):
            return at
        at += 1
    return -1
