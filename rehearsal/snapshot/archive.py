"""The file of a snapshot: what made it, the state, and the directory of the embedded AWS. Only its user may read it.

It is read with pickle, so that whoever may write it could run programs: a file of somebody else is refused.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import json
import os
import pickle
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.latency import AT_ONCE
from rehearsal.snapshot import state

STEP = "snapshot"
_PACKAGES = ("moto", "botocore", "cryptography")
_HEADER, _STATE, _SETUP, _FILES = "snapshot.json", "state.pickle", "setup.pickle", "directory"
# What only running builds, endpoints and clients use.
_LEFT_OUT = frozenset({"tmp", "codebuild", "endpoints", "control", "cages"})
_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Setup:
    """How an embedded AWS is made: arguments of its class, the names of its accounts, and what `plan` it is for."""

    settings: Mapping[str, Any]
    names: dict[str, str]
    plan: Any


@dataclass(frozen=True)
class Header:
    """What can be known of a snapshot without trusting it. `made_with` must be the same where it is loaded."""

    directory: str
    port: int
    saved: str
    made_with: dict[str, str] = field(default_factory=dict)


def save(aws: EmbeddedAws, setup: Setup, file: Path, seconds: float) -> None:
    """Write a snapshot as soon as nothing is at work, within `seconds`. Raises RehearsalError; no file is left then."""
    _refuse(aws)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with _idle(aws, seconds):
            made = Header(str(aws.directory), aws.server.port, time.strftime("%Y-%m-%d %H:%M"), made_with())
            text = state.save(aws, aws.anchors)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as out, tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
                _add(tar, _HEADER, json.dumps(vars(made)).encode())
                _add(tar, _SETUP, pickle.dumps(setup))
                _add(tar, _STATE, text)
                for each in sorted(aws.directory.iterdir()):
                    if each.name not in _LEFT_OUT:
                        tar.add(each, f"{_FILES}/{each.name}")
        part.replace(file)
    except OSError as error:
        raise RehearsalError(STEP, f"{file}: cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


def header(file: Path) -> Header:
    """What a snapshot says of itself. Raises RehearsalError for a file that is none, of others or of other versions."""
    try:
        about = file.stat()
        if about.st_uid != os.geteuid() or about.st_mode & 0o022:
            raise RehearsalError(STEP, f"{file}: others own it or may write it, so it is not loaded")
        with tarfile.open(file) as tar:
            found = Header(**json.loads(_read(tar, _HEADER)))
    except (OSError, tarfile.TarError, KeyError, TypeError, ValueError) as error:
        raise RehearsalError(STEP, f"{file}: no snapshot can be read there: {error}") from None
    here = made_with()
    differ = [f"{name} {found.made_with.get(name)} (here {here[name]})" for name in here
              if found.made_with.get(name) != here[name]]  # fmt: skip
    if differ:
        raise RehearsalError(STEP, f"{file}: it was made with {', '.join(differ)}: load it with what made it")
    return found


def setup(file: Path) -> Setup:
    """How its embedded AWS is made. `header` must have been looked at."""
    with tarfile.open(file) as tar:
        found = pickle.loads(_read(tar, _SETUP))
    assert isinstance(found, Setup)
    return found


def bring_files(file: Path, directory: Path) -> None:
    """Put the files of a snapshot where they were."""
    with tarfile.open(file) as tar:
        for member in tar:
            if member.name.startswith(f"{_FILES}/"):
                member.name = member.name.removeprefix(f"{_FILES}/")
                tar.extract(member, directory, filter="fully_trusted")


def fill(aws: EmbeddedAws, file: Path, tell: Callable[[str], None]) -> None:
    """Give a fresh embedded AWS the state of a snapshot, and start its endpoints. Raises RehearsalError."""
    with tarfile.open(file) as tar:
        state.load(aws, aws.anchors, _read(tar, _STATE))
    if aws.github.repositories.all():
        aws.github.listen()
    aws.services.events.timer.changed()
    for name, failure in aws.services.sagemaker.endpoints.start_again():
        tell(f"endpoint {name}: {failure or 'answers again'}")


@functools.cache
def made_with() -> dict[str, str]:
    """What decides whether a state can be read: this program to the byte, Python, and the packages that hold state.

    Call it before a state is made, so that it says what made it, whatever becomes of the files meanwhile.
    """
    digest = hashlib.sha256()
    root = Path(__file__).parents[1]
    for each in sorted(root.rglob("*.py")):
        digest.update(each.relative_to(root).as_posix().encode() + b"\0" + each.read_bytes())
    found = {name: version(name) for name in _PACKAGES}
    return found | {"Python": sys.version.split()[0], "rehearse": digest.hexdigest()[:12]}


@contextlib.contextmanager
def _idle(aws: EmbeddedAws, seconds: float) -> Iterator[None]:
    """A moment in which nothing is at work, no request either. Raises RehearsalError with what is, after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        busy = _busy(aws)
        if not busy:
            with aws.gateway.held() as quiet:
                if quiet and not _busy(aws):
                    yield
                    return
        if time.monotonic() > deadline:
            names = ", ".join(sorted(busy)[:5]) or "requests"
            raise RehearsalError(STEP, f"nothing was saved: at work are {names} (--wait SECONDS waits longer)")
        time.sleep(_LOOK_SECONDS)


def _busy(aws: EmbeddedAws) -> list[str]:
    events = [] if aws.github.bus.idle else ["events of GitHub"]
    return events + [name for name in aws.working() if not name.startswith("model server ")]


def _refuse(aws: EmbeddedAws) -> None:
    if aws.latency != AT_ONCE:
        raise RehearsalError(STEP, "an embedded AWS with --latency aws cannot be kept: what is late counts by a clock")


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o600
    tar.addfile(info, io.BytesIO(data))


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    found = tar.extractfile(name)
    assert found is not None
    return found.read()
