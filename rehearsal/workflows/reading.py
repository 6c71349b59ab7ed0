"""Reads mappings of a workflow file key by key; whatever is not read is refused by name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from rehearsal.workflows.document import Node
from rehearsal.workflows.errors import Problem, nearest
from rehearsal.workflows.places import Place
from rehearsal.workflows.templates import Template, read


class Problems:
    """What is wrong with one file, collected."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Problem] = []

    def __call__(self, line: int, message: str) -> None:
        """Note one."""
        self.found.append(Problem(self.file, line, message))


class Keys:
    """The keys of a mapping at `where` (`jobs.build`); `refused` are those of GitHub's that nothing here does, and why.

    Anything else than a mapping is a problem, and counts as an empty one.
    """

    def __init__(
        self,
        node: Node,
        where: str,
        problems: Problems,
        known: Collection[str],
        refused: Mapping[str, str] | None = None,
    ) -> None:
        self.node, self.where, self.problems = node, where, problems
        self._values: dict[str, Node] = node.value if isinstance(node.value, dict) else {}
        if not isinstance(node.value, dict):
            problems(node.line, f"{self._at()}got {node.kind}, expected a mapping")
        for key in self._values:
            if refused and key in refused:
                problems(node.keys[key], f"{self._at(key)}the rehearsal does not support this: {refused[key]}")
            elif key not in known:
                problems(node.keys[key], f"{self._at(key)}no such key{nearest(key, known)}")

    def _at(self, key: str = "") -> str:
        path = ".".join(part for part in (self.where, key) if part)
        return f"{path}: " if path else ""

    def get(self, key: str) -> Node | None:
        """The value of a key, if it is there."""
        return self._values.get(key)

    def refuse(self, key: str, message: str) -> None:
        """A problem with the value of a key."""
        found = self._values.get(key)
        self.problems(found.line if found else self.node.line, f"{self._at(key)}{message}")

    def template(self, key: str, place: Place) -> Template | None:
        """A scalar that may have expressions."""
        found = self.get(key)
        if found is None:
            return None
        if isinstance(found.value, dict | list):
            self.refuse(key, f"got {found.kind}, expected a text")
            return None
        return read(found, place, self.problems)

    def templates(self, key: str, place: Place) -> dict[str, Template]:
        """A mapping of names to scalars that may have expressions."""
        found = self.get(key)
        if found is None or (found.value is None and not found.text):
            return {}
        if not isinstance(found.value, dict):
            self.refuse(key, f"got {found.kind}, expected a mapping")
            return {}
        made = {}
        for name, value in found.value.items():
            if isinstance(value.value, dict | list):
                self.problems(value.line, f"{self._at(key)}{name}: got {value.kind}, expected a text")
                continue
            made[name] = read(value, place, self.problems)
        return made

    def text(self, key: str, default: str = "") -> str:
        """A scalar without expressions, as it is written."""
        found = self.get(key)
        if found is None:
            return default
        if isinstance(found.value, dict | list) or "${{" in found.text:
            self.refuse(key, f"got {'an expression' if found.text else found.kind}, expected a text")
            return default
        return found.text

    def boolean(self, key: str, *, default: bool = False) -> bool:
        """True or false."""
        found = self.get(key)
        if found is None:
            return default
        if not isinstance(found.value, bool):
            self.refuse(key, f"got {found.text or found.kind}, expected true or false")
            return default
        return found.value

    def texts(self, key: str) -> list[str] | None:
        """A text or a list of texts; None without the key."""
        found = self.get(key)
        if found is None:
            return None
        items = found.value if isinstance(found.value, list) else [found]
        if any(isinstance(item.value, dict | list) or item.value is None for item in items):
            self.refuse(key, f"got {found.kind}, expected a text or a list of texts")
            return []
        return [item.text for item in items]

    def choice(self, key: str, known: Collection[str], default: str = "") -> str:
        """One of some words."""
        text = self.text(key, default)
        if text and text not in known:
            self.refuse(key, f"got {text}, expected one of {', '.join(known)}{nearest(text, known)}")
            return default
        return text

    def items(self) -> Iterator[tuple[str, Node]]:
        """All keys with their values."""
        yield from self._values.items()

    def line(self, key: str) -> int:
        """The line of a key."""
        return self.node.keys.get(key, self.node.line)


def plain(node: Node | None) -> Any:
    """The value without lines; None without any."""
    return node.plain() if node else None
