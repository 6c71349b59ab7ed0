"""Reads Dockerfiles: instructions with their lines, and the variables in them.

https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rehearsal.docker.problems import DockerfileError

#: what is carried out
KNOWN = ("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
         "RUN", "STOPSIGNAL", "USER", "WORKDIR")  # fmt: skip
#: what Docker has besides, and the stand-in has not
UNKNOWN = ("ONBUILD", "SHELL", "VOLUME")
_DIRECTIVE = re.compile(r"#\s*(?P<name>\w+)\s*=\s*(?P<value>.+?)\s*$")
_FLAG = re.compile(r"--(?P<name>[a-z-]+)(=(?P<value>\S*))?(\s+|$)")
_HEREDOC = re.compile(r"<<-?[\"']?[A-Za-z_]\w*")
_VARIABLE = re.compile(
    r"\\(?P<escaped>.)|\$(?:(?P<plain>\w+)|\{(?P<name>\w+)(?:(?P<how>:[-+])(?P<other>[^{}]*))?\})|(?P<odd>\$\{)"
)


@dataclass(frozen=True)
class Instruction:
    """One instruction: its name in capitals, its flags, and the rest of its text."""

    line: int
    name: str
    flags: Mapping[str, str]
    text: str

    def refuse(self, why: str) -> DockerfileError:
        """The error that says so about this instruction."""
        return DockerfileError(self.line, f"{self.name}: {why}")

    def listed(self) -> list[str] | None:
        """The words of the JSON form, None for the other form."""
        if not self.text.startswith("["):
            return None
        try:
            found = json.loads(self.text)
        except ValueError:
            return None  # Docker takes it as text too
        return found if isinstance(found, list) and all(isinstance(each, str) for each in found) else None


def parse(text: str) -> list[Instruction]:
    """The instructions of a Dockerfile, in order.

    Raises DockerfileError for those that are not carried out, and for a file that does not begin with FROM.
    """
    found = [_instruction(line, content) for line, content in _lines(text)]
    if not found:
        raise DockerfileError(1, "the file has no instructions")
    first = next((each for each in found if each.name != "ARG"), found[0])
    if first.name != "FROM":
        raise first.refuse("no build stage in current context: got it before FROM")
    return found


def expand(text: str, variables: Mapping[str, str]) -> str:
    """`text` with `$NAME`, `${NAME}`, `${NAME:-other}` and `${NAME:+other}` replaced.

    Raises ValueError for other forms.
    """

    def replace(found: re.Match[str]) -> str:
        if found["odd"]:
            raise ValueError(f"got {text!r}, expected ${{NAME}}, ${{NAME:-other}} or ${{NAME:+other}}")
        if found["escaped"] is not None:
            return found["escaped"] if found["escaped"] == "$" else found[0]
        value = variables.get(found["plain"] or found["name"], "")
        if found["how"] == ":-":
            return value or expand(found["other"], variables)
        if found["how"] == ":+":
            return expand(found["other"], variables) if value else ""
        return value

    return _VARIABLE.sub(replace, text)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines with the number of their first; comments and blank lines inside of them are left out."""
    parts: list[str] = []
    start, directives = 0, True
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        directives = directives and _directive(number, line)
        if line.startswith("#") or not line:
            continue
        start = start if parts else number
        if line.endswith("\\"):
            parts.append(line[:-1])
            continue
        yield start, "".join([*parts, line]).strip()
        parts = []
    if parts:
        yield start, "".join(parts).strip()


def _directive(number: int, line: str) -> bool:
    """Look at a comment before everything else that says how the file is read; whether another may follow."""
    found = _DIRECTIVE.match(line)
    if found and found["name"].lower() == "escape" and found["value"] != "\\":
        raise DockerfileError(number, f"escape: got {found['value']!r}, expected a backslash")
    return found is not None


def _instruction(line: int, content: str) -> Instruction:
    name, _, rest = content.partition(" ") if " " in content else content.partition("\t")
    name, rest = name.upper(), rest.strip()
    if name in UNKNOWN:
        raise DockerfileError(line, f"{name}: the rehearsal does not carry it out")
    if name not in KNOWN:
        near = difflib.get_close_matches(name, KNOWN, 1)
        raise DockerfileError(line, f"unknown instruction: {name}{f' (did you mean {near[0]}?)' if near else ''}")
    if not rest:
        raise DockerfileError(line, f"{name} requires at least one argument")
    if name in ("RUN", "COPY", "ADD") and _HEREDOC.search(rest):
        raise DockerfileError(line, f"{name}: here-documents are not carried out in the rehearsal")
    flags = {}
    while found := _FLAG.match(rest) if name in ("ADD", "COPY", "FROM", "RUN") else None:
        flags[found["name"]] = found["value"] or ""
        rest = rest[found.end() :]
    return Instruction(line, name, flags, rest)
