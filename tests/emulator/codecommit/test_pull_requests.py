"""Pull requests and merges by fast-forward."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.conftest import ACCOUNTS, REGION, Client
from tests.emulator.roles import trusting


@pytest.fixture
def commits(client: Client) -> Iterator[Any]:
    """A client and a repository `r` of its own with the branches main and feature, which is one commit ahead."""
    made = client("codecommit")
    made.create_repository(repositoryName="r")
    first = made.put_file(repositoryName="r", branchName="main", filePath="a", fileContent=b"1")["commitId"]
    made.create_branch(repositoryName="r", branchName="feature", commitId=first)
    made.put_file(repositoryName="r", branchName="feature", filePath="b", fileContent=b"2", parentCommitId=first)
    yield made
    made.delete_repository(repositoryName="r")


def tip(commits: Any, branch: str) -> str:
    return str(commits.get_branch(repositoryName="r", branchName=branch)["branch"]["commitId"])


def opened(commits: Any) -> str:
    target = {"repositoryName": "r", "sourceReference": "feature", "destinationReference": "main"}
    return str(commits.create_pull_request(title="t", targets=[target])["pullRequest"]["pullRequestId"])


def test_a_pull_request_is_merged_and_closed(commits: Any) -> None:
    number, source = opened(commits), tip(commits, "feature")
    (target,) = commits.get_pull_request(pullRequestId=number)["pullRequest"]["pullRequestTargets"]
    assert (target["sourceCommit"], target["mergeBase"]) == (source, tip(commits, "main"))
    assert commits.list_pull_requests(repositoryName="r", pullRequestStatus="OPEN")["pullRequestIds"] == [number]
    wanted = {"sourceCommitSpecifier": "feature", "destinationCommitSpecifier": "main"}
    assert commits.get_merge_options(repositoryName="r", **wanted)["mergeOptions"] == ["FAST_FORWARD_MERGE"]
    merged = commits.merge_pull_request_by_fast_forward(pullRequestId=number, repositoryName="r")["pullRequest"]
    assert merged["pullRequestStatus"] == "CLOSED"
    assert merged["pullRequestTargets"][0]["mergeMetadata"]["mergeCommitId"] == source == tip(commits, "main")
    with pytest.raises(ClientError) as caught:
        commits.merge_pull_request_by_fast_forward(pullRequestId=number, repositoryName="r")
    assert caught.value.response["Error"]["Code"] == "PullRequestAlreadyClosedException"


def test_what_went_apart_is_not_merged(commits: Any) -> None:
    number, main = opened(commits), tip(commits, "main")
    commits.put_file(repositoryName="r", branchName="main", filePath="c", fileContent=b"3", parentCommitId=main)
    with pytest.raises(ClientError) as caught:
        commits.merge_pull_request_by_fast_forward(pullRequestId=number, repositoryName="r")
    assert caught.value.response["Error"]["Code"] == "ManualMergeRequiredException"
    assert commits.get_pull_request(pullRequestId=number)["pullRequest"]["pullRequestStatus"] == "OPEN"
    commits.update_pull_request_status(pullRequestId=number, pullRequestStatus="CLOSED")
    with pytest.raises(ClientError):
        commits.update_pull_request_status(pullRequestId=number, pullRequestStatus="OPEN")


def test_several_commits_and_those_that_are_not_there(commits: Any) -> None:
    absent = "0" * 40
    answer = commits.batch_get_commits(repositoryName="r", commitIds=[tip(commits, "main"), absent])
    assert [each["commitId"] for each in answer["commits"]] == [tip(commits, "main")]
    assert [each["commitId"] for each in answer["errors"]] == [absent]


def test_a_merge_is_decided_with_the_branch_that_it_changes(commits: Any, world: EmbeddedAws) -> None:
    iam = world.client("iam", account=ACCOUNTS[0], region=REGION)
    role = iam.create_role(RoleName="merges", AssumeRolePolicyDocument=trusting("codebuild.amazonaws.com"))
    to_main = {"ForAnyValue:StringEquals": {"codecommit:References": ["refs/heads/main"]}}
    statements = [
        {"Effect": "Allow", "Action": "codecommit:*", "Resource": f"arn:aws:codecommit:{REGION}:{ACCOUNTS[0]}:r"},
        {"Effect": "Deny", "Action": "codecommit:Merge*", "Resource": "*", "Condition": to_main},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName="merges", PolicyName="p", PolicyDocument=document)
    limited = world.client("codecommit", account=ACCOUNTS[0], region=REGION, role=role["Role"]["Arn"])
    number = opened(commits)
    assert limited.get_pull_request(pullRequestId=number)["pullRequest"]["title"] == "t"
    with pytest.raises(ClientError, match="explicit deny"):
        limited.merge_pull_request_by_fast_forward(pullRequestId=number, repositoryName="r")
    wanted = {"sourceCommitSpecifier": "feature", "destinationCommitSpecifier": "main"}
    with pytest.raises(ClientError, match="explicit deny"):
        limited.merge_branches_by_fast_forward(repositoryName="r", **wanted)
    commits.create_repository(repositoryName="other")
    first = commits.put_file(repositoryName="other", branchName="main", filePath="a", fileContent=b"1")["commitId"]
    commits.create_branch(repositoryName="other", branchName="b", commitId=first)
    commits.put_file(repositoryName="other", branchName="b", filePath="b", fileContent=b"2", parentCommitId=first)
    target = {"repositoryName": "other", "sourceReference": "b", "destinationReference": "main"}
    foreign = commits.create_pull_request(title="t", targets=[target])["pullRequest"]["pullRequestId"]
    with pytest.raises(ClientError, match="is not authorized to perform: codecommit:GetPullRequest"):
        limited.get_pull_request(pullRequestId=foreign)
