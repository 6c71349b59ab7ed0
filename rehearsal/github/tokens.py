"""Tokens of people and jobs: who they are, for which repository, and what they may do there.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
"""

from __future__ import annotations

import base64
import binascii
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass

_LEVELS = {"none": 0, "read": 1, "write": 2}
PERMISSIONS = ("actions", "checks", "contents", "deployments", "issues", "metadata", "packages", "pages",
               "pull-requests", "repository-projects", "security-events", "statuses")  # fmt: skip
# what the jobs of a workflow call themselves
ROBOT = "github-actions[bot]"


@dataclass(frozen=True)
class Token:
    """Whose a token is; `repository` limits a job's to one, None is a person's, which may everything everywhere."""

    login: str
    repository: str | None = None
    permissions: Mapping[str, str] | None = None

    def may(self, repository: str, permission: str, level: str) -> bool:
        """Whether it has a permission (`contents`) at a level (`read`, `write`) in a repository."""
        if self.repository is None:
            return True
        if self.repository.lower() != repository.lower():
            return False
        has = (self.permissions or {}).get(permission, "read" if permission == "metadata" else "none")
        return _LEVELS[has] >= _LEVELS[level]


class Tokens:
    """Those that are good. Thread-safe."""

    def __init__(self) -> None:
        self._all: dict[str, Token] = {}
        self._lock = threading.Lock()

    def person(self, login: str) -> str:
        """A new token of a person who owns everything here."""
        return self._keep("github_pat_", Token(login))

    def job(self, repository: str, permissions: Mapping[str, str]) -> str:
        """A new token of a job. Raises ValueError for permissions that are none."""
        for name, level in permissions.items():
            if name not in PERMISSIONS or level not in _LEVELS:
                raise ValueError(
                    f"got the permission {name}: {level}, expected {', '.join(PERMISSIONS)}: read or write"
                )
        return self._keep("ghs_", Token(ROBOT, repository, dict(permissions)))

    def revoke(self, token: str) -> None:
        """From now on it is nobody's."""
        with self._lock:
            self._all.pop(token, None)

    def of_header(self, header: str | None) -> Token | None:
        """Whose an Authorization header is: Bearer or token, or Basic with the token as password.

        None without a header. Raises KeyError for a token that is nobody's.
        """
        if not header:
            return None
        kind, _, value = header.partition(" ")
        if kind.lower() == "basic":
            try:
                user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                raise KeyError("a malformed header") from None
            value = password if password not in ("", "x-oauth-basic") else user
        elif kind.lower() not in ("bearer", "token"):
            raise KeyError(kind)
        with self._lock:
            return self._all[value.strip()]

    def _keep(self, prefix: str, token: Token) -> str:
        made = prefix + secrets.token_hex(20)
        with self._lock:
            self._all[made] = token
        return made
