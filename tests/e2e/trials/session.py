"""A terminal session that is written down: commands as a person types them, and what they must say.

A `.trial` file has, line by line:

- `# words`: for who reads it;
- `$ command`: a line for bash, which keeps its directory and variables until the end; `> ` continues it;
- `  pattern`: a line that it must print after the one before, with `*` for anything within it;
- `! pattern`: a line that it must not print;
- `[3]`: its exit code, 0 where there is none.
"""

from __future__ import annotations

import fnmatch
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer

_END = "@@ended@@"


@dataclass
class Typed:
    """One command with what is expected of it; `number` is its line in the file."""

    number: int
    command: str
    patterns: list[str] = field(default_factory=list)
    never: list[str] = field(default_factory=list)
    code: int = 0


def commands(path: Path) -> list[Typed]:
    """The commands of a trial. Raises ValueError for a line of none of the forms, and for a trial without commands."""
    found: list[Typed] = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        code = re.fullmatch(r"\[(\d+)\]", text)
        if not text.strip() or text.startswith("#"):
            continue
        if text.startswith("$ "):
            found.append(Typed(number, text[2:]))
        elif found and text.startswith("> "):
            found[-1].command += f"\n{text[2:]}"
        elif found and text.startswith("! "):
            found[-1].never.append(text[2:])
        elif found and text.startswith("  "):
            found[-1].patterns.append(text[2:])
        elif found and code:
            found[-1].code = int(code[1])
        else:
            raise ValueError(f"{path.name}:{number}: got {text!r}, expected `$ command`, or what is expected of one")
    if not found:
        raise ValueError(f"{path.name}: got no command, expected some")
    return found


def play(path: Path, directory: Path, environment: Mapping[str, str], seconds: float = 900) -> None:
    """Type the commands of a trial into one bash in `directory`, at a terminal of 80 columns.

    Raises AssertionError at the first that ends or speaks otherwise, or takes longer than `seconds`.
    """
    shell = subprocess.Popen(
        ["bash", "--noprofile", "--norc"], cwd=directory, env={**environment, "COLUMNS": "80"}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        for typed in commands(path):
            watch = Timer(seconds, shell.kill)
            watch.start()
            code, printed = _typed(shell, typed.command)
            watch.cancel()
            problem = difference(typed, code, printed)
            assert problem is None, f"{path.name}:{typed.number}: $ {typed.command}\n{problem}\n{printed[-8000:]}"
    finally:
        shell.kill()
        shell.wait()


def difference(typed: Typed, code: int, printed: str) -> str | None:
    """What of an answer is not as expected, in words; None when all is."""
    if code != typed.code:
        return f"ended with {code}, expected {typed.code}:"
    lines = [each.rstrip() for each in printed.splitlines()]
    for pattern in typed.never:
        if found := [each for each in lines if _like(each, pattern)]:
            return f"said {found[0]!r}, expected nothing like {pattern!r}:"
    rest = iter(lines)
    for pattern in typed.patterns:
        if not any(_like(each, pattern) for each in rest):
            return f"expected {pattern!r}, which it did not say{' there' if pattern != typed.patterns[0] else ''}:"
    return None


def _like(line: str, pattern: str) -> bool:
    # of fnmatch, only the star: brackets and question marks are what people read
    literal = re.sub(r"[\[?]", lambda found: f"[{found[0]}]", pattern.strip())
    return fnmatch.fnmatchcase(line.strip(), literal)


def _typed(shell: subprocess.Popen[str], command: str) -> tuple[int, str]:
    """What a command ended with, and printed. A shell that goes away ended with what it ended with."""
    assert shell.stdin
    assert shell.stdout
    shell.stdin.write(f"{{ {command}\n}} </dev/null; printf '\\n{_END} %d\\n' $?\n")
    shell.stdin.flush()
    printed: list[str] = []
    for line in shell.stdout:
        if line.startswith(_END):
            return int(line.split()[1]), "".join(printed).removesuffix("\n")
        printed.append(line)
    return shell.wait(), "".join(printed)
