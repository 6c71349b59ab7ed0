"""CodeCommit. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodecommit.html"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.iam.checks import Asked, Check, On, Rule, always, several, tagging

_REPOSITORY = "{repositoryName}"


def _on_branch(path: str = "branchName") -> Rule:
    """A change of a branch: the condition key `codecommit:References` is its reference."""

    def checks(asked: Asked) -> Iterator[Check]:
        branch = asked.get(path)
        context = {"codecommit:References": [f"refs/heads/{branch}"]} if branch else {}
        arn = asked.arn(str(asked.get("repositoryName")))
        yield Check(f"codecommit:{asked.operation}", arn, asked.caller.account, context)

    return checks


def _on_target(asked: Asked) -> Iterator[Check]:
    """A merge changes the branch that is named as the target, else the destination."""
    return iter(_on_branch("targetBranch" if asked.get("targetBranch") else "destinationCommitSpecifier")(asked))


def _git(asked: Asked) -> Iterator[Check]:
    """What git does: `accountId` is the repository's, whoever calls."""
    account = str(asked.get("accountId"))
    who = asked.caller
    arn = f"arn:{who.partition}:codecommit:{who.region}:{account}:{asked.get('repositoryName')}"
    if asked.operation == "GitPull":
        yield Check("codecommit:GitPull", arn, account)
        return
    for *_, reference in asked.params.get("changes") or [(None,)]:
        context: dict[str, str | list[str]] = {"codecommit:References": [reference]} if reference else {}
        yield Check("codecommit:GitPush", arn, account, context)


RULES: dict[str, Rule] = {
    "CreateRepository": On(_REPOSITORY, tags="tags", tagging="TagResource"),
    **several(_REPOSITORY, "GetRepository", "DeleteRepository", "UpdateRepositoryDescription", "UpdateDefaultBranch",
              "GetBlob", "GetBranch", "GetCommit", "GetDifferences", "GetFile", "GetFolder", "ListBranches"),
    "BatchGetRepositories": On("{repositoryNames[]}"),
    **{name: _on_branch() for name in ("CreateBranch", "DeleteBranch", "CreateCommit", "PutFile", "DeleteFile")},
    **several(_REPOSITORY, "BatchGetCommits", "GetMergeOptions", "GetRepositoryTriggers", "ListPullRequests"),
    "MergeBranchesByFastForward": _on_target,
    "CreatePullRequest": On("{targets[].repositoryName}"),
    # decided by the service, which knows whose pull request it is
    **dict.fromkeys(("GetPullRequest", "UpdatePullRequestTitle", "UpdatePullRequestDescription",
                     "UpdatePullRequestStatus", "MergePullRequestByFastForward"), always),
    "ListApprovalRuleTemplates": On(),
    "GitPush": _git,
    "GitPull": _git,
    **tagging(),
    "ListRepositories": On(),
}  # fmt: skip
