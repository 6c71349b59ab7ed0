"""Doors of cages: ports on a cage's own loopback interface whose connections this process answers.

A cage is in a network of its own. Its launcher listens there, hands the listening sockets over and waits for the end
of the cage; so no byte is copied on the way, and nothing else of this machine can be reached.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

Answer = Callable[[socket.socket], None]
_MOST = 32  # doors of one cage
_BACKLOG = 128


class Doors:
    """The ports that cages can reach, and who answers there. `socket` is where launchers hand theirs over."""

    def __init__(self, directory: Path) -> None:
        self.socket = directory / "doors"
        self._answers: dict[int, Answer] = {}
        self._listening: socket.socket | None = None
        self._lock = threading.Lock()

    def open(self, port: int, answer: Answer) -> None:
        """From now on cages have a door at `port`: `answer` gets each connection and closes it."""
        with self._lock:
            self._answers[port] = answer
            if self._listening is None:
                self._listening = self._listen()
                threading.Thread(target=self._accept, args=(self._listening,), daemon=True, name="doors").start()

    def ports(self) -> list[int]:
        """All of them."""
        with self._lock:
            return sorted(self._answers)

    def close(self) -> None:
        """Answer no more."""
        with self._lock:
            self._answers.clear()
            if self._listening is not None:
                with contextlib.suppress(OSError):
                    self._listening.shutdown(socket.SHUT_RDWR)
                self._listening.close()
                self.socket.unlink(missing_ok=True)

    def _listen(self) -> socket.socket:
        self.socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.socket.unlink(missing_ok=True)
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        handle = os.open(self.socket.parent, os.O_RDONLY | os.O_DIRECTORY)  # addresses of sockets are short
        made.bind(f"/proc/self/fd/{handle}/{self.socket.name}")
        os.close(handle)
        made.listen(_BACKLOG)
        return made

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                launcher, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._keep, args=(launcher,), daemon=True, name="cage").start()

    def _keep(self, launcher: socket.socket) -> None:
        """The doors of one cage, until its launcher ends."""
        handles: list[int] = []
        with launcher:
            user = struct.unpack("3i", launcher.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1]
            if user not in (0, os.geteuid()):
                return
            text, handles, _, _ = socket.recv_fds(launcher, 4096, _MOST)
            listening = [socket.socket(fileno=handle) for handle in handles]
            try:
                answers = {each: self._answers[port] for each, port in zip(listening, json.loads(text), strict=True)}
                launcher.sendall(b"x")
                while True:
                    ready, _, _ = select.select([launcher, *listening], [], [])
                    if launcher in ready:
                        return
                    for each in ready:
                        answers[each](each.accept()[0])
            except (OSError, ValueError, KeyError):
                return
            finally:
                for each in listening:
                    each.close()
