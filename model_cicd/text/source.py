"""YAML documents that remember the line of every key and value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from model_cicd.text import yaml_errors
from model_cicd.text.errors import Problem, ProblemsError
from model_cicd.text.yaml_size import too_long, too_many_nodes

KeyPath = tuple[str | int, ...]

_MAX_DEPTH = 200
_TEXT = "tag:yaml.org,2002:str"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Document:
    """A parsed YAML document: plain `data`, and `lines` from key path to line (from 1).

    `written` has the scalars that YAML did not read as text (numbers, dates, ...) as they stand in the file.
    """

    file: str
    data: Any
    lines: dict[KeyPath, int] = field(default_factory=dict)
    written: dict[KeyPath, str] = field(default_factory=dict)

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
    return parse(read_text(path, name), name)


def read_text(path: Path, shown: str) -> str:
    """The text of a file. Raises ProblemsError when it cannot be read or is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ProblemsError([Problem(shown, 0, "", f"cannot be read: {reason}")]) from None


def parse(text: str, file: str) -> Document:
    """Parse YAML `text`; `file` is the name shown in problems. Raises ProblemsError as `load` does."""
    documents = parse_all(text, file)
    if len(documents) > 1:
        message = "got several documents, expected one: a line '---' begins another"
        raise ProblemsError([Problem(file, documents[1].line(()), "", message)])
    return documents[0] if documents else Document(file, None)


def parse_all(text: str, file: str) -> list[Document]:
    """Parse every document of YAML `text`. Raises ProblemsError when it is not YAML or has duplicate keys."""
    documents, problems = scan(text, file)
    if problems:
        raise ProblemsError(problems)
    return documents


def scan(text: str, file: str) -> tuple[list[Document], list[Problem]]:
    """Every document of YAML `text` as far as it can be read, and what is wrong with it as YAML.

    A key that stands twice is a problem and has its last value, as YAML parsers have it.
    """
    documents: list[Document] = []
    problems: list[Problem] = []
    if oversized := too_long(text, file):
        return [], [oversized]
    try:
        loader = _LOADER(text)
    except yaml.YAMLError as error:
        return [], [Problem(file, 0, "", f"not valid YAML: {error}")]
    try:
        too_deep = _too_deep(text)
        if too_deep:
            return [], [Problem(file, too_deep, "", f"nested too deeply, expected at most {_MAX_DEPTH} levels")]
        while loader.check_node():
            node = loader.get_node()
            if oversized := too_many_nodes(node, file):
                return [], [*problems, oversized]
            document = Document(file, None)
            problems.extend(_walk(node, (), document, set()))
            data = loader.construct_document(node)
            documents.append(Document(file, data, document.lines, document.written))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        problems.append(Problem(file, line, "", f"not valid YAML: {yaml_errors.words(error, text)}"))
    except yaml.YAMLError as error:
        problems.append(Problem(file, 0, "", f"not valid YAML: {error}"))
    except ValueError as error:  # a date such as 2024-02-31
        problems.append(Problem(file, 0, "", f"not valid YAML: {error}"))
    finally:
        loader.dispose()
    return documents, problems


def _too_deep(text: str) -> int:
    """The line that is nested deeper than `_MAX_DEPTH`, or 0; composing such a document would exhaust the stack."""
    brackets = text.count("[") + text.count("{")
    if brackets <= _MAX_DEPTH and max(map(len, text.splitlines()), default=0) <= _MAX_DEPTH:
        return 0  # a level takes a bracket or, on some line, a character of its own
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                return event.start_mark.line + 1 if event.start_mark else 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return 0


def _walk(node: yaml.Node, path: KeyPath, document: Document, seen: set[int]) -> Iterator[Problem]:
    """Note the lines of everything below `node`, once for each node however many aliases it has."""
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        if node.tag != _TEXT:
            document.written[path] = node.value
        return
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        first: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in first and name != "<<":
                message = f"the key stands twice, first in line {first[name]}"
                yield Problem(document.file, line, format_path((*path, name)), message)
            first[name] = line
            document.lines[(*path, name)] = line
            yield from _walk(value, (*path, name), document, seen)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            document.lines[(*path, index)] = item.start_mark.line + 1
            yield from _walk(item, (*path, index), document, seen)
