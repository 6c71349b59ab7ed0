"""Workflows of the GitHub stand-in run by themselves, and get the roles that trust them and no others."""

from __future__ import annotations

import json
import textwrap
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from model_cicd.sagemaker_model_cicd.settings.subjects import Job
from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.workflows.results import WorkflowRun
from rehearsal.workflows.service import Workflows
from tests.emulator.github import web

pytestmark = pytest.mark.emulator

PATH = ".github/workflows/train.yml"
NAME = "octo/models"
SUBJECT = f"repo:{NAME}:ref:refs/heads/main"
TEXT = """
    on: {push: , pull_request: , workflow_dispatch: {inputs: {group: {type: choice, options: [a, b], default: a}}}}
    permissions: {contents: read, id-token: write, statuses: write}
    jobs:
      train:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v4
          - uses: aws-actions/configure-aws-credentials@v4
            with: {aws-region: us-east-1, role-to-assume: "${{ vars.ROLE }}", output-credentials: true}
          - run: |
              aws sts get-caller-identity --query Arn --output text
              echo "group ${{ inputs.group }}"
          - {name: Region, run: "echo $AWS_REGION $AWS_DEFAULT_REGION; test -n $AWS_SESSION_TOKEN"}
          - run: |
              curl -sSf -H "Authorization: Bearer ${{ github.token }}" -d '{"state": "success"}' \\
                "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/statuses/$GITHUB_SHA"
    """
SECONDS = 120.0


@pytest.fixture(scope="module")
def workflows(world: EmbeddedAws) -> Iterator[Workflows]:
    github: Any = world.github
    made = Workflows.on(world, github, world.services.codebuild.scheduler.toolchain)
    conditions = web.exactly(SUBJECT, job_workflow_ref=f"{NAME}/{PATH}@refs/heads/main")
    role = web.role(world, "workflow", web.provider(world), conditions)
    text = textwrap.dedent(TEXT).encode()
    repository = world.github.create(NAME, {PATH: text, "a.txt": b"1"})
    repository.variables["ROLE"] = role
    ended(world, made)
    yield made
    made.close()


def ended(world: EmbeddedAws, workflows: Workflows) -> list[WorkflowRun]:
    """The runs so far, each at its end."""
    world.github.bus.drained()
    found = workflows.wait(NAME, timeout=SECONDS)
    assert [run for run in found if run.status != "completed"] == []
    return found


def put(world: EmbeddedAws, workflows: Workflows, branch: str, files: dict[str, str]) -> list[WorkflowRun]:
    """Commit files to a branch; the runs that this starts, by their file."""
    before = len(workflows.runs(NAME))
    content = {name: textwrap.dedent(text).encode() for name, text in files.items()}
    world.github.commit(world.github.repositories.at(NAME), branch, content, "change", login="mona")
    return sorted(ended(world, workflows)[before:], key=lambda run: run.workflow.path)


def test_a_push_to_the_branch_gets_the_role(world: EmbeddedAws, workflows: Workflows) -> None:
    (run,) = put(world, workflows, "main", {"a.txt": "2"})
    log = run.job("train").log()
    assert run.conclusion == "success", log
    assert f"arn:aws:sts::{web.ACCOUNT}:assumed-role/workflow/GitHubActions" in log
    assert "us-east-1 us-east-1" in log
    statuses = world.github.repositories.at(NAME).statuses
    assert [(each["state"], each["creator"]["login"]) for each in statuses][-1:] == [("success", "github-actions[bot]")]
    assert "aws-secret-access-key" not in log


def test_another_branch_does_not(world: EmbeddedAws, workflows: Workflows) -> None:
    (run,) = put(world, workflows, "feature", {PATH: TEXT, "a.txt": "3"})
    assert run.conclusion == "failure"
    assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in run.job("train").log()


def test_another_file_of_the_branch_does_not(world: EmbeddedAws, workflows: Workflows) -> None:
    other, train = put(world, workflows, "main", {".github/workflows/other.yml": TEXT})
    assert (other.conclusion, train.conclusion) == ("failure", "success")
    assert "Not authorized" in other.job("train").log()


def test_a_job_without_the_permission_does_not(world: EmbeddedAws, workflows: Workflows) -> None:
    text = TEXT.replace("id-token: write, ", "")
    other, _ = put(world, workflows, "main", {".github/workflows/other.yml": text})
    assert other.conclusion == "failure"
    assert "id-token: write" in other.job("train").log()


