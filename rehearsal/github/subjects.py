"""The subject of a job's token, in its default form or by the template of its repository.

https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rehearsal.github.issuer import CLAIMS
from rehearsal.github.repositories import DEFAULT_SUBJECT

KEYS = frozenset({*DEFAULT_SUBJECT, *CLAIMS})


def subject(
    claims: Mapping[str, str], keys: Iterable[str] = DEFAULT_SUBJECT, numbers: tuple[int, int] | None = None
) -> str:
    """The `sub` of a job's claims: `repo:o/r:ref:refs/heads/main`, or each of `keys` with its value.

    An immutable one has the `numbers` of owner and repository: `repo:o@1/r@2:ref:refs/heads/main`.

    Raises ValueError for a key that is no claim.
    """
    parts = []
    for key in keys:
        if key not in KEYS:
            raise ValueError(f"got the key {key!r}, expected {', '.join(sorted(KEYS))}")
        if key == "context":
            parts.append(_context(claims))
        elif key == "repo":
            owner, _, name = claims["repository"].partition("/")
            parts.append(f"repo:{owner}@{numbers[0]}/{name}@{numbers[1]}" if numbers else f"repo:{owner}/{name}")
        else:
            parts.append(f"{key}:{claims.get(key, '').replace(':', '%3A')}")
    return ":".join(parts)


def _context(claims: Mapping[str, str]) -> str:
    """An environment goes before everything; without it a pull request does not say which branch it is of."""
    if claims.get("environment"):
        return f"environment:{claims['environment'].replace(':', '%3A')}"
    if claims["event_name"] == "pull_request":
        return "pull_request"
    return f"ref:{claims['ref']}"
