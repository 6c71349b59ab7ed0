"""Full clones: what a source action handed on in place of files, fetched with the role of the build that needs it.

https://docs.aws.amazon.com/codepipeline/latest/userguide/tutorials-github-gitclone.html
"""

from __future__ import annotations

import json

from rehearsal.accounts import Accounts
from rehearsal.api import ApiError
from rehearsal.codeconnections.service import ConnectionStore
from rehearsal.iam.checks import Check
from rehearsal.ports import Authorization, Clone, RepositoryHosts


class Clones:
    """Clones repositories for roles that may use their connections."""

    def __init__(self, store: ConnectionStore, accounts: Accounts, iam: Authorization, hosts: RepositoryHosts) -> None:
        self._store = store
        self._accounts = accounts
        self._iam = iam
        self._hosts = hosts

    def clone(self, role: str, region: str, reference: bytes) -> Clone:
        """The history that a reference means. Raises ApiError: denied, or nothing there."""
        try:
            given = json.loads(reference)["CodeBuildCloneRef"]
            arn, name, branch, commit = (
                str(given[key]) for key in ("ConnectionArn", "FullRepositoryId", "BranchName", "CommitId")
            )
        except (ValueError, KeyError, TypeError):
            raise ApiError("InvalidInputException", "the source is no reference to a repository") from None
        connection = self._store.find(arn)
        if connection is None:
            raise ApiError("ResourceNotFoundException", f"Connection not found: {arn}")
        action, keys = f"{connection.service}:UseConnection", connection.keys(name, branch, "GitPull")
        check = Check(action, arn, connection.account, keys)
        self._iam.require(self._accounts.role_session(role), [check], region, connection.service)
        try:
            bundle = self._hosts.bundle(connection.host, name)
        except KeyError as error:
            raise ApiError("ResourceNotFoundException", str(error.args[0])) from None
        return Clone(bundle, commit, f"https://{connection.host}/{name}.git")
