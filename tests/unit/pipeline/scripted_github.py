"""A GitHub that keeps what it is told, over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ScriptedGitHub:
    """Statuses and comments of one repository; with `refuses` every answer is that HTTP status."""

    def __init__(self) -> None:
        self.statuses: list[tuple[str, dict[str, Any]]] = []
        self.comments: list[dict[str, Any]] = []
        self.refuses = 0
        self.tokens: set[str] = set()
        double = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:
                pass

            def _answer(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
                double.tokens.add(self.headers.get("Authorization", ""))
                status, content = double.answer(self.command, self.path, body)
                self.send_response(double.refuses or status)
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())

            do_GET = do_POST = do_PATCH = _answer

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if self.refuses:
            return self.refuses, {"message": "no"}
        path, _, query = path.partition("?")
        if "/statuses/" in path:
            self.statuses.append((path.rpartition("/")[2], body))
            return 201, {}
        if method == "GET":
            page = int(query.rpartition("page=")[2])
            return 200, self.comments[100 * (page - 1) : 100 * page]
        if method == "POST":
            made = {"id": len(self.comments) + 1, "user": {"type": "Bot"}, **body}
            self.comments.append(made)
            return 201, made
        found = next(each for each in self.comments if each["id"] == int(path.rpartition("/")[2]))
        found.update(body)
        return 200, found


@contextmanager
def scripted_github() -> Iterator[ScriptedGitHub]:
    double = ScriptedGitHub()
    yield double
    double.server.shutdown()
    double.server.server_close()
