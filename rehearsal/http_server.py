"""A WSGI application behind a socket on 127.0.0.1, with each header as it came."""

from __future__ import annotations

import socket
import threading
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from rehearsal import http_request


class HttpServer:
    """Serves `application` from now on; `port` 0 takes a free one."""

    def __init__(self, application: Any, port: int = 0) -> None:
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", port, application, threaded=True, request_handler=_Handler
        )
        self.port = int(self._server.server_port)
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True, name="gateway")

    def start(self) -> None:
        """Answer what comes."""
        self._thread.start()

    def answer(self, connection: socket.socket) -> None:
        """Answer a connection that did not come to the socket: out of a cage."""
        self._server.process_request(connection, ("127.0.0.1", 0))

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(WSGIRequestHandler):  # type: ignore[misc]
    def make_environ(self) -> dict[str, Any]:
        """The WSGI environment, with the headers as they came."""
        environ: dict[str, Any] = super().make_environ()
        http_request.note(environ, self)
        return environ

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests are not logged one by one."""
