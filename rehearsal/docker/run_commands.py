"""The commands of RUN: a list of programs that are carried out inside the root of an image, and no others."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rehearsal.docker import dockerfile

#: programs that do something to files of the image; the paths among their arguments are those of the image
FILES = ("chmod", "cp", "ln", "mkdir", "mv", "rm", "touch")
#: programs that mean nothing where everything belongs to one user
NOTHING = ("addgroup", "adduser", "chgrp", "chown", "groupadd", "set", "true", "useradd", "usermod")
_PIP = (["pip"], ["pip3"], ["python", "-m", "pip"], ["python3", "-m", "pip"], ["uv", "pip"])
_SHELL = re.compile(r"[|<>()`&]|\$\(")
_CLEANING = "/var/lib/apt/lists"


class CannotRun(Exception):
    """A command that is not carried out; the text says which and why."""


@dataclass(frozen=True)
class Actions:
    """What carries commands out: pip with its arguments, and a program of `FILES` with its arguments."""

    pip: Callable[[list[str]], None]
    files: Callable[[list[str]], None]


def commands(text: str, listed: list[str] | None, variables: Mapping[str, str]) -> list[list[str]]:
    """The simple commands of a RUN, in order: those of a list joined by `&&` or `;`. Raises CannotRun."""
    if listed is not None:
        return [listed]
    lexer = shlex.shlex(text, posix=False, punctuation_chars=";&|<>()")
    lexer.whitespace_split = True
    lexer.commenters = ""
    found: list[list[str]] = [[]]
    try:
        tokens = list(lexer)
    except ValueError as error:
        raise CannotRun(f"{text}: {error}") from None
    for token in tokens:
        if token in ("&&", ";"):
            found.append([])
        elif _SHELL.search(token) and not token.startswith("'"):
            raise CannotRun(
                f"{token!r} of a shell is not carried out in the rehearsal, only commands joined by && or ;"
            )
        else:
            found[-1].append(word(token, variables))
    return [each for each in found if each]


def carry_out(command: list[str], actions: Actions) -> None:
    """Do it. Raises CannotRun for a program that is not on the list."""
    for start in _PIP:
        if command[: len(start)] == start:
            _pip(command[len(start) :], actions)
            return
    program = command[0].rpartition("/")[2]
    if program in NOTHING or (program == "rm" and all(_clean(each) for each in command[1:])):
        return
    if program in FILES:
        actions.files([program, *command[1:]])
        return
    raise CannotRun(
        f"{program}: the rehearsal carries out pip install, {', '.join(sorted((*FILES, *NOTHING)))}; "
        "install system packages and compile in a base image of yours, and name it with --image"
    )


def _pip(words: list[str], actions: Actions) -> None:
    verb = next((each for each in words if not each.startswith("-")), "")
    if verb not in ("install", "uninstall"):
        raise CannotRun(f"pip {verb}: the rehearsal carries out pip install and pip uninstall")
    actions.pip(words)


def _clean(word: str) -> bool:
    return word.startswith("-") or word.startswith(_CLEANING)


def word(token: str, variables: Mapping[str, str]) -> str:
    """A word as the shell makes it: variables replaced outside of single quotes, quotes removed."""
    parts = re.findall(r"'[^']*'|\"(?:\\.|[^\"])*\"|(?:\\.|[^'\"])+", token)
    made = []
    for part in parts:
        if part.startswith("'"):
            made.append(part[1:-1])
            continue
        try:
            text = dockerfile.expand(part, variables)
        except ValueError as error:
            raise CannotRun(str(error)) from None
        made.append(text[1:-1] if part.startswith('"') else re.sub(r"\\(.)", r"\1", text))
    return "".join(made)
