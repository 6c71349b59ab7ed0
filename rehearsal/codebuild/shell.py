"""One shell for a whole build: `cd`, `export`, functions and variables of one command are there for the next.

AWS runs all commands of a version 0.2 buildspec in one instance of the shell. Here a bash reads the path of one
script after the other from a named pipe and sources it. When a command ends that shell (`exit`, `set -e`), its
directory, variables and functions move on to a new one, so that later phases still run.
"""

from __future__ import annotations

import os
import queue
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from rehearsal.confinement.cage import Cage
from rehearsal.process import Child, Processes

_DRIVER = r"""
__cb_pipe=$1 __cb_state=$2 __cb_mark=$3; set --
__cb_own='__cb_|BASH|PIPESTATUS|FUNCNAME|GROUPS|DIRSTACK|SECONDS|S?RANDOM|EPOCH|LINENO|PPID|SHLVL|_='
exec 98<>"$__cb_pipe" 99>&1
__cb_save() {
  { declare -p | grep -v -E "^declare -[a-zA-Z]*r|^declare -[-a-zA-Z]* ($__cb_own)"
    declare -f
    printf 'cd %q\n' "$PWD"
  } >"$__cb_state.new" 2>/dev/null && mv "$__cb_state.new" "$__cb_state"
}
if [ -f "$__cb_state" ]; then . "$__cb_state"; fi
trap __cb_save EXIT
__cb_flags=
while { IFS= read -r -u 98 __cb_script; } 2>/dev/null; do
  case $__cb_flags in *x*) set -x;; esac
  . "$__cb_script" </dev/null
  { __cb_status=$?; __cb_flags=$-; set +x; __cb_save; printf '%s %d\n' "$__cb_mark" "$__cb_status" >&99; } 2>/dev/null
done
"""


class Shell:
    """A bash that runs commands one after the other. `run` is for one thread; `kill` may come from any.

    A `patient` one has a lower priority than the other processes of this machine.
    """

    def __init__(
        self,
        processes: Processes,
        *,
        cage: Cage,
        directory: Path,
        cwd: Path,
        env: Mapping[str, str],
        posix: bool,
        on_line: Callable[[str], None],
        patient: bool = False,
    ) -> None:
        self._processes = processes
        self._cage = cage
        self._directory = directory
        self._cwd = cwd
        self._env = dict(env)
        self._command = [*(["nice", "-n", "5"] if patient else []), "bash", "--noprofile", "--norc"]
        self._command += [*(["--posix"] if posix else []), "-c", _DRIVER, "build"]
        self._on_line = on_line
        self._mark = f"::{secrets.token_hex(16)}"
        self._marked = re.compile(re.escape(self._mark) + r" (\d+)$")
        self._results: queue.Queue[tuple[str, int]] = queue.Queue()
        self._child: Child | None = None
        self._killed: str | None = None
        self._lock = threading.Lock()
        self._number = 0
        directory.mkdir(parents=True, exist_ok=True)
        self._pipe = directory / "commands"
        os.mkfifo(self._pipe, 0o600)
        cage.confinement.give(directory)
        self._writing = os.open(self._pipe, os.O_RDWR)  # both ways, so that opening it never waits for the other side

    def run(self, command: str) -> int:
        """Run one command and give back its exit status; 137 when the shell was killed."""
        while not self._results.empty():  # a shell that ended between two commands
            self._results.get()
            self._child = None
        if not self._start():
            return 137
        self._number += 1
        script = self._directory / f"{self._number}.sh"
        script.write_text(command + "\n", encoding="utf-8")
        script.chmod(0o644)  # whatever our umask is
        os.write(self._writing, f"{script}\n".encode())
        kind, status = self._results.get()
        if kind == "exit":
            self._child = None
        return status

    @property
    def killed(self) -> str | None:
        """Why `kill` was called, if it was."""
        return self._killed

    def kill(self, reason: str) -> None:
        """End the shell and everything it started, and start no other."""
        with self._lock:
            self._killed = self._killed or reason
            child = self._child
        if child:
            child.stop(reason)

    def close(self) -> None:
        """End the shell and what it left running in the background."""
        self.kill("the build ended")
        os.close(self._writing)

    def _start(self) -> bool:
        with self._lock:
            if self._killed:
                return False
            if self._child is None:
                arguments = [str(self._pipe), str(self._directory / "state"), self._mark]
                command = self._cage.command([*self._command, *arguments], self._cwd)
                child = self._processes.start(command, cwd=self._cwd, env=self._env, on_line=self._received)
                self._child = child
                threading.Thread(target=self._watch, args=(child,), daemon=True, name=f"shell-{child.pid}").start()
            return True

    def _received(self, line: str) -> None:
        found = self._marked.search(line)
        if not found:
            self._on_line(line)
            return
        if found.start():
            self._on_line(line[: found.start()])
        self._results.put(("done", int(found[1])))

    def _watch(self, child: Child) -> None:
        ended = self._processes.wait(child)
        self._killed = self._killed or ended.reason
        self._results.put(("exit", ended.code))
