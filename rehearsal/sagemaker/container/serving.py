"""The container contract on the Unix socket /opt/ml/socket: `GET /ping`, `POST /invocations`.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

import os
import socketserver
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

Respond = Callable[[bytes, Any], tuple[str, bytes]]


class Refused(Exception):
    """A request is answered with an error: HTTP status and text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Handler(BaseHTTPRequestHandler):
    """Answers with what the server's `respond` makes of body and headers: a content type and bytes."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The health check."""
        self.answer(200 if self.path == "/ping" else 404, "text/plain", b"")

    def do_POST(self) -> None:
        """An invocation."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server: Any = self.server
        try:
            if not body:
                self.answer(204, "text/plain", b"")
                return
            self.answer(200, *server.respond(body, self.headers))
        except ConnectionError:  # whoever asked is gone: nobody to answer
            raise
        except Refused as refused:
            print(refused, flush=True)
            self.answer(refused.status, "text/html; charset=utf-8", str(refused).encode())
        except Exception as error:
            print(f"{type(error).__name__}: {error}", flush=True)
            self.answer(500, "text/html; charset=utf-8", f"{type(error).__name__}: {error}".encode())

    def answer(self, status: int, kind: str, body: bytes) -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Print everything but health checks."""
        if self.path != "/ping":
            print(f'"{self.requestline}" {code}', flush=True)

    def address_string(self) -> str:
        """A Unix socket has none."""
        return "local"


class Server(socketserver.ThreadingUnixStreamServer):
    """Serves one model."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is a line of the log, and anything else a traceback."""
        if isinstance(sys.exc_info()[1], ConnectionError):
            print("the caller went away before it had the answer", flush=True)
        else:
            super().handle_error(request, client_address)


def serve(respond: Respond, greeting: str) -> None:
    """Answer until killed."""
    os.chdir("/opt/ml")  # the address of a socket is short
    Path("socket").unlink(missing_ok=True)
    with Server("socket", Handler) as server:
        made: Any = server
        made.respond = respond
        print(f"[embedded AWS] {greeting}", flush=True)
        server.serve_forever()
