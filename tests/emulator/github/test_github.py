"""The GitHub of a rehearsal: git pushes to it, forks and pull requests are made, tokens may what they say."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rehearsal.confinement.cage import Cage
from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.github.ports import GitHubEvent
from rehearsal.process import base_environment

pytestmark = pytest.mark.emulator

DISPATCHED = b"on: {workflow_dispatch: {inputs: {group: {}}}}\n"


class Lab:
    """A GitHub with a repository, a person's token and what was heard of events."""

    def __init__(self, world: EmbeddedAws) -> None:
        self.github, self.heard = world.github, list[GitHubEvent]()
        self.github.on_event(self.heard.append)
        files = {"a.txt": b"1\n", ".github/workflows/train.yml": DISPATCHED, ".github/workflows/on.yml": b"on: push\n"}
        self.repository = self.github.create("acme/models", files)
        self.github.create("acme/other", {"a.txt": b"1\n"})
        self.person = self.github.person_token("ada")

    def pull(self) -> int:
        """The number of a pull request of the repository's own."""
        if "own" not in self.repository.git.branches():
            self.github.commit(self.repository, "own", {"own": b"1"}, "own", login="ada")
            self.github.pulls.open(self.repository, {"head": "own", "base": "main", "title": "own"}, "ada")
        found = self.repository.pulls.items()
        return next(number for number, pull in found if pull["head"]["label"] == "acme:own")

    def events(self) -> list[GitHubEvent]:
        """Those since the last look."""
        self.github.bus.drained()
        heard, self.heard[:] = list(self.heard), []
        return heard

    def api(self, method: str, path: str, body: Any = None, token: str | None = "") -> tuple[int, Any]:
        """Status and answer of a request."""
        headers = {"Authorization": f"Bearer {token or self.person}"} if token is not None else {}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.github.api_endpoint() + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read() or b"null")

    def git(self, *command: str, cwd: Path, token: str | None = None) -> subprocess.CompletedProcess[str]:
        """Git as it is, as a token (None: nobody)."""
        who = {
            f"GIT_{role}_{part}": "ada@example.com" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")
        }
        env = base_environment() | self.github.git_environment(token) | who | {"HOME": str(cwd)}
        return subprocess.run(["git", *command], cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def lab(world: EmbeddedAws) -> Lab:
    return Lab(world)


@pytest.fixture
def clone(lab: Lab, tmp_path: Path) -> Path:
    done = lab.git("clone", "-q", "https://github.com/acme/models.git", "work", cwd=tmp_path, token=lab.person)
    assert done.returncode == 0, done.stderr
    return tmp_path / "work"


def test_a_push_is_an_event_with_its_files(lab: Lab, clone: Path) -> None:
    lab.events()
    (clone / "new.txt").write_text("x")
    for command in (("checkout", "-q", "-b", "topic"), ("add", "."), ("commit", "-qm", "new"), ("tag", "v1")):
        assert lab.git(*command, cwd=clone).returncode == 0
    assert lab.git("push", "-q", "origin", "topic", "v1", cwd=clone, token=lab.person).returncode == 0
    found = {each.ref: each for each in lab.events()}
    assert set(found) == {"refs/heads/topic", "refs/tags/v1"}
    event = found["refs/heads/topic"]
    head = lab.git("rev-parse", "HEAD", cwd=clone).stdout.strip()
    assert (event.name, event.repository, event.sha, event.actor) == ("push", "acme/models", head, "ada")
    assert event.payload["created"] is True
    assert "new.txt" in event.payload["head_commit"]["added"]
    assert lab.github.read("acme/models", head, "new.txt") == b"x"
    assert lab.git("push", "-q", "origin", ":topic", cwd=clone, token=lab.person).returncode == 0
    assert [each.payload["deleted"] for each in lab.events()] == [True]


def test_references_of_pull_requests_are_nobodys_to_push(lab: Lab, clone: Path) -> None:
    done = lab.git("push", "origin", "HEAD:refs/pull/9/head", cwd=clone, token=lab.person)
    assert done.returncode != 0
    assert "hidden" in done.stderr


def test_git_needs_a_token_that_may(lab: Lab, clone: Path) -> None:
    reads = lab.github.job_token("acme/models", {"contents": "read"})
    writes = lab.github.job_token("acme/models", {"contents": "write"})
    none = lab.github.job_token("acme/models", {"statuses": "write"})
    listing = ("ls-remote", "https://github.com/acme/models")
    assert lab.git(*listing, cwd=clone, token=reads).returncode == 0
    for token in (None, none, "ghs_nobody", lab.github.job_token("acme/other", {"contents": "read"})):
        assert lab.git(*listing, cwd=clone, token=token).returncode != 0
    push = ("push", "origin", "HEAD:refs/heads/by-job")
    refused = lab.git(*push, cwd=clone, token=reads)
    assert refused.returncode != 0
    assert "Write access to repository not granted" in refused.stderr
    lab.events()
    assert lab.git(*push, cwd=clone, token=writes).returncode == 0
    assert lab.events() == []  # what a job pushes starts no workflow
    lab.github.revoke(reads)
    assert lab.git(*listing, cwd=clone, token=reads).returncode != 0


def test_a_pull_request_of_a_fork(lab: Lab) -> None:
    eve = lab.github.person_token("eve")
    status, fork = lab.api("POST", "/repos/acme/models/forks", {}, eve)
    assert (status, fork["full_name"], fork["fork"]) == (202, "eve/models", True)
    made = lab.github.repositories.at("eve/models")
    sha = lab.github.commit(made, "patch", {"evil.txt": b"x"}, "patch", login="eve")
    lab.events()
    opening = {"head": "eve:patch", "base": "main", "title": "Please"}
    status, pull = lab.api("POST", "/repos/acme/models/pulls", opening, eve)
    assert status == 201
    (event,) = lab.events()
    number = pull["number"]
    assert (event.name, event.repository, event.ref) == ("pull_request", "acme/models", f"refs/pull/{number}/merge")
    assert event.from_fork
    assert event.payload["pull_request"]["head"]["sha"] == sha
    assert lab.github.read("acme/models", event.sha, "evil.txt") == b"x"
    assert lab.github.read("acme/models", event.sha, "a.txt") == b"1\n"
    lab.github.commit(made, "patch", {"evil.txt": b"y"}, "more", login="eve")
    kinds = [(each.name, each.repository, each.payload.get("action")) for each in lab.events()]
    assert kinds == [("push", "eve/models", None), ("pull_request", "acme/models", "synchronize")]
    assert lab.api("POST", "/repos/acme/models/pulls", opening, eve)[0] == 422  # there is one
    assert lab.api("PUT", f"/repos/acme/models/pulls/{number}/merge", {})[1]["merged"] is True
    assert [each.name for each in lab.events()] == ["pull_request", "push"]


REPORTS: list[tuple[str, str, dict[str, Any], str]] = [
    ("POST", "/statuses/main", {"state": "success", "context": "train"}, "statuses"),
    ("POST", "/check-runs", {"name": "train", "head_sha": "main"}, "checks"),
    ("POST", "/issues/NUMBER/comments", {"body": "hello"}, "issues"),
    ("POST", "/issues/NUMBER/comments", {"body": "hello"}, "pull-requests"),
    ("POST", "/actions/workflows/train.yml/dispatches", {"ref": "main"}, "actions"),
]


@pytest.mark.parametrize(("method", "path", "body", "permission"), REPORTS)
def test_each_report_needs_its_permission(
    lab: Lab, method: str, path: str, body: Mapping[str, Any], permission: str
) -> None:
    path = f"/repos/acme/models{path.replace('NUMBER', str(lab.pull()))}"
    may = lab.github.job_token("acme/models", {permission: "write"})
    assert lab.api(method, path, body, may)[0] in (201, 204)
    for token in (
        lab.github.job_token("acme/models", {permission: "read"}),
        lab.github.job_token("acme/models", {"contents": "write", "packages": "write"}),
    ):
        status, answer = lab.api(method, path, body, token)
        assert (status, answer["message"]) == (403, "Resource not accessible by integration")
    foreign = lab.github.job_token("acme/other", {permission: "write"})
    assert lab.api(method, path, body, foreign)[0] == 404
    assert lab.api(method, path, body, None)[0] == 401
    assert lab.api(method, path, body, "nobody")[1]["message"] == "Bad credentials"


def test_a_status_says_what_came_of_a_commit(lab: Lab) -> None:
    path = "/repos/acme/models"
    for state in ("pending", "failure"):
        assert lab.api("POST", f"{path}/statuses/main", {"state": state, "context": "mine"})[0] == 201
    found = lab.api("GET", f"{path}/commits/main/status")[1]
    assert {each["context"]: each["state"] for each in found["statuses"]}["mine"] == "failure"
    assert lab.api("POST", f"{path}/statuses/main", {"state": "good"})[0] == 422
    assert lab.api("POST", f"{path}/statuses/{'0' * 40}", {"state": "success"})[0] == 422


def test_variables_of_repository_and_environment(lab: Lab) -> None:
    path = "/repos/acme/models"
    assert lab.api("POST", f"{path}/actions/variables", {"name": "groups", "value": "{}"})[0] == 201
    assert lab.api("POST", f"{path}/actions/variables", {"name": "GROUPS", "value": "{}"})[0] == 409
    assert lab.api("PATCH", f"{path}/actions/variables/GROUPS", {"value": "1"})[0] == 204
    assert lab.api("POST", f"{path}/environments/prod/variables", {"name": "A", "value": "2"})[0] == 404
    assert lab.api("PUT", f"{path}/environments/prod")[0] == 200
    assert lab.api("POST", f"{path}/environments/prod/variables", {"name": "GROUPS", "value": "2"})[0] == 201
    assert lab.github.variables("acme/models") == {"GROUPS": "1"}
    assert lab.github.variables("acme/models", "prod") == {"GROUPS": "2"}
    assert lab.api("GET", f"{path}/actions/variables/GROUPS")[1] == {"name": "GROUPS", "value": "1"}
    job = lab.github.job_token("acme/models", {"actions": "write", "contents": "write"})
    assert lab.api("PATCH", f"{path}/actions/variables/GROUPS", {"value": "evil"}, job)[0] == 403


def test_a_workflow_is_started_by_hand_if_it_says_so(lab: Lab) -> None:
    path = "/repos/acme/models/actions/workflows"
    lab.events()
    assert lab.api("POST", f"{path}/train.yml/dispatches", {"ref": "main", "inputs": {"group": "a"}})[0] == 204
    (event,) = lab.events()
    assert (event.name, event.ref, event.payload["inputs"]) == ("workflow_dispatch", "refs/heads/main", {"group": "a"})
    assert lab.api("POST", f"{path}/train.yml/dispatches", {"ref": "main", "inputs": {"other": "a"}})[0] == 422
    assert "trigger" in lab.api("POST", f"{path}/on.yml/dispatches", {"ref": "main"})[1]["message"]
    assert lab.api("POST", f"{path}/none.yml/dispatches", {"ref": "main"})[0] == 404
    assert lab.api("POST", f"{path}/train.yml/dispatches", {"ref": "nowhere"})[0] == 422
    assert lab.events() == []


def test_what_is_not_there_is_refused_by_its_name(lab: Lab) -> None:
    status, answer = lab.api("GET", "/repos/acme/models/releases")
    assert (status, answer["message"]) == (
        501,
        "the rehearsal's GitHub does not support GET /repos/acme/models/releases",
    )
    assert lab.api("GET", "/graphql")[0] == 501
    assert lab.api("GET", "/repos/acme/nothing")[0] == 404


def test_the_issuer_publishes_its_keys(lab: Lab) -> None:
    url = f"{lab.github.endpoint}/issuers/token.actions.githubusercontent.com/.well-known"
    with urllib.request.urlopen(f"{url}/openid-configuration") as answer:
        found = json.loads(answer.read())
    assert found["issuer"] == "https://token.actions.githubusercontent.com"
    assert found["jwks_uri"] == "https://token.actions.githubusercontent.com/.well-known/jwks"
    with urllib.request.urlopen(f"{url}/jwks") as answer:
        (key,) = json.loads(answer.read())["keys"]
    assert (key["kty"], key["alg"]) == ("RSA", "RS256")
    assert not {"d", "p", "q"} & set(key)


def test_a_cage_reaches_it_by_its_own_name(world: EmbeddedAws, lab: Lab, tmp_path: Path) -> None:
    """With no setting of git but a token in the address; and the API by its name."""
    confinement = world.confinement
    if not confinement.protections.cages:
        pytest.skip("this machine has no cages")
    work = world.directory / "cage-of-a-job"
    cage = Cage(confinement, (work,))
    token = lab.github.job_token("acme/models", {"contents": "read"})
    address = f"https://x-access-token:{token}@github.com/acme/models"
    script = f"git clone -q {address} models && cat models/a.txt && curl -sf -H 'Authorization: Bearer {token}' "
    script += "https://api.github.com/repos/acme/models"
    command = cage.command(["sh", "-c", script], work)
    env = cage.environment(base_environment() | {"HOME": str(work), "GIT_TERMINAL_PROMPT": "0"})
    done = subprocess.run(command, cwd=work, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    first, _, rest = done.stdout.partition("\n")
    assert (first, json.loads(rest)["full_name"]) == ("1", "acme/models")
