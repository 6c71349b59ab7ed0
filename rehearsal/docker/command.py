"""`docker` in a privileged build: build, tag, login, push, run for the CDK's bundling, and what scripts ask besides.

Called as `docker.py DAEMON UV PYTHON arguments...`; DAEMON is a file that only privileged builds see, with the names
of the images that `--image` names.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rehearsal.docker import build, bundling, registry
from rehearsal.docker.build import Builder
from rehearsal.docker.bundling import BundlingImages
from rehearsal.docker.copying import Context
from rehearsal.docker.local import LocalImages, full
from rehearsal.docker.problems import DockerError
from rehearsal.docker.programs import Work
from rehearsal.docker.registry import Client, Logins

_NO_DAEMON = (
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running? "
    "(a build needs privileged mode for docker)"
)
_VERSION = "27.0.0"


class Docker:
    """One call of the program."""

    def __init__(self, home: Path, work: Work, mapped: list[str], client: Client) -> None:
        self._images = LocalImages(home / ".docker" / "stand-in")
        self._bundling = BundlingImages(home / ".docker" / "stand-in")
        self._logins = Logins(home / ".docker" / "config.json")
        self._work, self._mapped, self._client = work, mapped, client

    def run(self, arguments: list[str]) -> None:
        """Do it. Raises DockerError."""
        name, *rest = arguments or ["help"]
        if name in ("image", "buildx") and rest and rest[0] in ("build", "push", "tag", "inspect", "ls"):
            name, *rest = rest
            name = "images" if name == "ls" else name
        call: Callable[[list[str]], None] | None = {
            "build": self._build, "tag": self._tag, "push": self._push, "login": self._login, "logout": self._logout,
            "images": self._list, "inspect": self._inspect, "info": self._version, "version": self._version,
            "--version": self._version, "-v": self._version, "run": self._run,
        }.get(name)  # fmt: skip
        if call is None:
            raise DockerError(
                f"docker {name}: the rehearsal has build, tag, push, login, logout, images, inspect, info and version, "
                "and run for the CDK's bundling"
            )
        call(rest)

    def _build(self, words: list[str]) -> None:
        parser = _Parser("build")
        parser.add_argument("-t", "--tag", action="append", default=[])
        parser.add_argument("-f", "--file")
        parser.add_argument("--build-arg", action="append", default=[])
        parser.add_argument("-q", "--quiet", action="store_true")
        for ignored in ("--no-cache", "--pull", "--load", "--rm", "--force-rm"):
            parser.add_argument(ignored, action="store_true")
        for ignored in ("--progress", "--platform", "--provenance", "--sbom", "--network"):
            parser.add_argument(ignored)
        parser.add_argument("path")
        given = parser.parse_args(words)
        if given.platform not in (None, "linux/amd64"):
            raise DockerError(f"--platform: got {given.platform!r}, expected linux/amd64")
        folder = Path(given.path).resolve()
        file = Path(given.file) if given.file else folder / "Dockerfile"
        if not folder.is_dir():
            raise DockerError(f'unable to prepare context: path "{given.path}" not found')
        if not file.is_file():
            raise DockerError(f"failed to read dockerfile: open {file.name}: no such file or directory")
        arguments = dict(each.partition("=")[::2] for each in given.build_arg)
        if any(bundling.is_bundling(name) for name in given.tag):
            base = self._bundling.add(given.tag[0], file.read_text(encoding="utf-8"), arguments)
            say(f"[rehearsal] {given.tag[0]} is for bundling: noted as {base}; what its Dockerfile installs is not")
            return
        root = self._images.scratch()
        try:
            builder = Builder(
                Context(folder),
                root,
                self._work,
                arguments=arguments,
                mapped=self._mapped,
                pull=lambda name: registry.pull(self._logins, self._client, name),
                say=(lambda line: None) if given.quiet else say,
            )
            number = self._images.add(builder.build(file.read_text(encoding="utf-8")), given.tag)
        finally:
            build.clear(root)
        say(number if given.quiet else f"Successfully built {number.removeprefix('sha256:')[:12]}")
        for name in [] if given.quiet else given.tag:
            say(f"Successfully tagged {full(name)}")

    def _run(self, words: list[str]) -> None:
        bundling.run(self._bundling, words, self._work.uv, say)

    def _tag(self, words: list[str]) -> None:
        if len(words) != 2:
            raise DockerError('"docker tag" requires exactly 2 arguments.')
        self._images.tag(*words)

    def _push(self, words: list[str]) -> None:
        names = [word for word in words if word not in ("-q", "--quiet")]
        if len(names) != 1 or names[0].startswith("-"):
            raise DockerError(f"docker push: got {' '.join(words)!r}, expected NAME[:TAG]")
        registry.push(self._images, self._logins, self._client, names[0], say)

    def _login(self, words: list[str]) -> None:
        parser = _Parser("login")
        parser.add_argument("-u", "--username", default="")
        parser.add_argument("-p", "--password")
        parser.add_argument("--password-stdin", action="store_true")
        parser.add_argument("server", nargs="?", default="")
        given = parser.parse_args(words)
        password = sys.stdin.read() if given.password_stdin else given.password or ""
        self._logins.add(given.server, given.username, password)
        say("Login Succeeded")

    def _logout(self, words: list[str]) -> None:
        self._logins.remove(words[0] if words else "")

    def _list(self, words: list[str]) -> None:
        for name, number in self._images.names():
            say(f"{name}  {number.removeprefix('sha256:')[:12]}")

    def _inspect(self, words: list[str]) -> None:
        parser = _Parser("inspect")
        parser.add_argument("-f", "--format")
        parser.add_argument("--type", choices=["image"])
        parser.add_argument("name")
        given = parser.parse_args(words)
        if bundling.is_bundling(given.name) and self._bundling.base(given.name):
            say(json.dumps([{"RepoTags": [given.name]}]))
            return
        found = self._images.inspect(self._images.find(given.name))
        say(json.dumps([found], indent=4) if given.format is None else _formatted(found, given.format))

    def _version(self, words: list[str]) -> None:
        say(f"Docker version {_VERSION}, build rehearsal (a stand-in)")


class _Parser(argparse.ArgumentParser):
    """Options of a command; the others are refused by name."""

    def __init__(self, name: str) -> None:
        super().__init__(prog=f"docker {name}", add_help=False, allow_abbrev=False)

    def error(self, message: str) -> Any:
        raise DockerError(f"{self.prog}: {message} (the rehearsal carries out some options only)")


def _formatted(found: Any, template: str) -> str:
    """`{{.Id}}` and `{{index .RepoDigests 0}}`."""
    wanted = re.fullmatch(r"\{\{\s*(?:index\s+)?\.(?P<path>[\w.]+)(?:\s+(?P<number>\d+))?\s*\}\}", template)
    if not wanted:
        raise DockerError(f"--format: got {template!r}, expected '{{{{.Id}}}}' or '{{{{index .RepoDigests 0}}}}'")
    for name in wanted["path"].split("."):
        found = found.get(name) if isinstance(found, dict) else None
    if wanted["number"] is not None:
        items = found or []
        if int(wanted["number"]) >= len(items):
            raise DockerError(f"template parsing error: index out of range: {wanted['number']}")
        found = items[int(wanted["number"])]
    return found if isinstance(found, str) else json.dumps(found)


def say(line: str) -> None:
    """To the build's log, at once."""
    print(line, flush=True)


def main(arguments: list[str], client: Client, home: Path) -> int:
    """Run docker; 1 with what it says where something is wrong."""
    daemon, uv, python, *words = arguments
    file = Path(daemon)
    try:
        if words[:1] not in (["--version"], ["-v"]) and not file.is_file():
            raise DockerError(_NO_DAEMON)
        mapped = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
        Docker(home, Work(uv, python), mapped, client).run(words)
    except DockerError as error:
        print(f"docker: {error}", file=sys.stderr)
        return 1
    return 0
