"""Pull requests, which are merged by fast-forward only.

https://docs.aws.amazon.com/codecommit/latest/userguide/pull-requests.html
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from rehearsal.accounts import Accounts
from rehearsal.api import ApiError, Caller, Params
from rehearsal.codecommit.branches import tip
from rehearsal.codecommit.changes import Changes, RefChange
from rehearsal.codecommit.state import Repositories, Repository, now
from rehearsal.iam.checks import Check
from rehearsal.named import Scope
from rehearsal.params import only, page
from rehearsal.ports import Authorization

_FAST_FORWARD = "FAST_FORWARD_MERGE"


@dataclass
class _Request:
    scope: Scope
    repository: Repository
    source: str
    destination: str
    shown: Params


class PullRequests:
    """Pull requests with one target, and merges.

    Whose repository and branch a pull request is of is known here alone, so that its operations are decided here.
    """

    def __init__(self, repositories: Repositories, changes: Changes, accounts: Accounts, iam: Authorization) -> None:
        self._repositories, self._changes = repositories, changes
        self._accounts, self._iam = accounts, iam
        self._lock = threading.RLock()
        self._all: list[_Request] = []

    def create_pull_request(self, caller: Caller, params: Params) -> Params:
        """Ask for a merge. Raises ApiError for a branch or repository that is not there."""
        only(params, {"title", "description", "targets", "clientRequestToken"}, "CreatePullRequest")
        if len(params["targets"]) != 1:
            raise ApiError("MultipleRepositoriesInPullRequestException", "expected one target")
        (target,) = params["targets"]
        repository = self._repositories.at(caller.scope, target["repositoryName"])
        source = target["sourceReference"].removeprefix("refs/heads/")
        destination = str(target.get("destinationReference") or repository.default_branch).removeprefix("refs/heads/")
        if tip(repository, source) == tip(repository, destination):
            text = "The source and the destination branch of the pull request have the same tip."
            raise ApiError("SourceAndDestinationAreSameException", text)
        with self._lock:
            shown = {
                "pullRequestId": str(len(self._all) + 1), "title": params["title"],
                "description": params.get("description"), "creationDate": now(), "lastActivityDate": now(),
                "pullRequestStatus": "OPEN", "authorArn": caller.arn, "approvalRules": [],
                "clientRequestToken": params.get("clientRequestToken"),
            }  # fmt: skip
            request = _Request(caller.scope, repository, source, destination, shown)
            self._all.append(request)
        return {"pullRequest": self._view(request)}

    def get_pull_request(self, caller: Caller, params: Params) -> Params:
        """One pull request. Raises ApiError PullRequestDoesNotExistException."""
        only(params, {"pullRequestId"}, "GetPullRequest")
        return {"pullRequest": self._view(self._get(caller, params, "GetPullRequest"))}

    def list_pull_requests(self, caller: Caller, params: Params) -> Params:
        """The ids of the pull requests of a repository."""
        known = {"repositoryName", "authorArn", "pullRequestStatus", "nextToken", "maxResults"}
        only(params, known, "ListPullRequests")
        repository = self._repositories.at(caller.scope, params["repositoryName"])
        wanted = {name: params[name] for name in ("authorArn", "pullRequestStatus") if name in params}
        found = [each.shown["pullRequestId"] for each in self._all if each.repository is repository
                 and all(each.shown[name] == value for name, value in wanted.items())]  # fmt: skip
        ids, token = page(found, params.get("nextToken"), params.get("maxResults"))
        return {"pullRequestIds": ids, "nextToken": token}

    def update_pull_request_title(self, caller: Caller, params: Params) -> Params:
        """Change the title."""
        request = self._get(caller, params, "UpdatePullRequestTitle")
        return self._changed(request, params, "title")

    def update_pull_request_description(self, caller: Caller, params: Params) -> Params:
        """Change the description."""
        request = self._get(caller, params, "UpdatePullRequestDescription")
        return self._changed(request, params, "description")

    def update_pull_request_status(self, caller: Caller, params: Params) -> Params:
        """Close one; a closed one stays closed. Raises ApiError InvalidPullRequestStatusUpdateException."""
        request = self._get(caller, params, "UpdatePullRequestStatus")
        if request.shown["pullRequestStatus"] == "CLOSED" and params["pullRequestStatus"] == "OPEN":
            raise ApiError("InvalidPullRequestStatusUpdateException", "A closed pull request cannot be opened again.")
        return self._changed(request, params, "pullRequestStatus")

    def merge_pull_request_by_fast_forward(self, caller: Caller, params: Params) -> Params:
        """Move the destination to the tip of the source. Raises ApiError ManualMergeRequiredException."""
        only(params, {"pullRequestId", "repositoryName", "sourceCommitId"}, "MergePullRequestByFastForward")
        request = self._get(caller, params, "MergePullRequestByFastForward")
        if params["repositoryName"] != request.repository.name:
            text = f"The pull request is not one of {params['repositoryName']}."
            raise ApiError("RepositoryNotAssociatedWithPullRequestException", text)
        if request.shown["pullRequestStatus"] == "CLOSED":
            text = f"Pull request {params['pullRequestId']} is closed."
            raise ApiError("PullRequestAlreadyClosedException", text)
        commit = tip(request.repository, request.source)
        if params.get("sourceCommitId") not in (None, commit):
            raise ApiError("TipOfSourceReferenceIsDifferentException", f"The tip of {request.source} is {commit}.")
        merged = {"isMerged": True, "mergedBy": caller.arn, "mergeCommitId": commit, "mergeOption": _FAST_FORWARD}
        shown = self._view(request)["pullRequestTargets"][0]
        self._forward(caller, request.repository, commit, request.destination)
        request.shown |= {"pullRequestStatus": "CLOSED", "lastActivityDate": now(),
                          "pullRequestTargets": [{**shown, "mergeMetadata": merged}]}  # fmt: skip
        return {"pullRequest": self._view(request)}

    def merge_branches_by_fast_forward(self, caller: Caller, params: Params) -> Params:
        """Move a branch to a commit that follows its tip."""
        known = {"repositoryName", "sourceCommitSpecifier", "destinationCommitSpecifier", "targetBranch"}
        only(params, known, "MergeBranchesByFastForward")
        repository = self._repositories.at(caller.scope, params["repositoryName"])
        commit = _resolved(repository, params["sourceCommitSpecifier"])
        branch = params.get("targetBranch") or params["destinationCommitSpecifier"]
        self._forward(caller, repository, commit, branch)
        return {"commitId": commit, "treeId": repository.git.tree(commit)}

    def get_merge_options(self, caller: Caller, params: Params) -> Params:
        """The ways in which two commits can be merged here: by fast-forward or not at all."""
        known = {"repositoryName", "sourceCommitSpecifier", "destinationCommitSpecifier"}
        only(params, known, "GetMergeOptions")
        repository = self._repositories.at(caller.scope, params["repositoryName"])
        source = _resolved(repository, params["sourceCommitSpecifier"])
        destination = _resolved(repository, params["destinationCommitSpecifier"])
        base = repository.git.merge_base(source, destination)
        options = [_FAST_FORWARD] if base == destination else []
        return {"mergeOptions": options, "sourceCommitId": source, "destinationCommitId": destination,
                "baseCommitId": base or destination}  # fmt: skip

    def _forward(self, caller: Caller, repository: Repository, commit: str, branch: str) -> None:
        with repository.lock:
            old = tip(repository, branch)
            if repository.git.merge_base(commit, old) != old:
                text = f"The pull request cannot be merged automatically: {branch} has commits that {commit} has not."
                raise ApiError("ManualMergeRequiredException", text)
            repository.git.update(f"refs/heads/{branch}", commit, old)
        self._changes.report(RefChange(repository, f"refs/heads/{branch}", old, commit, caller.arn))

    def _changed(self, request: _Request, params: Params, member: str) -> Params:
        only(params, {"pullRequestId", member}, "UpdatePullRequest")
        request.shown |= {member: params[member], "lastActivityDate": now()}
        return {"pullRequest": self._view(request)}

    def _get(self, caller: Caller, params: Params, operation: str) -> _Request:
        """The pull request, if the caller may do this to it. Raises ApiError PullRequestDoesNotExistException."""
        found = (each for each in self._all if each.shown["pullRequestId"] == params["pullRequestId"])
        request = next(found, None)
        if request is None or request.scope != caller.scope:
            raise ApiError("PullRequestDoesNotExistException", f"{params['pullRequestId']} does not exist.")
        merging = operation.startswith("Merge")
        context = {"codecommit:References": [f"refs/heads/{request.destination}"]} if merging else {}
        check = Check(f"codecommit:{operation}", request.repository.arn, caller.account, context)
        self._iam.require(self._accounts.identify(caller.access_key), [check], caller.region, "codecommit")
        return request

    def _view(self, request: _Request) -> Params:
        if "pullRequestTargets" in request.shown:
            return request.shown
        branches = request.repository.git.branches()
        source, destination = branches.get(request.source), branches.get(request.destination)
        base = request.repository.git.merge_base(source, destination) if source and destination else None
        target = {"repositoryName": request.repository.name, "sourceReference": f"refs/heads/{request.source}",
                  "destinationReference": f"refs/heads/{request.destination}", "sourceCommit": source,
                  "destinationCommit": destination, "mergeBase": base, "mergeMetadata": {"isMerged": False},
                  }  # fmt: skip
        return {**request.shown, "pullRequestTargets": [target]}


def _resolved(repository: Repository, specifier: str) -> str:
    commit = repository.git.resolve(specifier)
    if commit is None:
        raise ApiError("CommitDoesNotExistException", f"{specifier} does not exist in {repository.name}")
    return commit
