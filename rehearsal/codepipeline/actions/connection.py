"""Source through a connection: a repository of GitHub, GitLab or Bitbucket.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
"""

from __future__ import annotations

import json

from rehearsal.api import Params
from rehearsal.codepipeline.actions.base import Context, MisconfiguredError, Provider, Result
from rehearsal.codepipeline.models import Revision
from rehearsal.ports import HostCommit, UsedConnection

ZIP, CLONE = "CODE_ZIP", "CODEBUILD_CLONE_REF"
NAME = "CodeStarSourceConnection"


class ConnectionSource(Provider):
    """Source / AWS / CodeStarSourceConnection."""

    categories = ("Source",)
    name = NAME
    required, optional = "ConnectionArn FullRepositoryId BranchName", "OutputArtifactFormat DetectChanges"
    outputs = (1, 1)

    def check(self, action: Params) -> str | None:
        """Values that are none of those that the keys take."""
        configuration = action["configuration"]
        form, detect = configuration.get("OutputArtifactFormat", ZIP), configuration.get("DetectChanges", "true")
        if form not in (ZIP, CLONE):
            return f"OutputArtifactFormat {form}, but {ZIP} and {CLONE}"
        return None if str(detect).lower() in ("true", "false") else f"DetectChanges {detect}, but true and false"

    def run(self, context: Context) -> Result:
        """Archive the tip of the branch, or the commit that the execution was started for. Raises ActionFailedError."""
        configuration, override = context.configuration, context.execution.overrides.get(context.run.name) or {}
        arn, name = configuration["ConnectionArn"], configuration["FullRepositoryId"]
        connection = context.neighbours.connections.find(arn)
        if connection is None:
            raise MisconfiguredError(f"Connection {arn} is not available: it does not exist or is not finished")
        branch = override.get("branch") or configuration["BranchName"]
        full = configuration.get("OutputArtifactFormat", ZIP) == CLONE
        for action in ("GetBranch",) if full else ("GetBranch", "StartUploadArchiveToS3", "GetUploadArchiveToS3Status"):
            _use(context, connection, name, branch, action)
        try:
            commit = context.neighbours.hosts.commit(connection.host, name, override.get("revisionValue") or branch)
        except KeyError as error:
            raise MisconfiguredError(f"[{connection.provider}] {error.args[0]}") from None
        (artifact,) = context.run.outputs
        if full:
            context.write(artifact, reference(connection, name, branch, commit))
        else:
            context.write(artifact, context.neighbours.hosts.archive(connection.host, name, commit.sha))
        url = f"https://{connection.host}/{name}/commit/{commit.sha}"
        context.report(commit.sha, url)
        summary = json.dumps({"ProviderType": connection.provider, "CommitMessage": commit.message})
        variables = _variables(connection, name, branch, commit) | dict(override.get("variables") or {})
        return Result(summary, variables, Revision(commit.sha, summary, url))


def reference(connection: UsedConnection, name: str, branch: str, commit: HostCommit) -> bytes:
    """What a full clone hands on in place of the files: where a build clones from, with its own role."""
    members = {"ConnectionArn": connection.arn, "FullRepositoryId": name, "BranchName": branch, "CommitId": commit.sha}
    return json.dumps({"CodeBuildCloneRef": members}).encode()


def _use(context: Context, connection: UsedConnection, name: str, branch: str, action: str) -> None:
    """Decide, as the action's role, one use of the connection."""
    resource, keys = connection.arn.split(":", 2)[2], connection.keys(name, branch, action)
    context.require(f"{connection.service}:UseConnection", resource, connection.account, keys)


def _variables(connection: UsedConnection, name: str, branch: str, commit: HostCommit) -> dict[str, str]:
    return {
        "AuthorDate": commit.date,
        "AuthorDisplayName": commit.author,
        "AuthorEmail": commit.email,
        "AuthorId": commit.author,
        "BranchName": branch,
        "CommitId": commit.sha,
        "CommitMessage": commit.message,
        "ConnectionArn": connection.arn,
        "FullRepositoryName": name,
        "ProviderType": connection.provider,
    }
