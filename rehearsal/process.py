"""The one place that starts subprocesses: each in a group of its own, its output read line by line, ended with us."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Line = Callable[[str], None]

# What a child may see of our environment: never AWS_* (they could be real), but what it takes to reach package
# registries and to print.
PASSED = ("PATH", "LANG", "LC_ALL", "TZ", "TERM", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
          "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO")  # fmt: skip
PASSED_PREFIXES = ("PIP_", "UV_", "NPM_CONFIG_", "npm_config_")
# Settings of ours that would lead the installations of a build or job out of its own directories.
_HARMFUL = ("UV_PROJECT_ENVIRONMENT", "UV_SYSTEM_PYTHON", "UV_PYTHON", "UV_TOOL_DIR", "UV_TOOL_BIN_DIR", "UV_TARGET",
            "UV_WORKING_DIRECTORY", "UV_PROJECT", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV",
            "PIP_PYTHON", "PIP_BREAK_SYSTEM_PACKAGES")  # fmt: skip
# what makes a cage, as root perhaps; the variables of what runs in it come to it under other names, so that neither its
# loader nor it itself follows them (LD_PRELOAD)
LAUNCHER = Path(__file__).parent / "confinement" / "launcher.py"
CARRIED = "CAGE:"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")


_TAKING = 5  # seconds that what was killed may take to end
_LINE, _OUTPUT = 1 << 16, 64 << 20  # characters of a line and of all output of one process that are kept


@dataclass(frozen=True)
class Exit:
    """How a process ended: `code` as a shell shows it (128+n for signal n); `reason` when we ended it, else None."""

    code: int
    reason: str | None = None


@dataclass(frozen=True)
class Output:
    """What a short command returned: its exit code as a shell shows it, and its bytes."""

    code: int
    stdout: bytes
    stderr: bytes


def base_environment() -> dict[str, str]:
    """The part of our environment that children get: no AWS variable, no credentials."""
    keep = {*PASSED, *PROXIES, *(name.lower() for name in PROXIES)}
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in keep or (name.startswith(PASSED_PREFIXES) and name not in _HARMFUL)
    }
    # The embedded AWS is on this machine: no proxy, no instance metadata, no files of the user.
    local = "127.0.0.1,localhost"
    for name in ("NO_PROXY", "no_proxy"):
        passed[name] = f"{passed[name]},{local}" if passed.get(name) else local
    own = {"AWS_EC2_METADATA_DISABLED": "true", "PYTHONUNBUFFERED": "1"}
    # Threads of OpenMP that wait by spinning take the cores that other jobs compute on.
    return passed | own | {"OMP_WAIT_POLICY": "passive"}


def base_python() -> str:
    """The Python that a virtual environment is of: it starts at once, and stays when that environment goes."""
    return str(getattr(sys, "_base_executable", sys.executable))


class Processes:
    """The running children of one embedded AWS. `close` ends them all. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[int, Child] = {}
        self._short: dict[int, subprocess.Popen[bytes]] = {}
        self._closed = False

    def start(
        self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], on_line: Line, stdin: str = ""
    ) -> Child:
        """Start `command` with exactly `env`; stdout and stderr arrive together at `on_line`, without line ends.

        Raises RuntimeError.
        """
        with self._lock:
            text = {"text": True, "encoding": "utf-8", "errors": "replace"}
            popen = self._open(command, cwd, env, stderr=subprocess.STDOUT, **text)
            child = Child(popen, on_line, stdin)
            self._running[popen.pid] = child
        return child

    def run(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        on_line: Line,
        timeout: float | None = None,
        stdin: str = "",
    ) -> Exit:
        """Start `command` and wait for it, `timeout` seconds at most."""
        child = self.start(command, cwd=cwd, env=env, on_line=on_line, stdin=stdin)
        return self.wait(child, timeout)

    def communicate(
        self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: bytes = b"", timeout: float = 120
    ) -> Output:
        """Run a short, binary-safe command: `stdin` in, stdout and stderr out, apart from each other.

        Raises TimeoutError when it has not ended after `timeout` seconds; its group is killed then.
        """
        with self._lock:
            popen = self._open(command, cwd, env, stderr=subprocess.PIPE)
            self._short[popen.pid] = popen
        try:
            out, err = popen.communicate(stdin, timeout)
        except subprocess.TimeoutExpired:
            kill_group(popen.pid)
            popen.communicate()
            end_group(popen.pid)
            raise TimeoutError(f"{' '.join(command)} timed out after {timeout:g} s") from None
        finally:
            with self._lock:
                self._short.pop(popen.pid, None)
        code = popen.returncode
        return Output(128 - code if code < 0 else code, out, err)

    def serve(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], stream: int) -> None:
        """Run a command whose stdin and stdout are the socket `stream`, to its end; what it says on stderr is lost."""
        streams = {"stdin": stream, "stdout": stream, "stderr": subprocess.DEVNULL}
        with self._lock:
            popen = self._open(command, cwd, env, **streams)
            self._short[popen.pid] = popen
        try:
            popen.wait()
            end_group(popen.pid)
        finally:
            with self._lock:
                self._short.pop(popen.pid, None)

    def _open(self, command: Sequence[str], cwd: Path, env: Mapping[str, str], **options: Any) -> Any:
        """A process in a group of its own, with pipes. Raises RuntimeError when no more may be started."""
        if self._closed:
            raise RuntimeError("the embedded AWS is shutting down")
        if str(LAUNCHER) in command:
            env = {f"{CARRIED}{name}": value for name, value in env.items()}
        options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "start_new_session": True} | options
        return subprocess.Popen(list(command), cwd=cwd, env=dict(env), **options)

    def wait(self, child: Child, timeout: float | None = None) -> Exit:
        """Wait for a started child; past `timeout` seconds its whole group is killed."""
        try:
            return child.wait(timeout)
        finally:
            with self._lock:
                self._running.pop(child.pid, None)

    def close(self) -> None:
        """End every running child and its descendants."""
        with self._lock:
            self._closed = True
            running = list(self._running.values())
            short = list(self._short)
        for pid in short:
            kill_group(pid)
        for child in running:
            child.stop("the embedded AWS was shut down")


