"""CodeCommit: bare git repositories behind the API of AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from moto.core.utils import get_service_model

from rehearsal.api import Operation
from rehearsal.codecommit.branches import Branches
from rehearsal.codecommit.changes import Changes
from rehearsal.codecommit.clients import git_environment, terminal_settings, write_hooks
from rehearsal.codecommit.content import Content
from rehearsal.codecommit.door import GitDoor
from rehearsal.codecommit.pull_requests import PullRequests
from rehearsal.codecommit.repositories import RepositoryOperations
from rehearsal.codecommit.state import Repositories
from rehearsal.operations import nothing, operations
from rehearsal.ports import Authorization, BranchMoved, EventSink, Platform
from rehearsal.tagging import Tagging


class CodeCommit:
    """The service; a `SourceRepositories` for others."""

    name = "codecommit"
    exclusive = True

    def __init__(self, platform: Platform, bus: EventSink, iam: Authorization) -> None:
        self._platform = platform
        self._changes = Changes(bus)
        self._repositories = Repositories()
        self._door = door = GitDoor(platform.processes)
        platform.confinement.open(door.port, door.answer)
        hooks = write_hooks(platform.directory, platform.endpoint)
        self._branches = Branches(self._repositories, self._changes, door, platform.accounts)
        repositories = RepositoryOperations(platform, self._repositories, hooks)
        content = Content(self._repositories, self._changes)
        self._parts = (
            repositories,
            Tagging(repositories.tags, pair=None, pages=("nextToken",)),
            self._branches,
            content,
            PullRequests(self._repositories, self._changes, platform.accounts, iam),
        )

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method; any other operation is refused by its name."""
        model = get_service_model("codecommit")
        own = operations(model, *self._parts) | nothing(model, "ListApprovalRuleTemplates")
        return own | {"GitPull": self._branches.git_pull, "GitPush": self._branches.git_push}  # what git asks

    def archive(self, *, account: str, region: str, name: str, commit: str) -> bytes:
        """A zip of the files of a commit: what CodePipeline has CodeCommit make (codecommit:UploadArchive)."""
        return self._repositories.at((account, region), name).git.archive(commit)

    def git_environment(self, account: str, region: str) -> dict[str, str]:
        """The variables under which `git` reaches the repositories of an account; `region` is the default one."""
        return git_environment(self._platform.directory, self._platform.endpoint, account, region)

    def terminal_settings(self, account: str, region: str) -> list[tuple[str, str]]:
        """Settings with which `git` in a person's terminal reaches them, beside the person's own ones."""
        return terminal_settings(self._platform.directory, self._platform.endpoint, account, region)

    def close(self) -> None:
        """Serve git no more."""
        self._door.close()

    def on_move(self, listener: Callable[[BranchMoved], None]) -> None:
        """Call `listener` whenever a branch moved, before the push or commit is answered."""
        self._changes.listeners.append(listener)
