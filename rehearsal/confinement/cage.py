"""Cages for commands: what is in one, and what this machine's kernel can give of it."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal.confinement import egress, visible
from rehearsal.confinement.doors import Answer, Doors
from rehearsal.process import LAUNCHER, base_environment, base_python

if TYPE_CHECKING:
    from rehearsal.confinement.certificates import Authority

_IDS = (0x70000000, 65536)  # that nobody has: what root runs is somebody else outside of its cage
_PROXY_PORT, _TLS_PORT = 3128, 443
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
# the variables that tell clients whom to trust
_TRUST = ("AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS", "PIP_CERT", "REQUESTS_CA_BUNDLE",
          "SSL_CERT_FILE")  # fmt: skip
_LIMITS = {"NPROC": 4096, "CORE": 0, "FSIZE": 16 << 30}  # processes, bytes of a core dump and of a file
_PROBE_SECONDS = 30
_ML = Path("/opt/ml")
_TEMPORARY = "2g"  # bytes of /tmp, in memory


@dataclass(frozen=True)
class Protections:
    """What holds on this machine. `ids` are who a cage's users are outside (None: the user who runs this).

    `missing` says in words what does not hold, and why.
    """

    cages: bool
    layers: bool = False
    ids: tuple[int, int] | None = None
    missing: tuple[str, ...] = ()

    def describe(self) -> dict[str, object]:
        """For the report."""
        limited = self.cages and (self.ids is not None or os.geteuid() != 0)
        return {
            "fileSystem": self.cages,
            "processes": self.cages,
            "network": self.cages,
            "sharedCaches": self.layers,
            "processLimit": limited,
            "otherUser": self.ids is not None,
            "missing": list(self.missing),
        }


@dataclass(frozen=True)
class Layer:
    """A directory that is shown with changes kept apart: `shared` stays as it is, what is written lands in `own`."""

    shared: Path
    own: Path


@dataclass(frozen=True)
class Cage:
    """Where one build or job runs. `write` are its directories, `read` more that it sees, `ml` is its /opt/ml.

    No directory of these may lie where what runs in a cage could put a link in its place. /tmp is in memory, or the
    directory `temporary`. Without `network` it reaches nothing at all. With `own` it runs as the user who runs this.
    `places` are further paths, each with the directory or file that is there, to be written too; `shown` are those
    that are only read. `hosts` are names of AWS's that lead to the embedded AWS without a proxy, by TLS.
    """

    confinement: Confinement
    write: tuple[Path, ...]
    read: tuple[Path, ...] = ()
    layers: tuple[Layer, ...] = ()
    ml: Path | None = None
    network: bool = True
    own: bool = False
    temporary: Path | None = None
    places: tuple[tuple[str, Path], ...] = ()
    shown: tuple[tuple[str, Path], ...] = ()
    hosts: tuple[str, ...] = ()

    def command(self, command: Sequence[str], cwd: Path) -> list[str]:
        """The command line that runs `command` in the cage, in its directory `cwd`.

        On a machine without cages it is `command` itself.
        """
        return self.confinement.command(self, command, cwd)

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """`variables` with the way that network clients take out of the cage."""
        return self.confinement.environment(variables)


class Confinement:
    """The cages of one embedded AWS, whose files are below `directory`; `held` is what holds. Thread-safe."""

    def __init__(self, directory: Path, held: Protections | None = None) -> None:
        self.directory = directory
        self.doors = Doors(directory / "cages")
        self._stage = directory / "cages" / "root"
        self._held = held
        self._authority: Authority | None = None
        self._stand_ins: list[egress.Interception] = []

    @property
    def protections(self) -> Protections:
        """What holds on this machine; found out once."""
        return self._held or probe()

    def give(self, path: Path) -> None:
        """Make everything in `path` belong to the user of the cages."""
        give(path, self.protections.ids)

    def open(self, port: int, answer: Answer, *, stands_for: Callable[[str], bool] | None = None) -> None:
        """Answer what cages send to `port` of their 127.0.0.1, and what they ask of the hosts that it stands for."""
        self.doors.open(port, answer)
        if stands_for:
            from rehearsal.confinement.certificates import Authority

            trusted = [os.environ.get(name, "") for name in _TRUST]
            self._authority = self._authority or Authority(self.directory / "cages", trusted)
            stand_in = egress.Interception(stands_for, self._authority.context, answer)
            self._stand_ins.append(stand_in)
            self.doors.open(_TLS_PORT, stand_in.by_name)
        if stands_for or _PROXY_PORT not in self.doors.ports():
            self.doors.open(_PROXY_PORT, egress.Egress(*self._stand_ins).serve)
            for registry in egress.local_registries():
                self.doors.open(registry, functools.partial(egress.relay, port=registry))

    def close(self) -> None:
        """Close the doors; cages that are still there reach nothing any more."""
        self.doors.close()

    def command(self, cage: Cage, command: Sequence[str], cwd: Path) -> list[str]:
        """As `Cage.command`."""
        held = self.protections
        if not held.cages:
            return list(command)
        ids = None if cage.own else held.ids
        self._stage.mkdir(parents=True, exist_ok=True)
        placed = [path for _, path in cage.places if path.is_dir()]
        for path in (*cage.write, *filter(None, (cage.ml, cage.temporary)), *placed):
            path.mkdir(parents=True, exist_ok=True)
            give(path, ids)
        ports = [port for port in self.doors.ports() if port != _TLS_PORT or cage.hosts]
        doors = {"socket": str(self.doors.socket), "ports": ports} if cage.network else None
        plan = {
            "stage": str(self._stage),
            "ids": ids,
            "doors": doors if doors and doors["ports"] else None,
            "mounts": self._mounts(cage, held),
            "limits": _LIMITS,
            "cwd": str(cwd),
        }
        return [_python(), "-I", "-S", str(LAUNCHER), json.dumps(plan), *command]

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """As `Cage.environment`."""
        if not self.protections.cages:
            return dict(variables)
        kept = {name: value for name, value in variables.items() if name.lower() not in _PROXIES}
        # Not HTTP_PROXY: Seed-Farmer uses that for every address, the embedded AWS's own too.
        names = ("HTTPS_PROXY", "https_proxy", "http_proxy")
        local = "127.0.0.1,localhost"
        proxies = dict.fromkeys(names, f"http://127.0.0.1:{_PROXY_PORT}")
        trust = dict.fromkeys(_TRUST, str(self._authority.bundle)) if self._authority else {}
        return kept | proxies | trust | {"NO_PROXY": local, "no_proxy": local, "NODE_USE_ENV_PROXY": "1"}

    def _mounts(self, cage: Cage, held: Protections) -> list[list[str]]:
        hidden = [self.directory, Path.cwd() / ".rehearsal"]
        with contextlib.suppress(RuntimeError):
            hidden.append(Path.home())
        kept = ["write", "/tmp", str(cage.temporary)] if cage.temporary else ["memory", "/tmp", _TEMPORARY]
        made = [kept, ["memory", "/var/tmp", _TEMPORARY]]
        # what is beside the machine's own first: its programs may lie in it
        beside = [each for each in cage.places if not each[0].startswith(("/opt/", "/usr/"))]
        made += [["write", target, str(path)] for target, path in beside]
        opt = cage.ml is None and not any(target.startswith("/opt/") for target, _ in cage.shown)
        made += visible.mounts(hidden, cage.read, opt=opt)
        for target, path in cage.shown:  # a link leads somewhere in the cage, not outside of it
            made.append(["link", target, str(path.readlink())] if path.is_symlink() else ["read", target, str(path)])
        if cage.hosts:
            made.append(["file", "/etc/hosts", f"127.0.0.1 localhost {' '.join(cage.hosts)}\n"])
        made += [["write", target, str(path)] for target, path in cage.places if (target, path) not in beside]
        for layer in cage.layers:
            work = layer.own.with_name(f"{layer.own.name}.work")
            for path in (layer.own, work):
                path.mkdir(parents=True, exist_ok=True)
                give(path, held.ids)
            if held.layers:
                made.append(["overlay", str(layer.shared), str(layer.shared), str(layer.own), str(work)])
            else:
                made.append(["write", str(layer.shared), str(layer.own)])
        made += [["write", str(path), str(path)] for path in cage.write]
        if self._authority:
            made.append(["read", str(self._authority.bundle), str(self._authority.bundle)])
        if cage.ml:
            made.append(["write", str(_ML), str(cage.ml)])
        return made


def _python() -> str:
    """One that starts at once: without the virtual environment that this program runs in."""
    base = base_python()
    return base if os.access(base, os.X_OK) else sys.executable


def give(path: Path, ids: tuple[int, int] | None) -> None:
    """Make everything in `path` belong to root of a cage, where that is somebody else; links are not followed."""
    if ids is None or os.lstat(path).st_uid == ids[0]:
        return
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            os.lchown(f"{folder}/{name}", ids[0], ids[0])
    os.lchown(path, ids[0], ids[0])


@functools.cache
def probe() -> Protections:
    """Try what this machine allows, once: each way to make a cage, from the tightest on."""
    root = os.geteuid() == 0
    reasons: list[str] = []
    for layers in (True, False):
        for ids in (_IDS, None) if root else (None,):
            reason = _attempt(Protections(True, layers, ids))
            if reason is None:
                return Protections(True, layers, ids, tuple(_missing(root=root, layers=layers, ids=ids)))
            reasons.append(reason)
    why = reasons[-1].splitlines()[-1][:200] if reasons[-1] else "no reason was given"
    return Protections(
        False,
        missing=(
            "builds and jobs run without a cage: they see and can change what you can, your home directory and other "
            f"builds among it. This machine allows no user namespaces ({why})",
        ),
    )


def _missing(*, root: bool, layers: bool, ids: tuple[int, int] | None) -> list[str]:
    missing = []
    if not layers:
        missing.append("no overlay file systems: builds do not share downloaded packages, each gets them anew")
    if root and ids is None:
        missing.append("the programs are readable by root alone: builds run as root of this machine in their cages, "
                       "and how many processes one may start is not limited")  # fmt: skip
    return missing


def _attempt(wanted: Protections) -> str | None:
    """Why a cage of this kind does not work here, or None when it does."""
    with tempfile.TemporaryDirectory(prefix="rehearsal-cage-") as folder:
        place = Path(folder)
        shared, own = place / "shared", place / "own"
        for path in (shared / "sub", own):
            path.mkdir(parents=True)
        trial = Confinement(place / "aws", wanted)
        layers = (Layer(shared, own),) if wanted.layers else ()
        cage = Cage(trial, (place / "scratch",), layers=layers, network=False)
        test = f"open({str(shared / 'sub' / 'file')!r}, 'w').close(); " if wanted.layers else ""
        code = f"{test}import importlib.util, os; assert importlib.util.find_spec('json'); os.listdir({sys.prefix!r})"
        try:
            give(shared, wanted.ids)  # root of a container may not have these ids to give
            command = trial.command(cage, [sys.executable, "-I", "-c", code], Path("/"))
            done = subprocess.run(
                command, env=base_environment(), capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        return None if done.returncode == 0 else done.stderr.strip() or f"exit code {done.returncode}"
