"""The REST API: paths, the permission that each needs, and refusals in GitHub's words.

https://docs.github.com/en/rest
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Request, Response

from rehearsal.github.answers import Failed
from rehearsal.github.repositories import Repositories, Repository
from rehearsal.github.tokens import Token

_PLACE = re.compile(r"\{(\w+)\}")
_REPOSITORY = re.compile(r"/repos/(?P<name>[^/]+/[^/]+)(?P<rest>/.*)?")


@dataclass(frozen=True)
class Call:
    """One request: for which repository, by whom, with which parts of the path, query and body."""

    repository: Repository
    token: Token
    parts: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]

    def need(self, *names: str, of: str) -> None:
        """Raises Failed for members of the body that are missing."""
        for name in names:
            if self.body.get(name) in (None, ""):
                raise Failed.validation(of, name, "missing_field")


Handler = Callable[[Call], tuple[int, Any]]


@dataclass(frozen=True)
class Route:
    """A method and path below /repos/OWNER/NAME, and any of the permissions with which it may be asked."""

    method: str
    path: str
    permissions: tuple[str, ...]
    handler: Handler

    @property
    def level(self) -> str:
        """What is needed of the permission."""
        return "read" if self.method == "GET" else "write"

    def matches(self, path: str) -> dict[str, str] | None:
        """The parts of a path that is this one, or None."""
        pattern = _PLACE.sub(lambda found: f"(?P<{found[1]}>{'.+' if found[1] in ('file', 'ref') else '[^/]+'})",
                             self.path)  # fmt: skip
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found else None


class Api:
    """Answers the requests of api.github.com. What it does not have it refuses by its name (501)."""

    def __init__(self, repositories: Repositories, routes: tuple[Route, ...]) -> None:
        self._repositories = repositories
        self._routes = routes

    def answer(self, path: str, request: Request, token: Token | None) -> Response:
        """The answer to one request."""
        try:
            status, value = self._answer(path, request, token)
        except Failed as failed:
            status, value = failed.status, failed.body
        if value is None:
            return Response(status=status)
        return Response(json.dumps(value), status=status, content_type="application/json; charset=utf-8")

    def _answer(self, path: str, request: Request, token: Token | None) -> tuple[int, Any]:
        if token is None:
            raise Failed(401, "Requires authentication")
        if (request.method, path) == ("GET", "/user"):
            return 200, {"login": token.login}
        found = _REPOSITORY.fullmatch(path)
        if found is None:
            raise Failed(501, f"the rehearsal's GitHub does not support {request.method} {path}")
        repository = self._repositories.find(found["name"])
        if repository is None or not token.may(repository.name, "metadata", "read"):
            raise Failed(404, "Not Found")
        rest = found["rest"] or ""
        matched = [(route, parts) for route in self._routes if (parts := route.matches(rest)) is not None]
        route, parts = next(((route, parts) for route, parts in matched if route.method == request.method), (None, {}))
        if route is None:
            raise Failed(501, f"the rehearsal's GitHub does not support {request.method} {path}")
        if not any(token.may(repository.name, each, route.level) for each in route.permissions):
            who = "integration" if token.repository else "personal access token"
            raise Failed(403, f"Resource not accessible by {who}")
        return route.handler(Call(repository, token, parts, request.args.to_dict(), _body(request)))


def _body(request: Request) -> Mapping[str, Any]:
    text = request.get_data()
    if not text:
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        raise Failed(400, "Problems parsing JSON") from None
    if not isinstance(value, dict):
        raise Failed(400, "Body should be a JSON object")
    return value
