"""A git repository with workflow files, a GitHub of it as others know one, and a machine that runs them."""

from __future__ import annotations

import json
import subprocess
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rehearsal.github.ports import API, SERVER, GitHubEvent
from rehearsal.single_workflow.machine import LocalMachine
from rehearsal.workflows.results import WorkflowRun
from rehearsal.workflows.service import Workflows

NAME = "octo/models"
WHO = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b.c", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b.c"}
SECONDS = 120.0


class TestGitHub:
    """Implements `rehearsal.github.ports.GitHub` for one bare repository; its tokens are plain JSON."""

    __test__ = False
    url, api_url, endpoint = SERVER, API, API

    def __init__(self, bare: Path) -> None:
        self.bare = bare
        self.vars: dict[str | None, dict[str, str]] = {None: {}}
        self.tokens: dict[str, Mapping[str, str]] = {}
        self.revoked: list[str] = []
        self._listeners: list[Callable[[GitHubEvent], None]] = []

    def on_event(self, listener: Callable[[GitHubEvent], None]) -> None:
        self._listeners.append(listener)

    def send(self, event: GitHubEvent) -> None:
        for listener in self._listeners:
            listener(event)

    def archive(self, repository: str, sha: str) -> bytes:
        return git(self.bare, "archive", "--format=zip", sha)

    def read(self, repository: str, sha: str, path: str) -> bytes | None:
        return git(self.bare, "show", f"{sha}:{path}")

    def git_environment(self, token: str | None = None) -> dict[str, str]:
        key = f"url.file://{self.bare}.insteadOf"
        return {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": key, "GIT_CONFIG_VALUE_0": f"{SERVER}/{NAME}"}

    def id_token(self, claims: Mapping[str, str], audience: str) -> str:
        return json.dumps({"aud": audience, **claims})

    def job_token(self, repository: str, permissions: Mapping[str, str]) -> str:
        token = f"ghs_{len(self.tokens):036}"
        self.tokens[token] = dict(permissions)
        return token

    def revoke(self, token: str) -> None:
        self.revoked.append(token)

    def variables(self, repository: str, environment: str | None = None) -> Mapping[str, str]:
        return {**self.vars[None], **self.vars.get(environment, {})}

    def default_branch(self, repository: str) -> str:
        return "main"


def git(folder: Path, *arguments: str) -> bytes:
    trust = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    environment = {"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(folder), **WHO, **trust}
    return subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, check=True).stdout


class WorkflowBench:
    """Commits files, sends events and waits for what they start."""

    def __init__(self, directory: Path) -> None:
        self.machine = LocalMachine(directory / "machine")
        self.files = directory / "files"
        self.files.mkdir()
        self.bare = directory / "machine" / "bare.git"
        git(self.files, "init", "--quiet", "-b", "main")
        git(self.files, "init", "--quiet", "--bare", "-b", "main", str(self.bare))
        self.github = TestGitHub(self.bare)
        self.workflows = Workflows(
            self.machine,
            self.github,
            self.machine.toolchain,
            readable=(self.bare,),
        )

    def commit(self, files: Mapping[str, str], branch: str = "main") -> str:
        """Commit files; the commit."""
        for name, text in files.items():
            path = self.files / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        git(self.files, "add", "--all")
        git(self.files, "commit", "--quiet", "--allow-empty", "-m", "files")
        git(self.bare, "fetch", "--quiet", str(self.files), f"+HEAD:refs/heads/{branch}")
        self.machine.confinement.give(self.bare)
        for path in self.bare.rglob("*"):
            self.machine.confinement.give(path)
        return git(self.files, "rev-parse", "HEAD").decode().strip()

    def event(self, sha: str, name: str = "push", ref: str = "refs/heads/main", **payload: Any) -> GitHubEvent:
        about = {"repository": {"full_name": NAME, "default_branch": "main"}, "ref": ref}
        return GitHubEvent(name, NAME, ref, sha, "mona", {**about, **payload})

    def send(self, event: GitHubEvent) -> list[WorkflowRun]:
        """Send an event; the runs that it started, at their end."""
        before = len(self.workflows.runs(NAME))
        self.github.send(event)
        found = self.workflows.runs(NAME)[before:]
        for run in found:
            assert run.wait(SECONDS), run.describe()
        return found

    def run(self, text: str, files: Mapping[str, str] | None = None, name: str = "push", **payload: Any) -> WorkflowRun:
        """Commit one workflow and run it for one event."""
        path = ".github/workflows/one.yml"
        sha = self.commit({path: text, **(files or {})})
        found = self.send(self.event(sha, name, **payload))
        assert len(found) == 1, found
        return found[0]

    def close(self) -> None:
        self.workflows.close()
        self.machine.close()
