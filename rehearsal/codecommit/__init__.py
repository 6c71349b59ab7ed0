"""CodeCommit of the embedded AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.codecommit.clients import git_environment
from rehearsal.codecommit.service import CodeCommit

if TYPE_CHECKING:
    from rehearsal.world import World

__all__ = ["CodeCommit", "create", "git_environment"]


def create(world: World) -> list[CodeCommit]:
    """The service, made for `world`."""
    return [CodeCommit(world)]
