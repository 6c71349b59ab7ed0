"""Where jobs ask for OIDC tokens: an HTTP server that cages reach, one request token a job.

https://docs.github.com/en/actions/reference/security/oidc
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

from rehearsal.confinement.cage import Confinement
from rehearsal.http_server import HttpServer

Sign = Callable[[Mapping[str, str], str], str]
"""Claims and audience -> token."""


class IdTokenServer:
    """Answers `ACTIONS_ID_TOKEN_REQUEST_URL` with what `sign` makes of the claims of the job. Thread-safe."""

    def __init__(self, confinement: Confinement, sign: Sign) -> None:
        self._confinement, self._sign = confinement, sign
        self._claims: dict[str, Mapping[str, str]] = {}
        self._lock = threading.Lock()
        self._server: HttpServer | None = None

    def open(self, claims: Mapping[str, str]) -> tuple[str, str]:
        """URL and request token for a job."""
        with self._lock:
            if self._server is None:
                self._server = HttpServer(self._answer)
                self._server.start()
                self._confinement.open(self._server.port, self._server.answer)
            token = secrets.token_urlsafe(32)
            self._claims[token] = dict(claims)
            return f"{self._server.url}/idtoken?api-version=2.0", token

    def close(self, token: str) -> None:
        """Answer a request token no more."""
        with self._lock:
            self._claims.pop(token, None)

    def end(self) -> None:
        """Stop listening."""
        with self._lock:
            self._claims.clear()
            if self._server is not None:
                self._server.close()
                self._server = None

    def _answer(self, environ: Mapping[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        kind, _, token = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
        with self._lock:
            claims = self._claims.get(token) if kind.lower() == "bearer" else None
        if claims is None:
            return _say(start, "401 Unauthorized", {"message": "the request token is not one of a job that runs"})
        if environ.get("REQUEST_METHOD") not in ("GET", "POST"):
            return _say(start, "405 Method Not Allowed", {"message": "expected GET"})
        asked = parse_qs(str(environ.get("QUERY_STRING", ""))).get("audience")
        audience = asked[0] if asked else f"https://github.com/{claims['repository_owner']}"
        return _say(start, "200 OK", {"value": self._sign(claims, audience)})


def _say(start: Callable[..., Any], status: str, body: Mapping[str, str]) -> Iterable[bytes]:
    data = json.dumps(body).encode()
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(data)))])
    return [data]
