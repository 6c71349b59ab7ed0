"""The GitHub of a kept rehearsal, as a person at a terminal has it: git, and the API."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.job.project import copy
from tests.e2e.by_hand import ROOT, TOOLING, Kept, wait

NAME, BRANCH, TRAIN = "acme/price-model", "dev", ".github/workflows/train.yml"


def deployment(directory: Path) -> Path:
    """manifests/github in a copy of the project; its group `actions` names the workflow file that may train it."""
    project = directory / "project"
    copy(ROOT, project)
    modules = project / "manifests" / "github" / "models-modules.yaml"
    text, named = modules.read_text(encoding="utf-8"), f"{NAME}/{TRAIN}@refs/heads/{BRANCH}"
    wanted = "          runner: github-actions\n"
    assert text.count(wanted) == 1
    modules.write_text(text.replace(wanted, f"{wanted}          workflow: {named}\n"), encoding="utf-8")
    return project / "manifests" / "github" / "deployment.yaml"


@dataclass(frozen=True)
class AtGitHub:
    """One repository `name` there."""

    kept: Kept
    name: str

    def clone(self, target: Path, branch: str) -> Path:
        """A clone with a branch checked out, as of a person with a name."""
        self.run("git", "clone", "--quiet", "--branch", branch, f"https://github.com/{self.name}", str(target))
        self.run("git", "config", "user.name", "Tester", cwd=target)
        self.run("git", "config", "user.email", "tester@localhost", cwd=target)
        return target

    def run(self, *command: str, cwd: Path | None = None) -> str:
        """Run a client."""
        return self.kept.run(TOOLING, *command, cwd=cwd)

    def ask(self, path: str, body: dict[str, Any] | None = None, *, of: str | None = None) -> Any:
        """The answer of the API to a request below the repository (or that of another name)."""
        exports = self.kept.exports(TOOLING)
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{exports['GITHUB_API_URL']}/repos/{of or self.name}{path}", data)
        request.add_header("Authorization", f"Bearer {exports['GITHUB_TOKEN']}")
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read().decode()}") from None

    def ended(self, event: str, commit: str, path: str) -> dict[str, Any]:
        """The run of a workflow file for an event of a commit, at its end."""

        def found() -> dict[str, Any] | None:
            runs = self.ask(f"/actions/runs?event={event}&head_sha={commit}&status=completed")["workflow_runs"]
            return next((run for run in runs if run["path"] == path), None)

        run: dict[str, Any] = wait(found, 180, f"{path} on {event} of {commit}")
        return run

    def steps(self, run: dict[str, Any]) -> dict[str, str]:
        """What each named step of a run came to."""
        jobs = self.ask(f"/actions/runs/{run['id']}/jobs")["jobs"]
        return {step["name"]: step["conclusion"] for job in jobs for step in job["steps"]}

    def said(self, commit: str) -> dict[str, str]:
        """What jobs said in statuses of a commit, by context."""
        return {each["context"]: each["description"] for each in self.ask(f"/commits/{commit}/statuses")}
