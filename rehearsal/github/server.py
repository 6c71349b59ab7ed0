"""One server for all hosts: git, the API and the issuer, told apart by the host or, on this machine, by the path."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from werkzeug.wrappers import Request, Response

from rehearsal.github.answers import Failed
from rehearsal.github.api import Api
from rehearsal.github.git_http import GitOverHttp
from rehearsal.github.issuer import Issuer
from rehearsal.github.repositories import GITHUB, OTHERS
from rehearsal.github.tokens import Token, Tokens

log = logging.getLogger(__name__)

API_HOST = f"api.{GITHUB}"
API_PATH = "/api/v3"  # where an Enterprise Server has it


class Application:
    """WSGI application.

    At 127.0.0.1 git is below /HOST, the API below /api/v3, and what an issuer publishes at `/issuers/HOST/...`.
    """

    def __init__(self, api: Api, git: GitOverHttp, tokens: Tokens, issuers: Mapping[str, Issuer]) -> None:
        self._api = api
        self._git = git
        self._tokens = tokens
        self._issuers = issuers

    def stands_for(self, host: str) -> bool:
        """Whether a host is one of these."""
        return host in (API_HOST, GITHUB, *OTHERS) or host in {urlsplit(url).hostname for url in self._issuers}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: D102 (WSGI)
        request = Request(environ)
        try:
            response = self._answer(request)
        except KeyError:
            response = _json(Failed(401, "Bad credentials").body, 401)
        except Exception:
            log.exception("%s %s failed in the rehearsal's GitHub", request.method, request.path)
            response = _json(Failed(500, "the rehearsal's GitHub failed; its log has the cause").body, 500)
        answer: Iterable[bytes] = response(environ, start_response)
        return answer

    def _answer(self, request: Request) -> Response:
        host, path = _place(request)
        if (published := self._published(host, path)) is not None:
            return published
        token: Token | None = self._tokens.of_header(request.headers.get("Authorization"))
        if host == API_HOST:
            return self._api.answer(path, request, token)
        if host == GITHUB and path.startswith(f"{API_PATH}/"):
            return self._api.answer(path.removeprefix(API_PATH), request, token)
        inner = Request({**request.environ, "PATH_INFO": path})
        answer = self._git.answer(host, inner, token)
        if answer is None:
            return _json(Failed(501, f"the rehearsal's {host} does not support {request.method} {path}").body, 501)
        return answer

    def _published(self, host: str, path: str) -> Response | None:
        for url, issuer in self._issuers.items():
            parts = urlsplit(url)
            if parts.hostname == host:
                if path == f"{parts.path}/.well-known/openid-configuration":
                    return _json(issuer.discovery())
                if path == f"{parts.path}/.well-known/jwks":
                    return _json(issuer.jwks())
        return None


def _place(request: Request) -> tuple[str, str]:
    """The host that is meant, and the path there."""
    host = request.host.partition(":")[0].lower()
    if host not in ("127.0.0.1", "localhost"):
        return host, request.path
    first, _, rest = request.path.removeprefix("/").partition("/")
    if first == "issuers":
        named, _, rest = rest.partition("/")
        return named, f"/{rest}"
    return (first, f"/{rest}") if first in (GITHUB, *OTHERS) else (GITHUB, request.path)


def _json(value: Mapping[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(value), status=status, content_type="application/json; charset=utf-8")
