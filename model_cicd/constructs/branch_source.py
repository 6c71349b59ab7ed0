"""The source of a pipeline on a branch: a repository of CodeCommit, or one that a connection leads to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from model_cicd.aws.resources import SOURCE, BranchPipeline
from model_cicd.constructs.code_pipeline import Source
from model_cicd.constructs.iam import Statement

_SOURCE_ACTIONS = (
    "codecommit:CancelUploadArchive",
    "codecommit:GetBranch",
    "codecommit:GetCommit",
    "codecommit:GetUploadArchiveStatus",
    "codecommit:UploadArchive",
)
_CONNECTIONS = "CodeStarSourceConnection"
#: of connections; the older prefix still stands in CodePipeline's own page, and in ARNs
_PREFIXES = {"CodeConnections": "codeconnections", "CodeStarConnections": "codestar-connections"}


def branch_source(pipeline: BranchPipeline) -> Source:
    """What the pipeline fetches, and as whom."""
    repository = pipeline.repository
    if repository.connection is None:
        where = {
            "RepositoryName": repository.name,
            "BranchName": pipeline.branch,
            "PollForSourceChanges": "false",
            "OutputArtifactFormat": "CODE_ZIP",
        }
        return Source("CodeCommit", where, [Statement("Source", _SOURCE_ACTIONS, [repository.arn])])
    where = {
        "ConnectionArn": repository.connection,
        "FullRepositoryId": repository.name,
        "BranchName": pipeline.branch,
        "OutputArtifactFormat": "CODE_ZIP",
        # of pushes, the trigger knows more
        "DetectChanges": "false",
    }
    return Source(_CONNECTIONS, where, list(_use(repository.connection, repository.name)), [_trigger(pipeline)])


def _use(connection: str, repository: str) -> Iterator[Statement]:
    """Of one connection and one repository behind it.

    https://docs.aws.amazon.com/dtconsole/latest/userguide/security-iam.html#permissions-reference-connections-use
    """
    for sid, prefix in _PREFIXES.items():
        yield Statement(
            sid,
            [f"{prefix}:UseConnection"],
            [connection],
            {"StringEquals": {f"{prefix}:FullRepositoryId": repository}},
        )


def _trigger(pipeline: BranchPipeline) -> dict[str, Any]:
    """Pushes to exactly the branch, of files that the filters stand for.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-filter.html
    """
    push: dict[str, Any] = {"branches": _listed([pipeline.branch], ())}
    if pipeline.includes or pipeline.excludes:
        push["filePaths"] = _listed(pipeline.includes, pipeline.excludes)
    return {"providerType": _CONNECTIONS, "gitConfiguration": {"sourceActionName": SOURCE, "push": [push]}}


def _listed(includes: Sequence[str], excludes: Sequence[str]) -> dict[str, Sequence[str]]:
    return {key: listed for key, listed in (("includes", includes), ("excludes", excludes)) if listed}
