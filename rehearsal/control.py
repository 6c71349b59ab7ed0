"""How the other `rehearse` commands ask a running embedded AWS: a socket in its directory, the user's alone.

One request a connection, a line of JSON each way: a command with its values in; lines of progress, then what it came to
or why it failed, out.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rehearsal.errors import RehearsalError

log = logging.getLogger(__name__)

Tell = Callable[[str], None]
Command = Callable[[Mapping[str, Any], Tell], Any]

_STEP = "rehearse"
_NAME = "control"
#: bytes of a path that a socket may be bound to, with the zero at its end (sockaddr_un)
_LONGEST = 108


class ControlSocket:
    """Serves `commands` by name until it is closed; one at a time, as they change the same AWS."""

    def __init__(self, directory: Path, commands: Mapping[str, Command]) -> None:
        self.path = directory / _NAME
        self.path.unlink(missing_ok=True)
        lock = threading.Lock()

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                def say(**what: Any) -> None:
                    self.wfile.write(json.dumps(what).encode() + b"\n")

                asked = json.loads(self.rfile.readline())
                with lock:
                    _answer(commands, asked, say)

        with _address(self.path) as address:
            self._server = socketserver.ThreadingUnixStreamServer(address, Handler)
        self._server.daemon_threads, self._server.block_on_close = True, False
        self.path.chmod(0o600)
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True, name="control").start()

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()
        self.path.unlink(missing_ok=True)


def ask(directory: Path, command: str, values: Mapping[str, Any], tell: Tell) -> Any:
    """Have the embedded AWS of `directory` do something; what it came to. Raises RehearsalError with its cause."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            with _address(directory / _NAME) as address:
                connection.connect(address)
            connection.sendall(json.dumps({"command": command, "values": dict(values)}).encode() + b"\n")
            for line in connection.makefile(encoding="utf-8"):
                said = json.loads(line)
                if "line" in said:
                    tell(said["line"])
                elif "error" in said:
                    error = said["error"]
                    raise RehearsalError(error["step"], error["cause"], error["log"] and Path(error["log"]))
                else:
                    return said["done"]
        except OSError as error:
            raise RehearsalError(command, f"the embedded AWS does not answer: {error}") from None
    raise RehearsalError(command, "the embedded AWS ended before it was done")


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """The path of a socket, or where it is too long one through its folder's descriptor: scratch may lie deep."""
    if len(os.fsencode(path)) < _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _answer(commands: Mapping[str, Command], asked: Mapping[str, Any], say: Callable[..., None]) -> None:
    try:
        call = commands.get(asked["command"])
        if call is None:
            raise RehearsalError(_STEP, f"this embedded AWS knows no {asked['command']}: it is of another version")
        say(done=call(asked["values"], lambda line: say(line=line)))
    except RehearsalError as error:
        say(error={"step": error.step, "cause": error.cause, "log": str(error.log) if error.log else None})
    except Exception as error:
        log.exception("%s failed", asked)
        say(error={"step": _STEP, "cause": f"{type(error).__name__}: {error}", "log": None})