class Child:
    """A running process and its group."""

    def __init__(self, popen: subprocess.Popen[str], on_line: Line, stdin: str) -> None:
        self.pid = popen.pid
        self._popen = popen
        self._reason: str | None = None
        self._reader = threading.Thread(target=self._read, args=(on_line,), daemon=True, name=f"output-{popen.pid}")
        self._reader.start()
        if popen.stdin:
            with contextlib.suppress(BrokenPipeError):
                popen.stdin.write(stdin)
                popen.stdin.close()

    def _read(self, on_line: Line) -> None:
        assert self._popen.stdout
        read = 0
        with self._popen.stdout as output:  # whoever keeps this child keeps no pipe with it
            while line := output.readline(_LINE):
                read += len(line)
                if read <= _OUTPUT:
                    on_line(line.rstrip("\n"))
                elif read - len(line) <= _OUTPUT:
                    on_line(f"[rehearsal] more than {_OUTPUT} characters of output: the rest is dropped")

    @property
    def runs(self) -> bool:
        """Whether the process has not ended."""
        return self._popen.poll() is None

    def wait(self, timeout: float | None = None) -> Exit:
        """Wait until the process ended and its output was read."""
        try:
            code = self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.stop(f"timed out after {timeout:g} s")
            code = self._popen.wait()
        end_group(self.pid)  # what it left behind in its group must not outlive it
        self._reader.join(timeout=5)
        return Exit(128 - code if code < 0 else code, self._reason)

    def stop(self, reason: str) -> None:
        """Kill the process group; `reason` appears in the Exit."""
        self._reason = self._reason or reason
        self._kill_group()

    def _kill_group(self) -> None:
        kill_group(self.pid)


def kill_group(pid: int) -> None:
    """Kill the process group led by `pid`, if it is still there."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def end_group(pid: int) -> None:
    """Kill what is left of a group whose leader has ended and was waited for, and take its members' ends.

    Children of the leader become those of the first process of a namespace, which this one may be: nobody else would
    ever wait for them. https://man7.org/linux/man-pages/man2/wait.2.html
    """
    kill_group(pid)
    until = time.monotonic() + _TAKING
    with contextlib.suppress(ChildProcessError):  # none of its members is a child of ours, or all have been taken
        while os.waitpid(-pid, os.WNOHANG)[0] or time.monotonic() < until:
            time.sleep(0.001)
