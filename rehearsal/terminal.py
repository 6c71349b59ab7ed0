"""What `rehearse env` has a shell evaluate: the variables of an embedded AWS, and what takes them back exactly."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

#: what `rehearse env` has set, for the next `rehearse env` in the same terminal
MARK = "REHEARSE_ENV"
# Where the shell keeps an earlier value; not exported, so that no program gets credentials by another name.
_OLD = "_rehearse_old_"
_HERE = "_rehearse_here"  # set in the shell that has the earlier values, not in those that it starts
_ALWAYS = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")  # unset even where nobody has set them yet
_ELSEWHERE = "rehearse: the values from before are in the shell in which rehearse env was evaluated, not in this one"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True)
class Settings:
    """What a terminal gets: variables, folders that come first on its PATH, and settings of git."""

    variables: Mapping[str, str]
    folders: Sequence[str] = ()
    git: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Terminal:
    """A shell as a program that it starts sees it.

    `original` are the names that it exported before it evaluated `rehearse env`, `names` those that it has from there,
    `folders` what it has from there on its PATH; `first_pair` is the number of the first setting that git has from us
    (GIT_CONFIG_KEY_n).
    """

    path: str
    original: frozenset[str]
    names: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    first_pair: int = 0

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Terminal:
        """That of a shell with these exported variables, whether it has evaluated `rehearse env` before or not."""
        path = variables.get("PATH", "")
        try:
            mark = json.loads(variables.get(MARK, ""))
            names = tuple(each for each in mark["names"] if _NAME.match(each))
            original = frozenset(mark["exported"]) | (frozenset(variables) - {*names, MARK})
            return cls(path, original, names, tuple(mark["folders"]), int(mark["firstPair"]))
        except (ValueError, KeyError, TypeError):
            return cls(path, frozenset(variables), first_pair=_count(variables))


def enter(terminal: Terminal, wanted: Settings) -> Iterator[str]:
    """Lines for a POSIX shell that set what is wanted; what was set before is kept aside, whatever it was."""
    if terminal.names:
        yield from leave(terminal)
    values = dict(wanted.variables) | _pairs(terminal.first_pair, wanted.git)
    foreign = {name for name in terminal.original if name.startswith("AWS_") and _NAME.match(name)}
    unset = sorted({*foreign, *_ALWAYS} - set(values))
    names = [*sorted(values), *unset]
    for name in names:
        yield f'if [ -n "${{{name}+x}}" ]; then {_OLD}{name}="${name}"; fi'
    for name, value in sorted(values.items()):
        yield f"export {name}={shlex.quote(value)}"
    yield f"unset {' '.join(unset)}"
    mark = {
        "names": names,
        "exported": sorted(set(names) & terminal.original),
        "folders": list(wanted.folders),
        "firstPair": terminal.first_pair,
    }
    yield f"export {MARK}={shlex.quote(json.dumps(mark, separators=(',', ':')))}"
    path = os.pathsep.join((*wanted.folders, _without(terminal.path, terminal.folders)))
    yield f"export PATH={shlex.quote(path)}"
    yield f"{_HERE}=1"


def leave(terminal: Terminal) -> Iterator[str]:
    """Lines that give a shell back what it had: old values, nothing where nothing was, its PATH without our folders."""
    yield f'if [ -z "${{{_HERE}+x}}" ]; then echo {shlex.quote(_ELSEWHERE)} >&2; fi'
    for name in terminal.names:
        export = "export " if name in terminal.original else ""
        yield f"unset {name}"
        yield f'if [ -n "${{{_OLD}{name}+x}}" ]; then {export}{name}="${_OLD}{name}"; unset {_OLD}{name}; fi'
    yield f"export PATH={shlex.quote(_without(terminal.path, terminal.folders))}"
    yield f"unset {MARK} {_HERE}"


def _without(path: str, folders: Sequence[str]) -> str:
    """A PATH without the first occurrence of each of the folders."""
    parts = path.split(os.pathsep)
    for folder in folders:
        if folder in parts:
            parts.remove(folder)
    return os.pathsep.join(parts)


def _count(variables: Mapping[str, str]) -> int:
    """How many settings git has from the environment. https://git-scm.com/docs/git-config#ENVIRONMENT"""
    text = variables.get("GIT_CONFIG_COUNT", "")
    return int(text) if text.isdecimal() else 0


def _pairs(first: int, git: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The variables that add settings to those that git has."""
    made = {"GIT_CONFIG_COUNT": str(first + len(git))}
    for number, (key, value) in enumerate(git, first):
        made |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return made if git else {}
