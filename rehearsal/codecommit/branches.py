"""Branches, and the pushes that git reports."""

from __future__ import annotations

import hmac

from rehearsal.accounts import Accounts
from rehearsal.api import ApiError, Caller, Params
from rehearsal.codecommit.changes import Changes, RefChange, commit_or_none
from rehearsal.codecommit.door import GitDoor
from rehearsal.codecommit.state import Repositories, Repository
from rehearsal.params import only, page


class Branches:
    """The operations on branches. https://docs.aws.amazon.com/codecommit/latest/APIReference/Welcome.html"""

    def __init__(self, repositories: Repositories, changes: Changes, door: GitDoor, accounts: Accounts) -> None:
        self._repositories = repositories
        self._changes = changes
        self._door = door
        self._accounts = accounts

    def get_branch(self, caller: Caller, params: Params) -> Params:
        """The commit at the tip of a branch."""
        only(params, {"repositoryName", "branchName"}, "GetBranch")
        repository = self._repository(caller, params)
        return {"branch": {"branchName": params["branchName"], "commitId": tip(repository, params["branchName"])}}

    def create_branch(self, caller: Caller, params: Params) -> None:
        """Make a branch at an existing commit.

        Raises ApiError InvalidBranchNameException, BranchNameExistsException or CommitDoesNotExistException.
        """
        only(params, {"repositoryName", "branchName", "commitId"}, "CreateBranch")
        repository, name = self._repository(caller, params), params["branchName"]
        with repository.lock:
            if not repository.git.valid_branch(name):
                raise ApiError("InvalidBranchNameException", f"The branch name {name!r} is not valid")
            if name in repository.git.branches():
                raise ApiError("BranchNameExistsException", f"Branch {name} already exists")
            if repository.git.resolve(params["commitId"]) != params["commitId"]:
                raise ApiError("CommitDoesNotExistException", f"Commit {params['commitId']} does not exist")
            repository.git.update(f"refs/heads/{name}", params["commitId"], None)
        self._changes.report(RefChange(repository, f"refs/heads/{name}", None, params["commitId"], caller.arn))

    def list_branches(self, caller: Caller, params: Params) -> Params:
        """The names of the branches."""
        only(params, {"repositoryName", "nextToken"}, "ListBranches")
        names = sorted(self._repository(caller, params).git.branches())
        found, token = page(names, params.get("nextToken"), 1000)
        return {"branches": found, "nextToken": token}

    def update_default_branch(self, caller: Caller, params: Params) -> None:
        """Choose the branch that a clone checks out."""
        only(params, {"repositoryName", "defaultBranchName"}, "UpdateDefaultBranch")
        repository, name = self._repository(caller, params), params["defaultBranchName"]
        tip(repository, name)
        repository.default_branch = name
        repository.git.set_head(name)

    def delete_branch(self, caller: Caller, params: Params) -> Params:
        """Delete a branch that is not the default one; one that does not exist is no error.

        Raises ApiError DefaultBranchCannotBeDeletedException.
        """
        only(params, {"repositoryName", "branchName"}, "DeleteBranch")
        repository, name = self._repository(caller, params), params["branchName"]
        if name == repository.default_branch:
            text = f"Branch {name} is the default branch and cannot be deleted"
            raise ApiError("DefaultBranchCannotBeDeletedException", text)
        with repository.lock:
            commit = repository.git.branches().get(name)
            if commit is None:
                return {}
            repository.git.remove(f"refs/heads/{name}")
        self._changes.report(RefChange(repository, f"refs/heads/{name}", commit, None, caller.arn))
        return {"deletedBranch": {"branchName": name, "commitId": commit}}

    def git_pull(self, caller: Caller, params: Params) -> Params:
        """What git asks before it reads a repository; the answer opens the way to it."""
        return self._opened(caller, self._named(caller, params, "GitPull"), "GitPull")

    def git_push(self, caller: Caller, params: Params) -> Params | None:
        """What git and the hooks of the repositories ask: before a push to allow it, after it to report it.

        Raises ApiError for a report that does not come from a hook.
        """
        repository = self._named(caller, params, "GitPush")
        if params["stage"] == "connect":
            return self._opened(caller, repository, "GitPush")
        if params["stage"] == "pre-receive":
            return None
        if not hmac.compare_digest(str(params.get("proof")).encode(), self._door.proof.encode()):
            raise ApiError("AccessDeniedException", "only the hook of the repository reports a push", 403)
        for old, new, ref in params["changes"]:
            self._changes.report(RefChange(repository, ref, commit_or_none(old), commit_or_none(new), caller.arn))
        return None

    def _opened(self, caller: Caller, repository: Repository, operation: str) -> Params:
        variables = self._accounts.identify(caller.access_key).environment(caller.region)
        return {"ticket": self._door.ticket(repository.git, operation, variables), "port": self._door.port}

    def _named(self, caller: Caller, params: Params, action: str) -> Repository:
        """The repository that git names with its account. Raises ApiError when it is another account's."""
        if params["accountId"] != caller.account:
            text = f"User: {caller.arn} is not authorized to perform: codecommit:{action} on a repository of account "
            raise ApiError("AccessDeniedException", text + params["accountId"])
        return self._repository(caller, params)

    def _repository(self, caller: Caller, params: Params) -> Repository:
        return self._repositories.at(caller.scope, params["repositoryName"])


def tip(repository: Repository, branch: str) -> str:
    """The commit at the tip of a branch. Raises ApiError when there is no such branch."""
    commit = repository.git.branches().get(branch)
    if commit is None:
        raise ApiError("BranchDoesNotExistException", f"Branch {branch} does not exist in {repository.name}")
    return commit
