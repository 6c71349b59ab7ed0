"""Unmodified git against the embedded AWS."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.process import base_environment
from tests.emulator.roles import open_to

HTTPS = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos"
ACCOUNT = "111111111111"

Git = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def git(world: EmbeddedAws, tmp_path: Path) -> Git:
    """`git(*command, cwd=, account=)` as the administrator of an account, and nothing else in the environment."""

    def run(*command: str, cwd: Path = tmp_path, account: str = ACCOUNT, **extra: str) -> Any:
        env = base_environment() | world.client_environment(account, "us-east-1") | {"HOME": str(tmp_path)} | extra
        return subprocess.run(["git", *command], cwd=cwd, env=env, capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="module")
def events(client: Any) -> Callable[[], list[dict[str, Any]]]:
    """The CodeCommit events of the account so far, through a rule and a queue."""
    sqs, bridge = client("sqs"), client("events")
    url = sqs.create_queue(
        QueueName="changes", Attributes=open_to("events.amazonaws.com", "arn:aws:sqs:us-east-1:111111111111:changes")
    )["QueueUrl"]
    pattern = {"source": ["aws.codecommit"], "detail-type": ["CodeCommit Repository State Change"]}
    bridge.put_rule(Name="changes", EventPattern=json.dumps(pattern))
    bridge.put_targets(Rule="changes", Targets=[{"Id": "q", "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:changes"}])

    def read(wanted: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        deadline = time.monotonic() + 5
        while len(found) < wanted and time.monotonic() < deadline:
            for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            time.sleep(0.05)
        return found

    return read  # type: ignore[return-value]


def commit(git: Git, where: Path, name: str, text: str) -> str:
    (where / name).write_text(text)
    assert git("add", ".", cwd=where).returncode == 0
    done = git("commit", "-m", f"change {name}", cwd=where)
    assert done.returncode == 0, done.stderr
    return git("rev-parse", "HEAD", cwd=where).stdout.strip()


@pytest.mark.parametrize("url", [f"{HTTPS}/by-https", "codecommit::us-east-1://by-helper", "codecommit://by-scheme"])
def test_clone_push_and_events(url: str, git: Git, client: Any, events: Any, tmp_path: Path) -> None:
    name = url.rpartition("/")[2]
    repository = client("codecommit").create_repository(repositoryName=name)["repositoryMetadata"]
    events(0)
    work = tmp_path / "work"
    cloned = git("clone", url, str(work))
    assert cloned.returncode == 0, cloned.stderr
    first = commit(git, work, "a.txt", "one\n")
    pushed = git("push", "origin", "HEAD:main", cwd=work)
    assert pushed.returncode == 0, pushed.stderr
    assert client("codecommit").get_branch(repositoryName=name, branchName="main")["branch"]["commitId"] == first
    second = commit(git, work, "a.txt", "two\n")
    git("tag", "v1", cwd=work)
    assert git("push", "origin", "HEAD:main", "HEAD:dev", "v1", cwd=work).returncode == 0
    assert git("push", "origin", ":dev", cwd=work).returncode == 0
    found = events(5)
    assert {event["resources"][0] for event in found} == {repository["Arn"]}
    details = {
        (each["event"], each["referenceType"], each["referenceName"], each.get("oldCommitId"), each.get("commitId"))
        for each in (event["detail"] for event in found)
    }
    assert details == {
        ("referenceCreated", "branch", "main", None, first),
        ("referenceUpdated", "branch", "main", first, second),
        ("referenceCreated", "branch", "dev", None, second),
        ("referenceCreated", "tag", "v1", None, second),
        ("referenceDeleted", "branch", "dev", second, None),
    }
    assert {event["detail"]["callerUserArn"] for event in found} == {f"arn:aws:iam::{ACCOUNT}:user/administrator"}


def test_shallow_clone_and_branch_of_commits_made_by_the_api(git: Git, client: Any, tmp_path: Path) -> None:
    codecommit = client("codecommit")
    codecommit.create_repository(repositoryName="seeded")
    put = [{"filePath": "pipeline.yaml", "fileContent": b"a: 1\n"}]
    parent = codecommit.create_commit(repositoryName="seeded", branchName="prod", putFiles=put)["commitId"]
    put[0]["fileContent"] = b"a: 2\n"
    codecommit.create_commit(repositoryName="seeded", branchName="prod", parentCommitId=parent, putFiles=put)
    assert git("clone", "--depth", "1", f"{HTTPS}/seeded", "shallow").returncode == 0
    assert (tmp_path / "shallow/pipeline.yaml").read_text() == "a: 2\n"
    assert git("rev-list", "--count", "HEAD", cwd=tmp_path / "shallow").stdout.strip() == "1"
    assert git("branch", "--show-current", cwd=tmp_path / "shallow").stdout.strip() == "prod"


def test_a_push_with_other_credentials_is_refused_and_changes_nothing(git: Git, client: Any, tmp_path: Path) -> None:
    client("codecommit").create_repository(repositoryName="guarded")
    assert git("clone", f"{HTTPS}/guarded", "guarded").returncode == 0
    commit(git, tmp_path / "guarded", "a", "1")
    done = git("push", "origin", "HEAD:main", cwd=tmp_path / "guarded", AWS_ACCESS_KEY_ID="AKIAUNKNOWN")
    assert done.returncode != 0
    assert "UnrecognizedClientException" in done.stderr
    done = git("push", "origin", "HEAD:main", cwd=tmp_path / "guarded", AWS_ACCESS_KEY_ID="")
    assert "no AWS credentials" in done.stderr
    assert client("codecommit").list_branches(repositoryName="guarded")["branches"] == []


def test_other_accounts_and_profiles_do_not_find_it(git: Git, client: Any) -> None:
    client("codecommit").create_repository(repositoryName="mine")
    other = git("clone", f"{HTTPS}/mine", "a", account="222222222222")
    assert other.returncode != 0
    assert "RepositoryDoesNotExistException: mine does not exist" in other.stderr
    assert git("clone", "codecommit://profile@mine", "b").returncode != 0


def test_concurrent_commits_by_git_and_the_api_keep_the_branch_consistent(
    git: Git, client: Any, tmp_path: Path
) -> None:
    codecommit = client("codecommit")
    codecommit.create_repository(repositoryName="races")
    put = [{"filePath": "a", "fileContent": b"1"}]
    first = codecommit.create_commit(repositoryName="races", branchName="main", putFiles=put)["commitId"]
    assert git("clone", f"{HTTPS}/races", "races").returncode == 0
    put[0]["fileContent"] = b"2"
    codecommit.create_commit(repositoryName="races", branchName="main", parentCommitId=first, putFiles=put)
    commit(git, tmp_path / "races", "b", "1")
    done = git("push", "origin", "HEAD:main", cwd=tmp_path / "races")
    assert done.returncode != 0
    assert "rejected" in done.stderr
