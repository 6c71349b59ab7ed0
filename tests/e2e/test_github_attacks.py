"""Workflows that a group's role does not trust, in a deployment that names branch and file of the one that it does.

Each attack is the same workflow, `PROBE`. That it gets the role where it may shows that nothing else holds it back.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.e2e.at_github import BRANCH, NAME, TRAIN, AtGitHub
from tests.e2e.by_hand import PROD_BUILD, Kept

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("github")]

OTHER = ".github/workflows/other.yml"
ROLE = "arn:aws:iam::123456789012:role/modelcicd-github-models-price-actions-start"
START = "modelcicd-github-models-price-connected-start"  # the same of the other group, in its build account
TOLD = "Tell what came of it"
DENIED = "(AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform"
PROBE = """
    on: [push, pull_request]
    permissions: {contents: read, id-token: write, statuses: write}
    jobs:
      probe:
        runs-on: ubuntu-latest
        steps:
          - name: May ask for a token
            run: test -n "$ACTIONS_ID_TOKEN_REQUEST_URL"
          - name: Take the role
            run: |
              curl -sSf -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \\
                "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" > token.json
              said() {
                printf '%s' "$2" > said.txt
                python3 - "$1" > status.json <<'EOF'
              import json, sys
              said = open("said.txt").read().strip().removeprefix("An error occurred ")
              print(json.dumps({"state": "success", "context": sys.argv[1], "description": said[:140]}))
              EOF
                curl -sSf -H "Authorization: Bearer ${{ github.token }}" -d @status.json \\
                  "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/statuses/$GITHUB_SHA"
              }
              if ! aws sts assume-role-with-web-identity --role-arn ROLE --role-session-name probe --region us-east-1 \\
                --web-identity-token "$(python3 -c 'import json; print(json.load(open("token.json"))["value"])')" \\
                --query Credentials > got.json 2> error.txt; then said role "$(cat error.txt)"; exit 0; fi
              said role taken
              key() { python3 -c 'import json, sys; print(json.load(open("got.json"))[sys.argv[1]])' "$1"; }
              export AWS_ACCESS_KEY_ID=$(key AccessKeyId) AWS_SECRET_ACCESS_KEY=$(key SecretAccessKey)
              export AWS_SESSION_TOKEN=$(key SessionToken) AWS_DEFAULT_REGION=us-east-1
              said arn "$(aws sts get-caller-identity --query Arn --output text 2>&1)"
              said start "$(aws codepipeline start-pipeline-execution --name PIPELINE 2>&1 || true)"
              said stop "$(aws codepipeline disable-stage-transition --pipeline-name PIPELINE --stage-name Source \\
                --transition-type Inbound --reason mine 2>&1 || true)"
              said other "$(aws sts assume-role --role-arn arn:aws:iam::123456789015:role/START \\
                --role-session-name mine 2>&1 || true)"
          - name: TOLD
            run: test -s status.json
    """


@pytest.fixture(scope="module")
def repository(at_github: Kept) -> AtGitHub:
    """The repository of both groups."""
    return AtGitHub(at_github, NAME)


def probe(kept: Kept) -> bytes:
    """The workflow, with the names of this deployment."""
    text = textwrap.dedent(PROBE).replace("TOLD", TOLD).replace("PIPELINE", kept.pipeline("connected"))
    return text.replace("role/START", f"role/{START}").replace("ROLE", ROLE).encode()


def put(repository: AtGitHub, folder: Path, path: str, branch: str) -> str:
    """Push a commit with the workflow alone at `path` to a branch that comes off the group's; its id."""
    clone = repository.clone(folder / "clone", BRANCH)
    for other in (clone / TRAIN).parent.glob("*"):
        other.unlink()  # or it would run as well, and say something of its own
    (clone / path).parent.mkdir(parents=True, exist_ok=True)
    (clone / path).write_bytes(probe(repository.kept))
    repository.run("git", "add", "--all", cwd=clone)
    repository.run("git", "commit", "--quiet", "--message", "Probe", cwd=clone)
    repository.run("git", "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}", cwd=clone)
    return repository.run("git", "rev-parse", "HEAD", cwd=clone).strip()


def test_another_branch_gets_no_role(repository: AtGitHub, tmp_path: Path) -> None:
    commit = put(repository, tmp_path, TRAIN, "feature")
    run = repository.ended("push", commit, TRAIN)
    assert repository.steps(run)[TOLD] == "success", repository.steps(run)
    (said,) = repository.said(commit).items()
    assert said[0] == "role"
    assert DENIED in said[1]


def test_a_pull_request_of_a_fork_gets_no_token(repository: AtGitHub, tmp_path: Path) -> None:
    fork = repository.ask("/forks", {"organization": "evil"})["full_name"]
    commit = put(AtGitHub(repository.kept, fork), tmp_path, TRAIN, BRANCH)
    repository.ask("/pulls", {"head": f"evil:{BRANCH}", "base": BRANCH, "title": "Mine"})
    steps = repository.steps(repository.ended("pull_request", commit, TRAIN))
    assert steps["May ask for a token"] == "failure"
    assert steps["Take the role"] == "skipped"
    # the fork's own push is a job of another repository
    own = AtGitHub(repository.kept, fork)
    assert own.steps(own.ended("push", commit, TRAIN))[TOLD] == "success"
    assert DENIED in own.said(commit)["role"]


def test_another_file_of_the_branch_gets_no_role(repository: AtGitHub, tmp_path: Path) -> None:
    commit = put(repository, tmp_path, OTHER, BRANCH)
    assert repository.steps(repository.ended("push", commit, OTHER))[TOLD] == "success"
    assert DENIED in repository.said(commit)["role"]


def test_the_file_that_is_named_gets_the_role_and_nothing_of_the_other_group(
    repository: AtGitHub, tmp_path: Path
) -> None:
    pipeline = repository.kept.pipeline("connected")
    before = [each["pipelineExecutionId"] for each in repository.kept.executions(pipeline)]
    repository.kept.client("iam", PROD_BUILD).get_role(RoleName=START)  # it is there to be asked for
    commit = put(repository, tmp_path, TRAIN, BRANCH)
    steps = repository.steps(repository.ended("push", commit, TRAIN))
    said = repository.said(commit)
    assert steps[TOLD] == "success", said
    assert said["role"] == "taken"
    assert said["arn"].strip() == f"{ROLE.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/probe"
    for tried in ("start", "stop", "other"):
        assert "(AccessDenied" in said[tried], said
    assert [each["pipelineExecutionId"] for each in repository.kept.executions(pipeline)] == before
