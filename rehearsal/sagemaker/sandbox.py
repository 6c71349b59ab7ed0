"""Gives a process the container paths (`/opt/ml`) without a container: in a cage, where this machine allows one.

Elsewhere the first of bwrap, unshare (as an ordinary user or as root) and proot that works when it is run once. They
make paths and do not guard the machine: a job then sees the rest of the file system as the user who runs it.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rehearsal.confinement import visible
from rehearsal.confinement.cage import Cage, Confinement
from rehearsal.process import Processes, base_environment

Wrap = Callable[[Path, bool], list[str]]

# Puts $1 at /opt/ml in the mount namespace this runs in, keeps what else is in /opt, then becomes the rest of its
# arguments. $2 is an empty directory that is used on the way.
_MOUNTS = """
set -e
mount --make-rprivate /
if [ -d /opt ]; then
  mount --rbind /opt "$2"
  mount -t tmpfs tmpfs /opt
  for entry in "$2"/* "$2"/.[!.]*; do
    name=${entry##*/}
    if [ -L "$entry" ]; then cp -P "$entry" "/opt/$name"
    elif [ "$name" = ml ]; then :
    elif [ -d "$entry" ]; then mkdir "/opt/$name"; mount --rbind "$entry" "/opt/$name"
    elif [ -e "$entry" ]; then : > "/opt/$name"; mount --bind "$entry" "/opt/$name"
    fi
  done
  umount -l "$2"
  mkdir /opt/ml
fi
mount --bind "$1" /opt/ml
shift 2
exec "$@"
"""


@dataclass(frozen=True)
class Room:
    """What a process has of its own: `ml`, more directories that it may write, what it reads, files of its image."""

    ml: Path
    cwd: Path
    python: Path
    write: tuple[Path, ...] = ()
    read: tuple[Path, ...] = ()
    places: tuple[tuple[str, Path], ...] = ()


class SandboxError(Exception):
    """No way to make the container paths works on this machine."""


@dataclass(frozen=True)
class _Method:
    name: str
    program: str
    wrap: Wrap
    isolates: bool  # whether it can take the network away


class Sandbox:
    """Wraps commands so that they see a directory of ours at /opt/ml. Thread-safe."""

    def __init__(self, processes: Processes, directory: Path, confinement: Confinement) -> None:
        self._processes = processes
        self._directory = directory
        self._confinement = confinement
        self._lock = threading.Lock()
        self._chosen: dict[bool, _Method] = {}
        self._guard: list[str] | None = None

    def command(self, room: Room, arguments: Sequence[str], *, isolated: bool) -> list[str]:
        """`arguments` with the room's `ml` at /opt/ml; `isolated` also without any network.

        Raises SandboxError when this machine allows none of the methods.
        """
        if self._confinement.protections.cages:
            return self.cage(room, isolated=isolated).command(arguments, room.cwd)
        if room.places:
            raise SandboxError("this machine allows no cages, and without one an image of one's own cannot be run")
        ml = room.ml
        method = self._method(isolated)
        return [*(self._guard or ()), *method.wrap(ml, isolated), *arguments]

    def cage(self, room: Room, *, isolated: bool) -> Cage:
        """Where the process runs."""
        read = (*visible.python(room.python), *room.read)
        return Cage(self._confinement, room.write, read=read, ml=room.ml, network=not isolated, places=room.places)

    def _method(self, isolated: bool) -> _Method:
        with self._lock:
            if self._guard is None:
                # so that a job ends with this process even when that is killed
                guard = ["setpriv", "--pdeathsig", "KILL", "--"]
                self._guard = guard if self._works([*guard, "true"]) else []
            if isolated not in self._chosen:
                self._chosen[isolated] = self._probe(isolated)
            return self._chosen[isolated]

    def _works(self, command: list[str]) -> bool:
        if shutil.which(command[0]) is None:
            return False
        output = self._processes.communicate(command, cwd=self._directory, env=base_environment(), timeout=20)
        return output.code == 0

    def _probe(self, isolated: bool) -> _Method:
        probe = self._directory / "sandbox-probe"
        (probe / "ml").mkdir(parents=True, exist_ok=True)
        (probe / "ml" / "here").touch()
        tried = []
        for method in _METHODS:
            if shutil.which(method.program) is None or (isolated and not method.isolates):
                continue
            output = self._processes.communicate(
                [*method.wrap(probe / "ml", isolated), "test", "-f", "/opt/ml/here"],
                cwd=probe,
                env=base_environment(),
                timeout=20,
            )
            if output.code == 0:
                shutil.rmtree(probe)
                return method
            tried.append(f"{method.name} ({output.stderr.decode(errors='replace').strip()[:200]})")
        what = "without network (EnableNetworkIsolation)" if isolated else "with the container paths /opt/ml"
        raise SandboxError(
            f"cannot run a job {what} on this machine: bwrap, unshare and proot are missing or not allowed to; "
            f"tried: {'; '.join(tried) or 'none is installed'}. Install bubblewrap, or allow user namespaces"
        )


def _bwrap(ml: Path, isolated: bool) -> list[str]:
    opt = []
    for entry in sorted(Path("/opt").iterdir()) if Path("/opt").is_dir() else []:
        if entry.is_symlink():
            opt += ["--symlink", str(entry.readlink()), str(entry)]
        elif entry.name != "ml":
            opt += ["--dev-bind", str(entry), str(entry)]
    # in a PID namespace whatever a job leaves running ends with it
    start = ["bwrap", "--die-with-parent", "--unshare-pid", *(["--unshare-net"] if isolated else [])]
    mounts = ["--dev-bind", "/", "/", "--proc", "/proc", "--tmpfs", "/opt", *opt, "--bind", str(ml), "/opt/ml"]
    return [*start, *mounts, "--"]


def _unshare(*namespaces: str) -> Wrap:
    def wrap(ml: Path, isolated: bool) -> list[str]:
        stage = ml.parent / "opt"
        stage.mkdir(exist_ok=True)
        network = ["--net"] if isolated else []
        shell = ["sh", "-c", _MOUNTS, "sh", str(ml), str(stage)]
        return ["unshare", *namespaces, "--mount", *network, "--", *shell]

    return wrap


def _proot(ml: Path, isolated: bool) -> list[str]:
    return ["proot", "--kill-on-exit", "-b", f"{ml}:/opt/ml"]


_PID = ("--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc")
_METHODS = (
    _Method("bwrap", "bwrap", _bwrap, True),
    _Method("unshare with a PID namespace", "unshare", _unshare("--map-root-user", *_PID), True),
    _Method("unshare", "unshare", _unshare("--map-root-user"), True),
    *([_Method("unshare as root", "unshare", _unshare(), True)] if os.geteuid() == 0 else []),
    _Method("proot", "proot", _proot, False),
)
