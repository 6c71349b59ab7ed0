"""YAML documents that remember the line of every key and value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from model_cicd.errors import Problem, ProblemsError

KeyPath = tuple[str | int, ...]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Document:
    """A parsed YAML document: plain `data`, and `lines` from key path to line (from 1)."""

    file: str
    data: Any
    lines: dict[KeyPath, int] = field(default_factory=dict)

    def line(self, path: Sequence[str | int]) -> int:
        """The line of `path`, or of its nearest ancestor that stands in the document."""
        key = tuple(path)
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)

    def problem(self, path: Sequence[str | int], message: str) -> Problem:
        """A problem at `path` of this document."""
        return Problem(self.file, self.line(path), format_path(path), message)


def format_path(path: Sequence[str | int]) -> str:
    """`('a', 0, 'b')` as `a[0].b`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def load(path: Path, *, shown: str | None = None) -> Document:
    """Read one YAML file.

    Raises ProblemsError when the file is not readable, not UTF-8, not YAML, has duplicate keys or several documents.
    """
    name = shown or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ProblemsError([Problem(name, 0, "", f"cannot be read: {reason}")]) from None
    return parse(text, name)


def parse(text: str, file: str) -> Document:
    """Parse YAML `text`; `file` is the name shown in problems."""
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return Document(file, None)
        lines: dict[KeyPath, int] = {}
        problems = list(_walk(node, (), lines, file))
        if problems:
            raise ProblemsError(problems)
        return Document(file, loader.construct_document(node), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise ProblemsError([Problem(file, line, "", f"not valid YAML: {error.problem or error.context}")]) from None
    except yaml.YAMLError as error:
        raise ProblemsError([Problem(file, 0, "", f"not valid YAML: {error}")]) from None
    finally:
        loader.dispose()


def _walk(node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int], file: str) -> Iterator[Problem]:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                message = f"the key stands twice, first in line {seen[name]}"
                yield Problem(file, line, format_path((*path, name)), message)
            seen[name] = line
            lines[(*path, name)] = line
            yield from _walk(value, (*path, name), lines, file)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[(*path, index)] = item.start_mark.line + 1
            yield from _walk(item, (*path, index), lines, file)
