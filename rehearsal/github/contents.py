"""The API of what is in a repository: itself, branches, commits, files, forks."""

from __future__ import annotations

import base64
from typing import Any

from rehearsal.git import GitError
from rehearsal.github.answers import Failed
from rehearsal.github.api import Call, Route
from rehearsal.github.repositories import Repositories, Repository, shown


class Contents:
    """https://docs.github.com/en/rest/repos"""

    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories

    def routes(self) -> tuple[Route, ...]:
        """Its part of the API."""
        read = ("contents",)
        return (
            Route("GET", "", ("metadata",), self.get),
            Route("POST", "/forks", read, self.fork),
            Route("GET", "/branches", read, self.branches),
            Route("GET", "/branches/{ref}", read, self.branch),
            Route("GET", "/git/ref/{ref}", read, self.reference),
            Route("GET", "/commits/{ref}", read, self.commit),
            Route("GET", "/contents/{file}", read, self.file),
        )

    def get(self, call: Call) -> tuple[int, Any]:
        """The repository."""
        parent = self._repositories.find(call.repository.parent) if call.repository.parent else None
        return 200, {**shown(call.repository), **({"parent": shown(parent)} if parent else {})}

    def fork(self, call: Call) -> tuple[int, Any]:
        """A fork, owned by an organization or by whoever asks."""
        owner = str(call.body.get("organization") or call.token.login)
        name = f"{owner}/{call.body.get('name') or call.repository.name.partition('/')[2]}"
        try:
            return 202, dict(shown(self._repositories.create(name, parent=call.repository)))
        except ValueError as error:
            raise Failed(422, str(error)) from None

    def branches(self, call: Call) -> tuple[int, Any]:
        """All branches."""
        tips = call.repository.git.branches()
        return 200, [{"name": name, "commit": {"sha": sha}, "protected": False} for name, sha in tips.items()]

    def branch(self, call: Call) -> tuple[int, Any]:
        """One branch."""
        name, tips = call.parts["ref"], call.repository.git.branches()
        if name not in tips:
            raise Failed(404, "Branch not found")
        return 200, {"name": name, "commit": {"sha": tips[name]}, "protected": False}

    def reference(self, call: Call) -> tuple[int, Any]:
        """A branch or tag by its reference without `refs/`."""
        ref = f"refs/{call.parts['ref']}"
        found = call.repository.git.references(ref).get(ref)
        if found is None:
            raise Failed(404, "Not Found")
        return 200, {"ref": ref, "object": {"sha": found, "type": "commit"}}

    def commit(self, call: Call) -> tuple[int, Any]:
        """A commit by branch, tag or id."""
        found = call.repository.git.commit(resolved(call.repository, call.parts["ref"]))
        name, _, rest = found.author.partition(" <")
        author = {"name": name, "email": rest.partition(">")[0]}
        return 200, {
            "sha": found.commit_id,
            "html_url": f"{call.repository.url}/commit/{found.commit_id}",
            "commit": {"message": found.message.rstrip("\n"), "author": author, "tree": {"sha": found.tree}},
            "parents": [{"sha": each} for each in found.parents],
        }

    def file(self, call: Call) -> tuple[int, Any]:
        """A file, in base64."""
        sha = resolved(call.repository, call.query.get("ref") or call.repository.default_branch)
        path = call.parts["file"]
        entry = call.repository.git.entry(sha, path)
        if entry is None or entry.kind != "blob":
            raise Failed(404, "Not Found")
        content = base64.b64encode(call.repository.git.blob(entry.object_id)).decode()
        return 200, {"type": "file", "path": path, "sha": entry.object_id, "encoding": "base64", "content": content}


def resolved(repository: Repository, name: str) -> str:
    """The commit of a branch, tag or id. Raises Failed 422 for none, as the API does."""
    try:
        found = repository.git.resolve(name.removeprefix("refs/heads/"))
    except GitError:
        found = None
    if found is None:
        raise Failed(422, f"No commit found for SHA: {name}")
    return found