def test_a_pull_request_of_a_fork_does_not(world: EmbeddedAws, workflows: Workflows) -> None:
    github = world.github
    base = github.repositories.at(NAME)
    fork = github.repositories.create("evil/models", parent=base)
    github.commit(fork, "main", {"a.txt": b"evil", PATH: textwrap.dedent(TEXT).encode()}, "change", login="evil")
    ended(world, workflows)
    before = len(workflows.runs(NAME))
    github.pulls.open(base, {"head": "evil:main", "base": "main", "title": "Mine"}, "evil")
    found = ended(world, workflows)[before:]
    assert {run.event for run in found} == {"pull_request"}
    (run,) = (each for each in found if each.workflow.path == PATH)
    assert run.conclusion == "failure"
    assert "this job may not ask for an OIDC token" in run.job("train").log()
    assert run.job("train").permissions == {"contents": "read", "statuses": "read", "metadata": "read"}
    # the fork's own workflow, which has no variable with the role
    own = next(run for run in workflows.wait("evil/models", timeout=SECONDS) if run.workflow.path == PATH)
    assert "role-to-assume: got nothing" in own.job("train").log()


def test_a_run_by_hand_has_its_inputs(world: EmbeddedAws, workflows: Workflows) -> None:
    before = len(workflows.runs(NAME))
    url = f"{world.github.api_endpoint()}/repos/{NAME}/actions/workflows/train.yml/dispatches"
    asked = urllib.request.Request(url, json.dumps({"ref": "main", "inputs": {"group": "b"}}).encode())
    asked.add_header("Authorization", f"Bearer {world.github.person_token('mona')}")
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 204
    (run,) = ended(world, workflows)[before:]
    assert (run.event, run.workflow.path, run.conclusion) == ("workflow_dispatch", PATH, "success")
    assert "group b" in run.job("train").log()


def test_ids_in_the_subject_are_another_subject(world: EmbeddedAws, workflows: Workflows) -> None:
    """As GitHub has it for repositories of since July 2026: a role of the name alone is none of theirs, and back."""
    repository, host = world.github.create("octo/new", {"README.md": b"new"}), f"{web.ACCOUNT}:oidc-provider/{web.HOST}"
    numbered = f"octo@{repository.owner_number}/new@{repository.number}"
    job = {"repository": "octo/new", "job_workflow_ref": f"octo/new/{PATH}@refs/heads/main"}
    subjects = {
        "names": Job("octo/new", "main").subject(),
        "ids": Job("octo/new", "main", numbered=numbered).subject(),
        "others": Job("octo/new", "main", numbered=f"{numbered}1").subject(),
    }
    roles = {each: web.role(world, each, f"arn:aws:iam::{host}", web.exactly(subjects[each])) for each in subjects}
    for immutable, right in ((True, "ids"), (False, "names")):
        repository.immutable = immutable
        token = web.job(world, **job)
        assert web.assume(world, roles[right], token)["SubjectFromWebIdentityToken"] == subjects[right]
        for other in subjects.keys() - {right}:
            with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
                web.assume(world, roles[other], token)


def test_the_api_tells_what_became_of_a_workflow(world: EmbeddedAws, workflows: Workflows) -> None:
    world.github.runs.runner = workflows
    try:
        (run,) = put(world, workflows, "main", {"a.txt": "4"})[-1:]
        token = world.github.person_token("mona")
        listed = asked(world, token, f"?head_sha={run.sha}&event=push&branch=main&status=success")
        assert {each["path"] for each in listed["workflow_runs"]} >= {PATH}
        shown = next(each for each in listed["workflow_runs"] if each["path"] == PATH)
        assert (shown["status"], shown["conclusion"], shown["head_branch"]) == ("completed", "success", "main")
        assert asked(world, token, f"/{shown['id']}") == shown
        (job,) = asked(world, token, f"/{shown['id']}/jobs")["jobs"]
        assert (job["name"], job["conclusion"]) == ("train", "success")
        assert ("Region", "success") in [(step["name"], step["conclusion"]) for step in job["steps"]]
        assert asked(world, token, "?status=success&branch=feature")["total_count"] == 0
        assert asked(world, token, "/1") == 404
        assert asked(world, world.github.job_token(NAME, {"contents": "read"}), "") == 403
        pulls = asked(world, token, "?event=pull_request")["workflow_runs"]
        heads = {pull["head"]["sha"] for pull in world.github.repositories.at(NAME).pulls.values()}
        assert {each["head_sha"] for each in pulls} <= heads
    finally:
        world.github.runs.runner = None


def asked(world: EmbeddedAws, token: str, rest: str) -> Any:
    """What the API says of runs, or the status of its refusal."""
    request = urllib.request.Request(f"{world.github.api_endpoint()}/repos/{NAME}/actions/runs{rest}")
    request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code
