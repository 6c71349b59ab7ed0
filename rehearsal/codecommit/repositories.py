"""Repositories and their tags."""

from __future__ import annotations

import operator
import re
from pathlib import Path

from rehearsal.api import ApiError, Caller, Params, partition_of
from rehearsal.codecommit.clients import repository_directory
from rehearsal.codecommit.state import Repositories, Repository, now
from rehearsal.git import Git
from rehearsal.params import only, page
from rehearsal.ports import Platform

_NAME = re.compile(r"^[\w.-]{1,100}\Z", re.ASCII)


class RepositoryOperations:
    """The operations on repositories. https://docs.aws.amazon.com/codecommit/latest/APIReference/Welcome.html"""

    def __init__(self, platform: Platform, repositories: Repositories, hooks: Path) -> None:
        self._platform = platform
        self._repositories = repositories
        self._hooks = hooks

    def create_repository(self, caller: Caller, params: Params) -> Params:
        """Make an empty repository.

        Raises ApiError RepositoryNameRequiredException or InvalidRepositoryNameException.
        """
        only(params, {"repositoryName", "repositoryDescription", "tags", "kmsKeyId"}, "CreateRepository")
        name = params.get("repositoryName")
        if not name:
            raise ApiError("RepositoryNameRequiredException", "A repository name is required")
        if not _NAME.match(name) or name.endswith(".git"):
            text = (
                f"{name!r} is no repository name: expected 1 to 100 letters, digits, '.', '_', '-', not ending in .git"
            )
            raise ApiError("InvalidRepositoryNameException", text)
        directory = repository_directory(self._platform.directory, caller.account, caller.region, name)
        repository = Repository(
            caller.account,
            caller.region,
            name,
            Git(self._platform.processes, directory),
            params.get("repositoryDescription"),
            params.get("kmsKeyId"),
            dict(params.get("tags") or {}),
        )
        with repository.lock:
            self._repositories.add(caller.scope, name, repository)
            repository.git.create(self._hooks)
        return {"repositoryMetadata": metadata(repository)}

    def get_repository(self, caller: Caller, params: Params) -> Params:
        """A repository's metadata."""
        only(params, {"repositoryName"}, "GetRepository")
        return {"repositoryMetadata": metadata(self._repositories.at(caller.scope, params["repositoryName"]))}

    def batch_get_repositories(self, caller: Caller, params: Params) -> Params:
        """The metadata of several repositories, and the names that do not exist."""
        only(params, {"repositoryNames"}, "BatchGetRepositories")
        found = {name: self._repositories.find(caller.scope, name) for name in params["repositoryNames"]}
        return {
            "repositories": [metadata(each) for each in found.values() if each],
            "repositoriesNotFound": [name for name, each in found.items() if each is None],
            "errors": [],
        }

    def list_repositories(self, caller: Caller, params: Params) -> Params:
        """The name and id of every repository of the account and region, in pages of 1000."""
        only(params, {"nextToken", "sortBy", "order"}, "ListRepositories")
        by = "modified" if params.get("sortBy") == "lastModifiedDate" else "name"
        repositories = sorted(self._repositories.of(caller.scope), key=operator.attrgetter(by))
        if params.get("order") == "descending":
            repositories.reverse()
        found, token = page(repositories, params.get("nextToken"), 1000)
        return {"repositories": [metadata(each) for each in found], "nextToken": token}

    def delete_repository(self, caller: Caller, params: Params) -> Params:
        """Delete a repository; one that does not exist is no error."""
        only(params, {"repositoryName"}, "DeleteRepository")
        gone = self._repositories.pop(caller.scope, params["repositoryName"])
        if gone is None:
            return {}
        with gone.lock:
            gone.git.delete()
        return {"repositoryId": gone.repository_id}

    def update_repository_description(self, caller: Caller, params: Params) -> None:
        """Change or remove the description."""
        only(params, {"repositoryName", "repositoryDescription"}, "UpdateRepositoryDescription")
        repository = self._repositories.at(caller.scope, params["repositoryName"])
        repository.description = params.get("repositoryDescription") or None
        repository.modified = now()

    def get_repository_triggers(self, caller: Caller, params: Params) -> Params:
        """None: a repository of the embedded AWS calls nobody."""
        only(params, {"repositoryName"}, "GetRepositoryTriggers")
        self._repositories.at(caller.scope, params["repositoryName"])
        return {"configurationId": "", "triggers": []}

    def tags(self, caller: Caller, arn: str) -> dict[str, str]:
        """The tags of a repository by ARN. Raises ApiError InvalidResourceArnException for any other ARN."""
        prefix = f"arn:{caller.partition}:codecommit:{caller.region}:{caller.account}:"
        if not arn.startswith(prefix):
            raise ApiError("InvalidResourceArnException", f"{arn!r} is no repository of this account and region")
        return self._repositories.at(caller.scope, arn.removeprefix(prefix)).tags


def metadata(repository: Repository) -> Params:
    """A repository as the API shows it."""
    suffix = "amazonaws.com.cn" if partition_of(repository.region) == "aws-cn" else "amazonaws.com"
    host = f"git-codecommit.{repository.region}.{suffix}/v1/repos/{repository.name}"
    return {
        "accountId": repository.account,
        "repositoryId": repository.repository_id,
        "repositoryName": repository.name,
        "repositoryDescription": repository.description,
        "defaultBranch": repository.default_branch,
        "lastModifiedDate": repository.modified,
        "creationDate": repository.created,
        "cloneUrlHttp": f"https://{host}",
        "cloneUrlSsh": f"ssh://{host}",
        "Arn": repository.arn,
        "kmsKeyId": repository.kms_key,
    }
