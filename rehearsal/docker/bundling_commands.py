"""The commands of a bundling: a list of programs that are carried out on the mounted folders, and no others."""

from __future__ import annotations

import fnmatch
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal.docker.problems import DockerError
from rehearsal.docker.run_commands import FILES, NOTHING, CannotRun, word

_SHELL = re.compile(r"[|<()`&]|\$\(")
_ATTACHED = re.compile(r"(-[A-Za-z]+)((?:/|\.\.).*)")  # a path right after a short option
_SAID = 1500  # characters of an error
_PIP = (["pip"], ["pip3"], ["python", "-m", "pip"], ["python3", "-m", "pip"], ["uv", "pip"])
# what pip has and uv calls by another name, or not at all
_RENAMED = {"--no-cache-dir": "--no-cache", "--pre": "--prerelease=allow", "--force-reinstall": "--reinstall"}
_IGNORED = {"--disable-pip-version-check", "--no-input", "--no-warn-script-location", "--prefer-binary", "--user",
            "--system", "--root-user-action=ignore", "--no-compile"}  # fmt: skip
_OTHER_MACHINES = {"--platform", "--implementation", "--abi", "--python-version"}  # they run here
_NPM = ("ci", "i", "install")
_QUIET = (":", "echo", "ls", "pwd")  # they only say something


@dataclass(frozen=True)
class Mount:
    """A folder of this machine, and where the command finds it."""

    inside: str
    outside: Path


@dataclass
class Bundle:
    """One bundling: its folders (longest path first), working directory, variables, and the Python it installs for."""

    mounts: Sequence[Mount]
    workdir: str
    environment: dict[str, str]
    python: str | None
    uv: str
    temporary: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="bundling-")))

    def place(self, path: str) -> Path:
        """Where a path of the command is on this machine. Raises CannotRun for one outside of its folders."""
        whole = os.path.normpath(path if path.startswith("/") else f"{self.workdir}/{path}")
        for each in (*self.mounts, Mount("/tmp", self.temporary)):
            if whole == each.inside or whole.startswith(f"{each.inside.rstrip('/')}/"):
                return each.outside / whole[len(each.inside) :].lstrip("/")
        mounted = ", ".join(each.inside for each in self.mounts)
        raise CannotRun(f"got the path {path}, expected one in {mounted} or /tmp")

    def argument(self, given: str) -> str:
        """An argument with its path, alone or after an option, as it is on this machine; a last `/` stays.

        A path below the working directory is the same on both; one that leads out of it is not.
        """
        option, separator, path = "", "", given
        if given.startswith("-"):
            option, separator, path = given.rpartition("=")
            if not separator and (found := _ATTACHED.fullmatch(given)):
                option, path = found.groups()
        if not path.startswith("/") and ".." not in path.split("/"):
            return given
        return f"{option}{separator}{self.place(path)}{'/' if path.endswith('/') and path != '/' else ''}"


def carry_out(bundle: Bundle, script: str, say: Callable[[str], None]) -> None:
    """Do what a script says. Raises DockerError with the command that is not carried out, or failed."""
    try:
        for tokens in commands(script):
            _command(bundle, [word(each, _variables(bundle)) for each in tokens], say)
    except CannotRun as error:
        raise DockerError(f"bundling: {error}") from None
    finally:
        shutil.rmtree(bundle.temporary, ignore_errors=True)


def commands(script: str) -> Iterator[list[str]]:
    """The simple commands of a script, one after the other, as they are written. Raises CannotRun."""
    text = re.sub(r"\\\n", " ", script).strip().replace("\n", ";")
    lexer = shlex.shlex(text, posix=False, punctuation_chars=";&|<>()")
    lexer.whitespace_split, lexer.commenters = True, ""
    found: list[str] = []
    try:
        tokens = list(lexer)
    except ValueError as error:
        raise CannotRun(f"{script}: {error}") from None
    for token in tokens:
        if set(token) == {";"} or token == "&&":
            if found:
                yield found
            found = []
        elif (_SHELL.search(token) and token[:1] not in ("'", '"')) or (token.startswith('"') and "$(" in token):
            raise CannotRun(f"{token!r} of a shell is not carried out, only commands joined by && or ;")
        else:
            found.append(token)
    if found:
        yield found


def _variables(bundle: Bundle) -> dict[str, str]:
    return {"HOME": str(bundle.temporary), "PWD": bundle.workdir, **bundle.environment}


def _command(bundle: Bundle, words: list[str], say: Callable[[str], None]) -> None:
    while words and re.fullmatch(r"\w+=.*", words[0]):  # variables of one command
        words = words[1:]
    if not words:
        return
    for start in _PIP:
        if words[: len(start)] == start:
            _pip(bundle, words[len(start) :], say)
            return
    program, rest = words[0].rpartition("/")[2], words[1:]
    if any(each in (">", ">>") for each in rest):
        _write(bundle, program, rest)
    elif program in _OWN:
        _OWN[program](bundle, rest)
    elif started := _started(bundle, program, rest):
        linked = program == "ln"  # what a link says is not looked up from here
        given = (each if linked and each[:1] not in "/-" else bundle.argument(each) for each in started[1])
        _run(bundle, [*started[0], *given], say)
    elif program not in _QUIET and program not in NOTHING:
        known = sorted({*FILES, "cd", "echo", "esbuild", "npm ci", "pip install", "rsync", "zip"})
        raise CannotRun(f"{program}: the rehearsal carries out {', '.join(known)}")


