"""The way to the repositories: git speaks to them in this process's care; whoever asks never sees their files.

A pull or push that was allowed gets a ticket, which opens one connection to git in one repository.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading

from rehearsal.git import Git
from rehearsal.process import Processes

_LENGTH = 43  # characters of a ticket
_SECONDS = 60.0  # that a client has to show its ticket
_PROGRAMS = {"GitPull": "upload-pack", "GitPush": "receive-pack"}


PROOF = "REHEARSAL_HOOK_PROOF"  # the variable in which hooks find it


class GitDoor:
    """Listens on a free port of 127.0.0.1. `proof` shows that a hook speaks, not a client. Thread-safe."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self.proof = secrets.token_urlsafe(32)
        self._tickets: dict[str, tuple[Git, str, dict[str, str]]] = {}
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True, name="git door").start()

    def ticket(self, git: Git, operation: str, variables: dict[str, str]) -> str:
        """One connection for `operation` (GitPull or GitPush); the hooks get `variables`."""
        made = secrets.token_urlsafe(32)
        with self._lock:
            self._tickets[made] = (git, _PROGRAMS[operation], variables | {PROOF: self.proof})
        return made

    def answer(self, connection: socket.socket) -> None:
        """Serve one connection in a thread of its own."""
        threading.Thread(target=self._serve, args=(connection,), daemon=True, name="git").start()

    def close(self) -> None:
        """Listen no more."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.answer(connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(_SECONDS)
            try:
                shown = connection.recv(_LENGTH, socket.MSG_WAITALL).decode("ascii", "replace")
            except OSError:
                return
            with self._lock:
                found = self._tickets.pop(shown, None)
            if found is None:
                return
            connection.settimeout(None)
            git, program, variables = found
            git.speak(program, connection.fileno(), variables)
