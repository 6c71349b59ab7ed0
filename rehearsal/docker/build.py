"""`docker build`: carries out the instructions of a Dockerfile in a folder of its own."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from rehearsal.docker import copying, dockerfile, run_commands, tree
from rehearsal.docker.bases import Base, base_of
from rehearsal.docker.config import Config
from rehearsal.docker.copying import CannotCopy, Context
from rehearsal.docker.dockerfile import Instruction
from rehearsal.docker.problems import DockerError, DockerfileError
from rehearsal.docker.run_commands import Actions, CannotRun
from rehearsal.docker.tree import Layer, OutsideError

_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
_VARIABLES_IN = ("ADD", "COPY", "ENV", "EXPOSE", "LABEL", "USER", "WORKDIR")
_FLAGS = {
    "COPY": ("chmod", "chown", "link"),
    "ADD": ("chmod", "chown", "link"),
    "FROM": ("platform",),
    "RUN": ("mount",),
}


class Tools(Protocol):
    """What does the work of RUN."""

    def python(self, root: Path, base: Base) -> None:
        """Put the Python of a base image into a root."""

    def pip(self, root: Path, workdir: Path, words: list[str], environment: Mapping[str, str]) -> None:
        """pip with these arguments. Raises DockerError with what it says."""

    def files(self, command: list[str]) -> None:
        """A program that does something to files. Raises DockerError."""


@dataclass
class Built:
    """An image: its layers and configuration."""

    config: Config
    layers: list[Layer] = field(default_factory=list)


class Builder:
    """Builds one Dockerfile in `root`; `say` gets a line for each step."""

    def __init__(
        self,
        context: Context,
        root: Path,
        tools: Tools,
        *,
        arguments: Mapping[str, str],
        mapped: Collection[str],
        pull: Callable[[str], None],
        say: Callable[[str], None],
    ) -> None:
        self._context, self._root, self._tools = context, root, tools
        self._given, self._mapped, self._say, self._pull = arguments, mapped, say, pull
        self._global: dict[str, str] = {}
        self._arguments: dict[str, str] = {}
        self._built: Built | None = None

    def build(self, text: str) -> Built:
        """The image. Raises DockerError, with the line for what a line is to blame for."""
        instructions = dockerfile.parse(text)
        stages = [each for each in instructions if each.name == "FROM"]
        if len(stages) > 1:
            raise stages[1].refuse("the rehearsal builds one stage, not several")
        for number, each in enumerate(instructions, 1):
            self._say(f"Step {number}/{len(instructions)} : {each.name} {each.text}")
            try:
                self._step(each)
            except (CannotCopy, CannotRun, OutsideError, ValueError) as error:
                raise each.refuse(str(error)) from None
            except DockerfileError:
                raise
            except DockerError as error:  # of what RUN started
                raise each.refuse(str(error)) from None
        assert self._built
        if not self._built.layers:
            self._built.layers.append(tree.packed(b"\0" * 1024))  # registries want a layer: an empty one
        return self._built

    @property
    def _config(self) -> Config:
        assert self._built
        return self._built.config

    def _step(self, each: Instruction) -> None:
        unknown = sorted(set(each.flags) - set(_FLAGS.get(each.name, ())))
        if unknown:
            raise each.refuse(f"the rehearsal does not carry out --{unknown[0]}")
        if each.name in ("HEALTHCHECK", "STOPSIGNAL", "MAINTAINER"):
            return  # SageMaker uses none of them
        if each.name in ("COPY", "ADD", "RUN", "WORKDIR"):
            before = tree.state(self._root)
            getattr(self, f"_{each.name.lower()}")(each)
            made = tree.layer(self._root, before, tree.state(self._root))
            if made:
                assert self._built
                self._built.layers.append(made)
            return
        getattr(self, f"_{each.name.lower()}")(each)

    def _text(self, each: Instruction) -> str:
        return dockerfile.expand(each.text, self._variables()) if each.name in _VARIABLES_IN else each.text

    def _variables(self) -> dict[str, str]:
        return {**self._arguments, **(self._built.config.environment if self._built else {})}

    def _arg(self, each: Instruction) -> None:
        for word in shlex.split(each.text):
            name, has, value = word.partition("=")
            if self._built is None:
                self._global[name] = self._given.get(name, dockerfile.expand(value, self._global))
                continue
            default = dockerfile.expand(value, self._variables()) if has else self._global.get(name, "")
            self._arguments[name] = self._given.get(name, default)

    def _from(self, each: Instruction) -> None:
        name, *rest = dockerfile.expand(each.text, self._global).split()
        if rest and (len(rest) != 2 or rest[0].upper() != "AS"):
            raise each.refuse(f"got {each.text!r}, expected FROM IMAGE [AS NAME]")
        try:
            base = base_of(name, self._mapped)
            self._pull(name)
        except DockerError as error:
            raise each.refuse(str(error).removeprefix("FROM ")) from None
        self._tools.python(self._root, base)
        self._built = Built(Config(base.name, {"PATH": _PATH}))

    def _copy(self, each: Instruction) -> None:
        listed = each.listed()
        words = listed if listed is not None else shlex.split(self._text(each))
        copying.copy(self._context, self._root, words, workdir=self._config.workdir, unpacks=each.name == "ADD")

    _add = _copy

    def _run(self, each: Instruction) -> None:
        if each.flags.get("mount", "type=cache").partition(",")[0] != "type=cache":
            raise each.refuse(f"the rehearsal does not carry out --mount={each.flags['mount']}")
        variables = {**self._variables(), "HOME": "/root"}
        workdir = tree.place(self._root, self._config.workdir) if self._config.workdir != "/" else self._root
        actions = Actions(
            pip=lambda words: self._tools.pip(
                self._root, workdir, [self._path(word) for word in words], self._variables()
            ),
            files=self._change,
        )
        for command in run_commands.commands(each.text, each.listed(), variables):
            run_commands.carry_out(command, actions)

    def _change(self, words: list[str]) -> None:
        """A program of RUN that changes files; what a link says stays as it is written."""
        program, *rest = words
        if program == "ln":
            if not any(word.startswith("-") and "s" in word for word in rest):
                raise CannotRun("ln: the rehearsal makes symbolic links only: ln -s")
            self._tools.files([program, *rest[:-1], self._path(rest[-1], write=True)])
            return
        self._tools.files([program, *(self._path(word, write=True) for word in rest)])

    def _path(self, word: str, *, write: bool = False) -> str:
        """An argument as the root has it: absolute paths below it, and relative ones of what changes files."""
        if word.startswith("-") or "://" in word or (not write and not word.startswith("/")):
            return word
        if write and word.strip("ugoa+-=rwxXst0123456789,") == "":  # a mode of chmod
            return word
        return str(tree.place(self._root, word, self._config.workdir))

    def _workdir(self, each: Instruction) -> None:
        text = self._text(each).strip("\"'")
        at = tree.place(self._root, text, self._config.workdir)
        at.mkdir(parents=True, exist_ok=True)
        self._config.workdir = "/" + str(at.relative_to(self._root))

    def _env(self, each: Instruction) -> None:
        self._config.environment |= _pairs(each, self._text(each))

    def _label(self, each: Instruction) -> None:
        self._config.labels |= _pairs(each, self._text(each))

    def _expose(self, each: Instruction) -> None:
        self._config.exposed += [port if "/" in port else f"{port}/tcp" for port in self._text(each).split()]

    def _user(self, each: Instruction) -> None:
        self._config.user = self._text(each).strip()

    def _entrypoint(self, each: Instruction) -> None:
        self._config.entrypoint, self._config.command = _command(each), []

    def _cmd(self, each: Instruction) -> None:
        self._config.command = _command(each)


def _command(each: Instruction) -> list[str]:
    listed = each.listed()
    return ["/bin/sh", "-c", each.text] if listed is None else listed


def _pairs(each: Instruction, text: str) -> dict[str, str]:
    """`A=1 B="2 3"`, or the old form `A 1`."""
    first, _, rest = text.partition(" ")
    if "=" not in first:
        return {first: rest.strip()}
    found = {}
    for word in shlex.split(text):
        name, equals, value = word.partition("=")
        if not equals:
            raise each.refuse(f"got {word!r}, expected NAME=VALUE")
        found[name] = value
    return found


def clear(folder: Path) -> None:
    """Remove a folder and what is in it."""
    shutil.rmtree(folder, ignore_errors=True)
