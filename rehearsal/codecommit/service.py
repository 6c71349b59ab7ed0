"""CodeCommit: bare git repositories behind the API of AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rehearsal.api import Operation
from rehearsal.codecommit.branches import Branches
from rehearsal.codecommit.changes import Changes
from rehearsal.codecommit.clients import write_hooks
from rehearsal.codecommit.content import Content
from rehearsal.codecommit.repositories import RepositoryOperations
from rehearsal.codecommit.state import Repositories

if TYPE_CHECKING:
    from rehearsal.world import World


class CodeCommit:
    """The service. `changes.listeners` are told of every push and commit."""

    name = "codecommit"
    exclusive = True

    def __init__(self, world: World) -> None:
        self.changes = Changes(world)
        self._repositories = Repositories()
        hooks = write_hooks(world.directory, world.endpoint)
        self._parts = (
            RepositoryOperations(world, self._repositories, hooks),
            Branches(self._repositories, self.changes),
            Content(self._repositories, self.changes),
        )

    def operations(self) -> Mapping[str, Operation]:
        """The operations by their API name."""
        return {name: call for part in self._parts for name, call in part.operations().items()}

    def archive(self, *, account: str, region: str, name: str, commit: str) -> bytes:
        """A zip of the files of a commit: what CodePipeline has CodeCommit make (codecommit:UploadArchive)."""
        return self._repositories.get(account, region, name).git.archive(commit)
