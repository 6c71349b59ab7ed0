"""What other parts of a rehearsal know of the GitHub stand-in: its events, and what they may ask it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

SERVER = "https://github.com"
API = "https://api.github.com"
ISSUER = "https://token.actions.githubusercontent.com"


@dataclass(frozen=True)
class GitHubEvent:
    """What happened to a repository, as a workflow sees it.

    `name` is push, pull_request, workflow_dispatch or schedule. `repository` is `owner/name` of the repository whose
    workflows run: the base's for a pull request, wherever its commits come from. `ref` is refs/heads/main, refs/tags/v1
    or refs/pull/1/merge; `sha` the commit that a checkout gets. `payload` is what the webhook has, documented members
    only: `payload["inputs"]` of a dispatch, `payload["pull_request"]` of a pull request.
    """

    name: str
    repository: str
    ref: str
    sha: str
    actor: str
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def from_fork(self) -> bool:
        """Whether it is a pull request of another repository: its jobs get no secrets and tokens that only read."""
        pull = self.payload.get("pull_request") or {}
        head = (pull.get("head") or {}).get("repo") or {}
        return bool(pull) and head.get("full_name") != self.repository


class GitHub(Protocol):
    """The GitHub of a rehearsal. What takes a repository's name raises KeyError for one that does not exist."""

    url: str  # https://github.com, as clients see it
    api_url: str  # https://api.github.com

    @property
    def endpoint(self) -> str:
        """http://127.0.0.1:PORT, where this machine reaches all hosts, git at `/github.com/owner/name`."""

    def on_event(self, listener: Callable[[GitHubEvent], None]) -> None:
        """Call `listener` for each event, after the push or request that made it was answered, one after the other."""

    def archive(self, repository: str, sha: str) -> bytes:
        """A zip of the files of a commit. Raises KeyError without such a commit."""

    def read(self, repository: str, sha: str, path: str) -> bytes | None:
        """A file of a commit, or None."""

    def git_environment(self, token: str | None = None) -> dict[str, str]:
        """The variables under which git reaches https://github.com/o/r, as `token` (None: nobody)."""

    def id_token(self, claims: Mapping[str, str], audience: str) -> str:
        """A signed token of the issuer with these claims; iss, aud, iat, nbf, exp and jti are the issuer's to say.

        Without `sub` it gets the subject that the template of `claims["repository"]` makes of the others.
        """

    def job_token(self, repository: str, permissions: Mapping[str, str]) -> str:
        """A GITHUB_TOKEN of one repository, with `{"contents": "read", "statuses": "write"}`; not there is none."""

    def revoke(self, token: str) -> None:
        """End a job's token, as GitHub does when the job ends."""

    def variables(self, repository: str, environment: str | None = None) -> Mapping[str, str]:
        """The `vars` of a job: those of the repository, and over them those of its environment."""

    def default_branch(self, repository: str) -> str:
        """The branch whose workflows `workflow_dispatch` and `schedule` know."""
