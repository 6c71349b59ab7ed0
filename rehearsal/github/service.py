"""GitHub as a whole: made with an embedded AWS, reachable by git and by requests, from cages by its own names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from rehearsal.confinement.cage import Confinement
from rehearsal.git import Identity
from rehearsal.github import events
from rehearsal.github.actions import Actions
from rehearsal.github.answers import seconds
from rehearsal.github.api import Api
from rehearsal.github.contents import Contents
from rehearsal.github.git_http import GitOverHttp
from rehearsal.github.issuer import Issuer
from rehearsal.github.ports import API, ISSUER, SERVER, GitHubEvent
from rehearsal.github.pulls import Pulls
from rehearsal.github.reports import Reports
from rehearsal.github.repositories import GITHUB, HOSTS, Repositories, Repository
from rehearsal.github.runs import Runs
from rehearsal.github.server import API_PATH, Application
from rehearsal.github.sources import Sources
from rehearsal.github.subjects import subject
from rehearsal.github.tokens import Tokens
from rehearsal.http_server import HttpServer
from rehearsal.process import Processes


class GitHubStandIn:
    """A `GitHub` (see `ports`) and the other hosts of connections. It listens once something is in it (`start`)."""

    url, api_url = SERVER, API

    def __init__(self, processes: Processes, confinement: Confinement, directory: Path, issuer: str = ISSUER) -> None:
        self._confinement = confinement
        self.repositories = Repositories(processes, directory / "github")
        self.bus = events.Events()
        self.tokens = Tokens()
        self.pulls = Pulls(self.repositories, self.bus)
        self.runs = Runs()
        self.sources = Sources(self.repositories, self.bus)
        self.issuers = {issuer: Issuer(issuer)}
        self._issuer = self.issuers[issuer]
        self._git = GitOverHttp(self.repositories, self.bus, self.pulls)
        parts = (Reports(self.pulls), Actions(self.bus), Contents(self.repositories), self.runs)
        self.routes = tuple(route for part in parts for route in part.routes())
        api = Api(self.repositories, self.routes)
        self._application = Application(api, self._git, self.tokens, self.issuers)
        self._server: HttpServer | None = None
        self._port = 0  # any, until it listens for the first time

    @property
    def endpoint(self) -> str:
        """Where this machine reaches all of it; it listens from now on."""
        return self.listen().url

    def listen(self) -> HttpServer:
        """Answer from now on, out of a snapshot where it did before."""
        if self._server is None:
            self._server = HttpServer(self._application, self._port)
            self._port = self._server.port
            self._server.start()
            self._confinement.open(self._server.port, self._server.answer, stands_for=self._application.stands_for)
        return self._server

    def create(
        self,
        name: str,
        files: Mapping[str, bytes] | None = None,
        *,
        host: str = GITHUB,
        message: str = "Initial commit",
    ) -> Repository:
        """A repository with a first commit of `files` on its default branch. Raises ValueError."""
        self.listen()
        made = self.repositories.create(name, host)
        if files:
            self.commit(made, made.default_branch, files, message, login=made.owner)
        return made

    def commit(
        self, repository: Repository, branch: str, files: Mapping[str, bytes], message: str, *, login: str
    ) -> str:
        """Put files on a branch (a new one comes off the default one), as a push of `login` would; the commit's id."""
        with repository.lock:
            tips = repository.git.branches()
            before = tips.get(branch)
            who = Identity(login, f"{login}@users.noreply.github.com", seconds())
            puts = {path: ("100644", content) for path, content in files.items()}
            sha = repository.git.write_commit(
                parent=before or tips.get(repository.default_branch),
                message=message,
                author=who,
                puts=puts,
                deletes=[],
                modes={},
            )
            repository.git.update(f"refs/heads/{branch}", sha, before)
        self._git.moved(repository, f"refs/heads/{branch}", before, sha, login)
        return sha

    def on_event(self, listener: Callable[[GitHubEvent], None]) -> None:
        """Call `listener` for each event that starts workflows, in order."""
        self.bus.workflows(listener)

    def archive(self, repository: str, sha: str) -> bytes:
        """A zip of the files of a commit. Raises KeyError without such a commit."""
        git = self.repositories.at(repository).git
        if git.resolve(sha) is None:
            raise KeyError(f"{repository} has no commit {sha}")
        return git.archive(sha)

    def read(self, repository: str, sha: str, path: str) -> bytes | None:
        """A file of a commit, or None."""
        git = self.repositories.at(repository).git
        entry = git.entry(sha, path) if git.resolve(sha) else None
        return git.blob(entry.object_id) if entry is not None and entry.kind == "blob" else None

    def git_environment(self, token: str | None = None) -> dict[str, str]:
        """The variables under which git reaches all hosts as `token` (None: nobody, who may nothing)."""
        pairs = self._git_settings(token)
        made = {"GIT_CONFIG_COUNT": str(len(pairs)), "GIT_TERMINAL_PROMPT": "0"}
        for number, (key, value) in enumerate(pairs):
            made |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return made

    def terminal_settings(self, login: str) -> list[tuple[str, str]]:
        """Settings with which git in a person's terminal reaches all hosts, beside the person's own ones.

        Each repository has one of its own: where several match git takes the longest, so that a person's
        `url.git@github.com:.insteadOf https://github.com/` (or `pushInsteadOf`) does not lead to the real one.
        """
        pairs = self._git_settings(self.person_token(login))
        for each in self.repositories.all():
            here = f"url.{self.endpoint}/{each.host}/{each.name}"
            pairs += [(f"{here}.{key}", each.url) for key in ("insteadOf", "pushInsteadOf")]
        return pairs

    def terminal_environment(self, login: str) -> dict[str, str]:
        """What programs in a person's terminal ask the API with."""
        return {"GITHUB_API_URL": self.api_endpoint(), "GITHUB_TOKEN": self.person_token(login)}

    def _git_settings(self, token: str | None) -> list[tuple[str, str]]:
        pairs = [(f"url.{self.endpoint}/{host}/.insteadOf", f"https://{host}/") for host in HOSTS]
        if token:
            pairs.append((f"http.{self.endpoint}/.extraHeader", f"Authorization: bearer {token}"))
        return pairs

    def api_endpoint(self) -> str:
        """Where this machine reaches the API (GITHUB_API_URL outside of cages)."""
        return self.endpoint + API_PATH

    def issue_as(self, url: str) -> None:
        """Sign tokens as another issuer from now on: an Enterprise Server's (`https://HOST/_services/token`)."""
        self._issuer = self.issuers.setdefault(url, Issuer(url))

    def id_token(self, claims: Mapping[str, str], audience: str) -> str:
        """A signed token of a job. Without `sub` it gets the one that its repository's template makes of the claims."""
        if "sub" not in claims:
            of = self.repositories.at(claims["repository"])
            numbers = (of.owner_number, of.number) if of.immutable else None
            claims = {**claims, "sub": subject(claims, of.subject, numbers)}
        return self._issuer.sign(claims, audience)

    def job_token(self, repository: str, permissions: Mapping[str, str]) -> str:
        """A GITHUB_TOKEN of one repository. Raises KeyError, and ValueError for permissions that are none."""
        return self.tokens.job(self.repositories.at(repository).name, permissions)

    def person_token(self, login: str) -> str:
        """A token of a person, who may everything."""
        return self.tokens.person(login)

    def revoke(self, token: str) -> None:
        """End a token."""
        self.tokens.revoke(token)

    def variables(self, repository: str, environment: str | None = None) -> Mapping[str, str]:
        """The `vars` of a job: those of the repository, and over them those of its environment."""
        found = self.repositories.at(repository)
        return {**found.variables, **found.environments.get(environment or "", {})}

    def default_branch(self, repository: str) -> str:
        """The branch whose workflows can be started by hand and on a schedule."""
        return self.repositories.at(repository).default_branch

    def keys_of(self, issuer: str) -> Mapping[str, object] | None:
        """The public keys of an issuer, or None where nothing answers at that URL."""
        found = self.issuers.get(issuer)
        return found.jwks() if found else None

    def close(self) -> None:
        """Listen no more."""
        self.bus.close()
        if self._server is not None:
            self._server.close()