def _started(bundle: Bundle, program: str, words: list[str]) -> tuple[list[str], list[str]] | None:
    """The program of this machine that is started for one of the command, and with what."""
    if program in FILES:
        return [program], list(_expanded(bundle, words))
    if program == "npm" and words[:1] and words[0] in _NPM:
        return ["npm"], words
    if program == "esbuild" or (program == "npx" and "esbuild" in words):
        return ["npx", "--yes", "esbuild"], words if program == "esbuild" else words[words.index("esbuild") + 1 :]
    return None


def _write(bundle: Bundle, program: str, words: Sequence[str]) -> None:
    """`echo TEXT > FILE`, or `>>` to what is there."""
    if program != "echo" or words[-2:-1] not in ([">"], [">>"]):
        raise CannotRun(f"{program} with >: the rehearsal carries out echo TEXT > FILE, and >>")
    with bundle.place(words[-1]).open("a" if words[-2] == ">>" else "w", encoding="utf-8") as file:
        file.write(" ".join(words[:-2]) + "\n")


def _export(bundle: Bundle, words: Sequence[str]) -> None:
    bundle.environment |= dict(each.partition("=")[::2] for each in words)


def _change(bundle: Bundle, words: Sequence[str]) -> None:
    path = words[0] if words else "/tmp"
    if not bundle.place(path).is_dir():
        raise DockerError(f"bundling: cd: {path}: No such file or directory")
    bundle.workdir = os.path.normpath(path if path.startswith("/") else f"{bundle.workdir}/{path}")


def _expanded(bundle: Bundle, words: Sequence[str]) -> Iterator[str]:
    """Patterns as the shell expands them: those without a match stay."""
    for each in words:
        if not re.search(r"[*?\[]", each) or each.startswith("-"):
            yield each
            continue
        folder, _, pattern = each.rpartition("/")
        names = [path.name for path in bundle.place(folder or ".").iterdir()]
        matching = sorted(name for name in fnmatch.filter(names, pattern) if not name.startswith("."))
        yield from ([f"{folder}/{name}" if folder else name for name in matching] or [each])


def _pip(bundle: Bundle, words: list[str], say: Callable[[str], None]) -> None:
    """`pip install`, by uv, for the Python of the image."""
    verb, rest = (words[0] if words else ""), words[1:]
    if verb != "install":
        raise CannotRun(f"pip {verb}: the rehearsal carries out pip install")
    if not {"-t", "--target"} & {each.partition("=")[0] for each in rest} and "--prefix" not in " ".join(rest):
        return  # a newer pip or the like in the image, which nothing here needs
    options: list[str] = []
    waiting = iter(rest)
    for each in waiting:
        name = each.partition("=")[0]
        if name in _OTHER_MACHINES:
            if "=" not in each:
                next(waiting, None)
        elif each not in _IGNORED:
            options.append(bundle.argument(_RENAMED.get(each, each)))
    version = ["--python-version", bundle.python] if bundle.python else []
    _run(bundle, [bundle.uv, "pip", "install", "--quiet", "--link-mode=copy", *version, *options], say)


def _rsync(bundle: Bundle, words: Sequence[str]) -> None:
    """`rsync -r SOURCE/ TARGET` with `--exclude`: a copy that follows links (`-L`)."""
    given = [each for each in words if not each.startswith("-")]
    options = [each for each in words if each.startswith("-")]
    excluded = [each.partition("=")[2] for each in options if each.startswith("--exclude=")]
    unknown = [each for each in options if not re.fullmatch(r"-[raLlvqtz]+|--exclude=.+", each)]
    if unknown or len(given) != 2:
        raise CannotRun(f"rsync {' '.join(words)}: the rehearsal carries out rsync -rL [--exclude=NAME] SOURCE TARGET")
    source, target = bundle.place(given[0]), bundle.place(given[1])
    if not given[0].endswith("/"):
        target /= source.name
    patterns = [each.strip("/") for each in excluded]
    shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*patterns))


def _zip(bundle: Bundle, words: Sequence[str]) -> None:
    """`zip -r ARCHIVE PATHS`: the files in order, all with one date, so that the same files give the same bytes."""
    given = [each for each in words if not each.startswith("-")]
    unknown = [each for each in words if each.startswith("-") and not re.fullmatch(r"-[rqvyX0-9]+", each)]
    if unknown or len(given) < 2:
        raise CannotRun(f"zip {' '.join(words)}: the rehearsal carries out zip -r ARCHIVE PATH...")
    archive, base = bundle.place(given[0]), bundle.place(".")
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted({*_files(bundle, given[1:])}):
            if path == archive:
                continue
            info = zipfile.ZipInfo(os.path.relpath(path, base), (1980, 1, 1, 0, 0, 0))
            info.external_attr = (path.stat().st_mode & 0xFFFF) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, path.read_bytes())


def _files(bundle: Bundle, given: Sequence[str]) -> Iterator[Path]:
    for each in _expanded(bundle, given):
        place = bundle.place(each)
        yield from (path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]


_OWN: Mapping[str, Callable[[Bundle, Sequence[str]], None]] = {
    "cd": _change, "export": _export, "rsync": _rsync, "zip": _zip,
}  # fmt: skip


def _run(bundle: Bundle, command: Sequence[str], say: Callable[[str], None]) -> None:
    """A program on this machine, in the folder where the script is."""
    if shutil.which(command[0]) is None:
        raise DockerError(f"{command[0]}: not installed on this machine")
    environment = {**os.environ, **bundle.environment}
    folder = bundle.place(".")
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.stdout.strip():
        say(done.stdout.rstrip())
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-_SAID:]
        raise DockerError(f"bundling: {shlex.join(command)}: exit code {done.returncode}: {said}")
