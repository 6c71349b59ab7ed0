"""YAML with lines, read as GitHub reads it: YAML 1.2, in which `on` and `yes` are words and not truths.

https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from rehearsal.workflows.errors import Problem, WorkflowError

_LONGEST = 1_000_000  # characters of a file
_MOST = 100_000  # values, with every alias written out
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", "+.inf", ".Inf", ".INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}


@dataclass(frozen=True)
class Node:
    """A value where it stands: `value` is None, a bool, number, str, a list of nodes or a dict of them by key.

    `text` is a scalar as it is written, without quotes; `keys` has the line of each key. A `literal` one (`|`) begins
    on the next line.
    """

    value: Any
    line: int
    text: str = ""
    keys: Mapping[str, int] = field(default_factory=dict)
    literal: bool = False

    @property
    def kind(self) -> str:
        """What it is, for messages."""
        names = {dict: "a mapping", list: "a list", str: "a string", bool: "a boolean", type(None): "nothing"}
        return names.get(type(self.value), "a number")

    def plain(self) -> Any:
        """The value without lines."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return [node.plain() for node in self.value] if isinstance(self.value, list) else self.value


def read(text: str, file: str) -> Node:
    """The document of a file. Raises WorkflowError when it is no YAML, or YAML that GitHub refuses."""
    if len(text) > _LONGEST:
        raise WorkflowError([Problem(file, 1, f"got {len(text):,} characters, expected at most {_LONGEST:,}")])
    try:
        composed = yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError:
        raise WorkflowError(
            [Problem(file, 1, "no workflow: got lists or mappings in each other without end")]
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or str(error)
        raise WorkflowError([Problem(file, mark.line + 1 if mark else 1, f"no YAML: {said}")]) from None
    if composed is None:
        raise WorkflowError([Problem(file, 1, "got an empty file, expected a workflow")])
    return _Reader(file).node(composed, ())


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file
        self._read = 0

    def node(self, found: yaml.Node, above: tuple[yaml.Node, ...]) -> Node:
        line = found.start_mark.line + 1
        self._read += 1
        if self._read > _MOST:
            raise self._error(line, f"got more than {_MOST:,} values, aliases written out")
        if found in above:
            raise self._error(line, "got an alias of what it stands in")
        above = (*above, found)
        if isinstance(found, yaml.ScalarNode):
            value = _scalar(found.value) if found.style is None else found.value
            return Node(value, line, found.value, literal=found.style == "|")
        if isinstance(found, yaml.SequenceNode):
            return Node([self.node(item, above) for item in found.value], line)
        assert isinstance(found, yaml.MappingNode)
        values: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key, value in found.value:
            at = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise self._error(at, "got a list or mapping as a key, expected a word")
            if key.value == "<<" and key.style is None:
                raise self._error(at, "got the merge key <<, which GitHub does not know: write the keys out")
            if key.value in values:
                raise self._error(at, f"got the key {key.value} twice, the first time in line {lines[key.value]}")
            lines[key.value] = at
            values[key.value] = self.node(value, above)
        return Node(values, line, keys=lines)

    def _error(self, line: int, message: str) -> WorkflowError:
        return WorkflowError([Problem(self._file, line, message)])


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text, 8 if text.startswith("0o") else 16 if text.startswith("0x") else 10)
    return float(text) if _NUMBER.fullmatch(text) else text
