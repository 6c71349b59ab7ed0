"""A model's server when whoever asked went away before the answer."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from rehearsal.sagemaker.container.serving import Handler, Server


def test_a_caller_that_went_away_is_a_line_of_the_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    gone = threading.Event()

    def respond(_body: bytes, _headers: Any) -> tuple[str, bytes]:
        gone.wait(30)
        return "text/csv", b"1" * 10_000_000

    with Server(str(tmp_path / "socket"), Handler) as server:
        made: Any = server
        made.respond, server.daemon_threads, server.block_on_close = respond, False, True
        caller = socket.socket(socket.AF_UNIX)
        caller.connect(str(tmp_path / "socket"))
        caller.sendall(b"POST /invocations HTTP/1.1\r\nContent-Length: 1\r\n\r\n1")
        server.handle_request()
        caller.close()
        gone.set()
    said = capfd.readouterr()
    assert "the caller went away before it had the answer" in said.out
    assert "Traceback" not in said.out + said.err
