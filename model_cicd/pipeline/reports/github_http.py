"""Asking GitHub's REST interface. https://docs.github.com/en/rest"""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from typing import Any

DEFAULT = "https://api.github.com"
_SECONDS = 20


class GitHubError(Exception):
    """GitHub cannot be reached, or refuses; `status` is that of its answer, or 0."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


def ask(api: str, token: str, method: str, path: str, body: object = None) -> Any:
    """The answer to one request, or None where it is empty. Raises GitHubError."""
    if not api.startswith(("https://", "http://")):
        raise GitHubError(f"GITHUB_API_URL: got {api!r}, expected an address such as {DEFAULT}")
    request = urllib.request.Request(
        api.rstrip("/") + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "User-Agent": "model-cicd",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        raise GitHubError(f"{method} {path}: {error.code} {error.reason}", error.code) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise GitHubError(f"{method} {path}: {error}") from None
