"""The repository that a workflow file is in, as a GitHub of its own: what jobs check out is its working tree."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from rehearsal.errors import UsageError
from rehearsal.github.ports import API, SERVER, GitHubEvent
from rehearsal.process import Processes, base_environment

# of a URL with a host, or user@host:owner/name
_REMOTE = re.compile(r"(?://[^/]+/|@[\w.-]+:)([\w.-]+/[\w.-]+?)(?:\.git)?/?$", re.ASCII)
_WHO = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "rehearse"), ("EMAIL", "rehearse@localhost"))}  # fmt: skip


class Repository:
    """A bare copy in `directory` of the repository around `file`, with one more commit for what is not committed.

    See `rehearsal.github.ports.GitHub`. Raises UsageError when the file is in no repository.
    """

    url, api_url = SERVER, API
    endpoint = API  # there is none

    def __init__(self, file: Path, directory: Path, processes: Processes, variables: Mapping[str, str]) -> None:
        self._processes, self._variables = processes, variables
        self._directory = directory
        self.bare = directory / "repository.git"
        self.root = Path(self._ask(file.resolve().parent, "rev-parse", "--show-toplevel"))
        self.path = file.resolve().relative_to(self.root.resolve()).as_posix()
        self.branch = self._maybe("symbolic-ref", "--short", "-q", "HEAD") or "main"
        self.name = self._name()
        self.sha = self._copy()
        self.message = self._run(self.bare, ["log", "-1", "--format=%B", self.sha]).decode().strip()

    def event(self, name: str, payload: Mapping[str, object], ref: str | None = None) -> GitHubEvent:
        """An event of this repository and commit, as the user of this machine makes it."""
        full = ref or str(payload.get("ref") or "") or f"refs/heads/{self.branch}"
        full = full if full.startswith("refs/") else f"refs/heads/{full}"
        actor = str(getattr(payload.get("sender"), "get", lambda key, default: default)("login", "rehearse"))
        return GitHubEvent(name=name, repository=self.name, ref=full, sha=self.sha, actor=actor, payload=payload)

    def on_event(self, listener: Callable[[GitHubEvent], None]) -> None:
        """Nothing ever happens here by itself."""

    def archive(self, repository: str, sha: str) -> bytes:
        """A zip of a commit."""
        return self._run(self.bare, ["archive", "--format=zip", sha])

    def read(self, repository: str, sha: str, path: str) -> bytes | None:
        """A file of a commit, or None."""
        found = self._processes.communicate(
            ["git", "-C", str(self.bare), "show", f"{sha}:{path}"], cwd=self._directory, env=self._environment()
        )
        return found.stdout if found.code == 0 else None

    def git_environment(self, token: str | None = None) -> dict[str, str]:
        """The variables under which git reaches this repository, and no other, at github.com."""
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.file://{self.bare}.insteadOf",
            "GIT_CONFIG_VALUE_0": f"{self.url}/{self.name}",
            "GIT_TERMINAL_PROMPT": "0",
        }

    def id_token(self, claims: Mapping[str, str], audience: str) -> str:
        """There is no issuer."""
        raise NotImplementedError

    def job_token(self, repository: str, permissions: Mapping[str, str]) -> str:
        """There is nobody whom a token would open anything: a text that looks like one."""
        return "ghs_0000000000000000000000000000rehearse"

    def revoke(self, token: str) -> None:
        """It opens nothing."""

    def variables(self, repository: str, environment: str | None = None) -> Mapping[str, str]:
        """Those of the command line."""
        return self._variables

    def default_branch(self, repository: str) -> str:
        """The branch that is checked out."""
        return self.branch

    def _name(self) -> str:
        found = _REMOTE.search(self._maybe("remote", "get-url", "origin"))
        return found[1] if found else f"local/{re.sub(r'[^A-Za-z0-9_.-]+', '-', self.root.name) or 'repository'}"

    def _copy(self) -> str:
        """Copy it and commit the working tree; the commit. The repository itself stays as it is."""
        head = self._maybe("rev-parse", "-q", "--verify", "HEAD^{commit}")
        self._run(self._directory, ["init", "--quiet", "--bare", str(self.bare)])
        if head:
            self._run(self.bare, ["fetch", "--quiet", "--update-shallow", str(self.root), "+refs/heads/*:refs/heads/*",
                                  "+refs/tags/*:refs/tags/*", f"+{head}:refs/rehearse/head"])  # fmt: skip
        index = {"GIT_INDEX_FILE": str(self._directory / "index"), "GIT_DIR": str(self.bare),
                 "GIT_WORK_TREE": str(self.root)}  # fmt: skip
        self._run(self.root, ["add", "--all", "--", ".", ":!.rehearsal"], index)
        tree = self._run(self.root, ["write-tree"], index).decode().strip()
        same = head and self._run(self.bare, ["rev-parse", f"{head}^{{tree}}"]).decode().strip() == tree
        commit = head
        if not same:
            parents = ["-p", head] if head else []
            made = self._run(self.bare, ["commit-tree", tree, *parents, "-m", "The working tree"], _WHO)
            commit = made.decode().strip()
        self._run(self.bare, ["update-ref", f"refs/heads/{self.branch}", commit])
        self._run(self.bare, ["symbolic-ref", "HEAD", f"refs/heads/{self.branch}"])
        return commit

    def _maybe(self, *arguments: str) -> str:
        found = self._processes.communicate(
            ["git", "-C", str(self.root), *arguments], cwd=self._directory, env=self._environment()
        )
        return found.stdout.decode().strip() if found.code == 0 else ""

    def _ask(self, folder: Path, *arguments: str) -> str:
        return self._run(folder, list(arguments)).decode().strip()

    def _run(self, folder: Path, arguments: list[str], more: Mapping[str, str] | None = None) -> bytes:
        done = self._processes.communicate(
            ["git", "-C", str(folder), *arguments], cwd=self._directory, env=self._environment() | dict(more or {})
        )
        if done.code:
            said = done.stderr.decode(errors="replace").strip()
            raise UsageError(f"git {arguments[0]} in {folder}: {said}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        """Git of the user, without settings that lead elsewhere."""
        home = {"HOME": os.environ["HOME"]} if "HOME" in os.environ else {}
        # the copy belongs to the user of the cages
        trust = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
        return base_environment() | home | trust | {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
