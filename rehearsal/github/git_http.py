"""Git over HTTP, as git itself speaks it: reads and pushes, each as whoever the token is.

https://git-scm.com/docs/gitprotocol-http
"""

from __future__ import annotations

import re

from werkzeug.wrappers import Request, Response

from rehearsal import archives
from rehearsal.git import Git, GitError
from rehearsal.github import events
from rehearsal.github.pulls import Pulls
from rehearsal.github.repositories import Repositories, Repository
from rehearsal.github.tokens import Token

_PATH = re.compile(r"/(?P<name>[^/]+/.+?)(?:\.git)?/(?P<what>info/refs|git-upload-pack|git-receive-pack)", re.ASCII)
_LARGEST = 1 << 30  # bytes of a request that git sent compressed
_NO_CACHE = {"Cache-Control": "no-cache, max-age=0, must-revalidate"}
_LEVELS = {"git-upload-pack": "read", "git-receive-pack": "write"}


class GitOverHttp:
    """Answers git's requests, and tells of pushes by comparing the references before and after."""

    def __init__(self, repositories: Repositories, bus: events.Events, pulls: Pulls) -> None:
        self._repositories = repositories
        self._bus = bus
        self._pulls = pulls

    def answer(self, host: str, request: Request, token: Token | None) -> Response | None:
        """The answer to one of git's requests; None for any other."""
        found = _PATH.fullmatch(request.path)
        if found is None:
            return None
        what = found["what"]
        service = request.args.get("service", "") if what == "info/refs" else what
        if service not in _LEVELS or request.method != ("GET" if what == "info/refs" else "POST"):
            return _text(403, "Please upgrade your git client.")
        if token is None:
            return _text(401, "Authentication required", {"WWW-Authenticate": 'Basic realm="GitHub"'})
        repository = self._repositories.find(found["name"], host)
        if repository is None or not token.may(repository.name, "contents", "read"):
            return _text(404, f"Repository not found: {host} of this rehearsal has no {found['name']} for you.")
        return self._allowed(repository, service, request, token, advertise=what == "info/refs")

    def _allowed(
        self, repository: Repository, service: str, request: Request, token: Token, *, advertise: bool
    ) -> Response:
        if not token.may(repository.name, "contents", _LEVELS[service]):
            return _text(403, f"Write access to repository not granted: {repository.name}")
        try:
            return self._speak(repository, service, request, token, advertise=advertise)
        except (GitError, OSError, EOFError, archives.Unreadable) as error:
            return _text(400, str(error))

    def _speak(
        self, repository: Repository, service: str, request: Request, token: Token, *, advertise: bool
    ) -> Response:
        program, protocol = service.removeprefix("git-"), request.headers.get("Git-Protocol", "")
        body = request.get_data()
        if request.headers.get("Content-Encoding") == "gzip":
            body = archives.gunzip(body, largest=_LARGEST)
        if advertise:
            said = repository.git.rpc(program, b"", advertise=True, protocol=protocol)
            line = f"# service={service}\n"
            said = f"{len(line) + 4:04x}{line}0000".encode() + said
            return Response(said, headers=_NO_CACHE, content_type=f"application/x-{service}-advertisement")
        if program == "upload-pack":
            said = repository.git.rpc(program, body, advertise=False, protocol=protocol)
        else:
            said = self._push(repository, body, protocol, token)
        return Response(said, headers=_NO_CACHE, content_type=f"application/x-{service}-result")

    def _push(self, repository: Repository, body: bytes, protocol: str, token: Token) -> bytes:
        with repository.lock:
            before = _pushable(repository.git)
            said = repository.git.rpc("receive-pack", body, advertise=False, protocol=protocol)
            after = _pushable(repository.git)
        for ref in sorted({*before, *after}):
            if before.get(ref) != after.get(ref):
                self.moved(repository, ref, before.get(ref), after.get(ref), token.login)
        return said

    def moved(self, repository: Repository, ref: str, before: str | None, after: str | None, login: str) -> None:
        """Tell of a branch or tag that moved."""
        heads = repository.git.branches()
        if repository.default_branch not in heads and ref.startswith("refs/heads/") and after:
            repository.default_branch = ref.removeprefix("refs/heads/")
            repository.git.set_head(repository.default_branch)
        self._bus.put(repository, events.push(repository, ref, before, after, login))
        self._pulls.pushed(repository, ref, login)


def _pushable(git: Git) -> dict[str, str]:
    return {ref: found for ref, found in git.references().items() if ref.startswith(("refs/heads/", "refs/tags/"))}


def _text(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return Response(text + "\n", status=status, headers=headers, content_type="text/plain; charset=utf-8")
