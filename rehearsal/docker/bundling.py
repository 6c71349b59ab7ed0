"""`docker build` and `docker run` of the CDK's asset bundling, which needs no image of its own.

The CDK builds a bundling image under the name `cdk-<hash>`, or takes one of a registry, and runs a command in it that
reads the folder mounted at /asset-input and writes that at /asset-output. Here the command's programs do it on this
machine, in the build's own cage; what prepares the image is not carried out.

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.BundlingOptions.html
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rehearsal.docker import dockerfile
from rehearsal.docker.bundling_commands import Bundle, Mount, carry_out
from rehearsal.docker.problems import DockerError

_NAME = re.compile(r"cdk-[0-9a-f]{64}(:latest)?")
_PYTHON = re.compile(r"python:?-?(?P<version>3\.\d+)")
_SHELLS = ("bash", "sh", "/bin/bash", "/bin/sh")

Say = Callable[[str], None]


def is_bundling(name: str) -> bool:
    """Whether an image has the name that the CDK gives to one it bundles in."""
    return _NAME.fullmatch(name) is not None


class BundlingImages:
    """Which base each bundling image has. `folder` is below the HOME of a build and goes with it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "bundling.json"

    def add(self, name: str, text: str, arguments: dict[str, str]) -> str:
        """Note the base of an image's Dockerfile, its last FROM. Raises DockerError."""
        values: dict[str, str] = {}
        base = ""
        for each in dockerfile.parse(text):
            if each.name == "ARG":
                key, _, default = each.text.partition("=")
                values[key] = arguments.get(key, dockerfile.expand(default.strip("\"'"), values))
            elif each.name == "FROM":
                base = dockerfile.expand(each.text, values).split()[0]
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self._read() | {name.removesuffix(":latest"): base}), encoding="utf-8")
        return base

    def base(self, name: str) -> str | None:
        """The base of a bundling image that was built; None without one."""
        return self._read().get(name.removesuffix(":latest"))

    def _read(self) -> dict[str, str]:
        return dict(json.loads(self._file.read_text(encoding="utf-8"))) if self._file.exists() else {}


def run(images: BundlingImages, words: Sequence[str], uv: str, say: Say) -> None:
    """`docker run` of one bundling. Raises DockerError with what the rehearsal does not carry out."""
    given = _options().parse_args(list(words))
    image = str(given.image)
    base = images.base(image) if is_bundling(image) else image
    if base is None:
        raise DockerError(f"Unable to find image '{image}' locally")
    command = [given.entrypoint, *given.command] if given.entrypoint else list(given.command)
    if not command:
        raise DockerError(f"docker run {image}: the rehearsal runs commands of bundling, not the image's own program")
    mounts = [_mount(each) for each in given.volume]
    if not any(each.inside == "/asset-output" for each in mounts):
        raise DockerError("docker run: the rehearsal runs bundling only, with /asset-output mounted by -v")
    found = _PYTHON.search(base)
    bundle = Bundle(
        mounts=sorted(mounts, key=lambda each: -len(each.inside)),
        workdir=given.workdir,
        environment=dict(each.partition("=")[::2] for each in given.env),
        python=found["version"] if found else None,
        uv=uv,
    )
    script = _script(command)
    say(f"[rehearsal] bundling as in {base}, without a container: {script}")
    carry_out(bundle, script, say)


def _script(command: list[str]) -> str:
    """What a shell is to do; a command without a shell is a script of one command."""
    if command[0] in _SHELLS:
        options = [word for word in command[1:-1] if word.startswith("-")]
        if len(command) < 3 or not any("c" in word for word in options):
            raise DockerError(f"docker run: got {shlex.join(command)}, expected a shell with -c and a script")
        return command[-1]
    return shlex.join(command)


def _mount(text: str) -> Mount:
    outside, _, rest = text.partition(":")
    inside = rest.partition(":")[0]
    if not outside.startswith("/") or not inside.startswith("/"):
        raise DockerError(f"-v {text}: the rehearsal mounts folders only, expected FOLDER:PATH")
    return Mount(inside.rstrip("/") or "/", Path(outside))


class _Options(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise DockerError(f"docker run: {message} (the rehearsal carries out what the CDK's bundling asks for)")


def _options() -> argparse.ArgumentParser:
    parser = _Options(prog="docker run", add_help=False, allow_abbrev=False)
    parser.add_argument("--rm", action="store_true")
    parser.add_argument("-v", "--volume", action="append", default=[])
    parser.add_argument("-e", "--env", action="append", default=[])
    parser.add_argument("-w", "--workdir", default="/asset-input")
    parser.add_argument("--entrypoint")
    for ignored in ("--security-opt", "--network", "--platform"):
        parser.add_argument(ignored)
    parser.add_argument("-u", "--user")  # the user of the build's cage is the only one there is
    parser.add_argument("image")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    return parser
