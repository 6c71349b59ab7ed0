"""Source from CodeCommit: a zip of the branch, and the variables of its commit.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeCommit.html
"""

from __future__ import annotations

import datetime

from botocore.exceptions import ClientError

from rehearsal.api import Params
from rehearsal.codepipeline.actions.base import Context, MisconfiguredError, Provider, Result
from rehearsal.codepipeline.models import Revision

_ABSENT = ("RepositoryDoesNotExistException", "BranchDoesNotExistException", "CommitIdDoesNotExistException")


class CodeCommitSource(Provider):
    """Source / AWS / CodeCommit."""

    categories = ("Source",)
    name = "CodeCommit"
    required, optional = "RepositoryName BranchName", "PollForSourceChanges OutputArtifactFormat"
    outputs = (1, 1)

    def check(self, action: Params) -> str | None:
        """CODEBUILD_CLONE_REF would need CodeBuild to clone."""
        form = action["configuration"].get("OutputArtifactFormat", "CODE_ZIP")
        return None if form == "CODE_ZIP" else f"OutputArtifactFormat {form}"

    def run(self, context: Context) -> Result:
        """Archive the tip of the branch, or the commit that the execution was started for. Raises ActionFailedError."""
        configuration = context.configuration
        name, branch = configuration["RepositoryName"], configuration["BranchName"]
        codecommit = context.client("codecommit")
        override = context.execution.overrides.get(context.run.name)
        try:
            if override:
                commit_id = override["revisionValue"]
            else:
                found = codecommit.get_branch(repositoryName=name, branchName=branch)
                commit_id = found["branch"]["commitId"]
            commit = codecommit.get_commit(repositoryName=name, commitId=commit_id)["commit"]
        except ClientError as error:
            answer = error.response["Error"]
            if answer["Code"] in _ABSENT:
                text = f"no commit of branch {branch} of CodeCommit repository {name}: {answer['Message']}"
                raise MisconfiguredError(text) from None
            raise
        context.require("codecommit:UploadArchive", f"codecommit:{context.run.region}:{context.account}:{name}")
        content = context.neighbours.repositories.archive(
            account=context.account, region=context.run.region, name=name, commit=commit_id
        )
        (artifact,) = context.run.outputs
        context.write(artifact, content)
        variables = {
            "RepositoryName": name,
            "BranchName": branch,
            "CommitId": commit_id,
            "CommitMessage": commit["message"],
            "AuthorDate": _iso(commit["author"]["date"]),
            "CommitterDate": _iso(commit["committer"]["date"]),
        }
        console = f"https://{context.run.region}.console.aws.amazon.com/codesuite/codecommit"
        url = f"{console}/repositories/{name}/commit/{commit_id}"
        context.report(commit_id, url)
        return Result(f"CommitId: {commit_id}", variables, Revision(commit_id, commit["message"], url))


def _iso(date: str) -> str:
    """`seconds zone` as ISO 8601, UTC."""
    return datetime.datetime.fromtimestamp(int(date.partition(" ")[0]), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
