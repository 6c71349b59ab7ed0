"""Pull requests: opened from a branch of the same repository or of a fork, kept up with its pushes, merged, closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.git import Identity
from rehearsal.github import events
from rehearsal.github.answers import Failed, now, seconds
from rehearsal.github.repositories import Repositories, Repository, shown

REOPENING = ("open", "closed")


class Pulls:
    """The pull requests of all repositories."""

    def __init__(self, repositories: Repositories, bus: events.Events) -> None:
        self._repositories = repositories
        self._bus = bus

    def open(self, base: Repository, given: Mapping[str, Any], login: str) -> dict[str, Any]:
        """Make one. Raises Failed when head or base is no branch, or such a one is open."""
        owner, _, branch = str(given["head"]).rpartition(":")
        head = self._head(base, owner) if owner and owner.lower() != base.owner.lower() else base
        if head is None or branch not in head.git.branches():
            raise Failed.validation("PullRequest", "head")
        if given["base"] not in base.git.branches():
            raise Failed.validation("PullRequest", "base")
        label = f"{head.owner}:{branch}"
        with base.lock:
            for each in base.pulls.values():
                if (each["state"], each["head"]["label"], each["base"]["ref"]) == ("open", label, given["base"]):
                    text = f"A pull request already exists for {label}."
                    raise Failed(422, "Validation Failed", ({"code": "custom", "message": text},))
            number = max(base.pulls, default=0) + 1
            pull = {
                "number": number,
                "id": base.number * 100000 + number,
                "state": "open",
                "title": given.get("title") or branch,
                "body": given.get("body"),
                "user": {"login": login},
                "draft": bool(given.get("draft")),
                "merged": False,
                "html_url": f"{base.url}/pull/{number}",
                "created_at": now(),
                "head": {"label": label, "ref": branch, "sha": head.git.branches()[branch], "repo": shown(head)},
                "base": {"label": f"{base.owner}:{given['base']}", "ref": given["base"], "repo": shown(base)},
            }
            self._refresh(base, head, pull)
            base.pulls[number] = pull
        self._bus.put(base, events.pull_request(base, pull, "opened", login))
        return pull

    def pushed(self, repository: Repository, ref: str, login: str) -> None:
        """A branch moved: the open pull requests of it have new commits."""
        if not ref.startswith("refs/heads/"):
            return
        label = f"{repository.owner}:{ref.removeprefix('refs/heads/')}"
        for base in self._repositories.all():
            for pull in list(base.pulls.values()):
                same = pull["head"]["label"] == label and pull["head"]["repo"]["full_name"] == repository.name
                if pull["state"] == "open" and same and ref.removeprefix("refs/heads/") in repository.git.branches():
                    self._refresh(base, repository, pull)
                    self._bus.put(base, events.pull_request(base, pull, "synchronize", login))

    def edit(self, base: Repository, pull: dict[str, Any], given: Mapping[str, Any], login: str) -> dict[str, Any]:
        """Change title, body or state."""
        pull |= {name: given[name] for name in ("title", "body") if name in given}
        if given.get("state", pull["state"]) not in REOPENING:
            raise Failed.validation("PullRequest", "state")
        if given.get("state", pull["state"]) != pull["state"]:
            pull["state"] = given["state"]
            action = "closed" if pull["state"] == "closed" else "reopened"
            self._bus.put(base, events.pull_request(base, pull, action, login))
        return pull

    def merge(self, base: Repository, pull: dict[str, Any], login: str) -> dict[str, Any]:
        """Merge it into its base. Raises Failed when it is closed or conflicts."""
        with base.lock:
            head = self._repositories.at(str(pull["head"]["repo"]["full_name"]))
            self._refresh(base, head, pull)
            if pull["state"] != "open" or not pull["merge_commit_sha"]:
                raise Failed(405, "Pull Request is not mergeable")
            before, sha = pull["base"]["sha"], pull["merge_commit_sha"]
            base.git.update(f"refs/heads/{pull['base']['ref']}", sha, before)
            pull |= {"state": "closed", "merged": True, "merged_by": {"login": login}}
        self._bus.put(base, events.pull_request(base, pull, "closed", login))
        self._bus.put(base, events.push(base, f"refs/heads/{pull['base']['ref']}", before, sha, login))
        return {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}

    def _head(self, base: Repository, owner: str) -> Repository | None:
        forks = (each for each in self._repositories.all() if each.parent == base.name)
        return next((each for each in forks if each.owner.lower() == owner.lower()), None)

    def _refresh(self, base: Repository, head: Repository, pull: dict[str, Any]) -> None:
        """Bring the commits of the head over, and merge them on refs/pull/N/merge."""
        number, who = pull["number"], Identity(pull["user"]["login"], "noreply@github.com", seconds())
        base.git.fetch(head.git, f"+refs/heads/{pull['head']['ref']}:refs/pull/{number}/head")
        pull["head"]["sha"] = head.git.branches()[pull["head"]["ref"]]
        pull["base"]["sha"] = base.git.branches()[pull["base"]["ref"]]
        text = f"Merge {pull['head']['sha']} into {pull['base']['sha']}"
        merged = base.git.merge(pull["base"]["sha"], pull["head"]["sha"], text, who)
        ref = f"refs/pull/{number}/merge"
        if merged:
            base.git.update(ref, merged, base.git.references(ref).get(ref))
        pull |= {"merge_commit_sha": merged, "mergeable": merged is not None, "updated_at": now()}
