"""What a YAML parser says, in words: what it got, and what it expected."""

from __future__ import annotations

import yaml

_CANNOT_START = "found character that cannot start any token"
_EXPECTED = "did not find expected "
_HINTS = {
    "key": "another key (look at the indentation, and at quotes within quotes)",
    "'-' indicator": "another '- ' (look at the indentation)",
}
#: how the parser's sentence begins, what is said instead, and whether the line follows where it began
_SAID = (
    (
        "mapping values are not allowed",
        "got a second ':' on the line, or one below a value; expected one key a line, or the value in quotes",
        False,
    ),
    (
        "block sequence entries are not allowed",
        "got '- ' behind a key, expected it on a line of its own",
        False,
    ),
    (
        "found undefined alias",
        "got an alias of an anchor that there is not, expected a value that begins with '*' in quotes",
        False,
    ),
    ("found unexpected end of stream", "got the end of the file, expected the end of the quotes", True),
)


def words(error: yaml.MarkedYAMLError, text: str) -> str:
    """What is wrong at the mark of `error` in `text`."""
    problem, got = str(error.problem or error.context), _character(error, text)
    if got == "\t" and ("tab" in problem or problem == _CANNOT_START):
        return "got a tab, expected spaces: YAML takes no tabs as indentation"
    if problem == _CANNOT_START:
        return f"got {got!r}, which no value begins with, expected the value in quotes"
    if problem.startswith(_EXPECTED):
        wanted = problem.removeprefix(_EXPECTED)
        shown = repr(got) if got else "the end of the file"
        return f"got {shown}, expected {_HINTS.get(wanted, wanted)} of what begins{_begun(error)}"
    return next(
        (said + (_begun(error) if begun else "") for start, said, begun in _SAID if problem.startswith(start)), problem
    )


def _character(error: yaml.MarkedYAMLError, text: str) -> str:
    """The character at the mark; empty at the end."""
    lines, mark = text.splitlines(), error.problem_mark
    if mark is None or mark.line >= len(lines):
        return ""
    return lines[mark.line][mark.column : mark.column + 1]


def _begun(error: yaml.MarkedYAMLError) -> str:
    return f" in line {error.context_mark.line + 1}" if error.context_mark else ""
