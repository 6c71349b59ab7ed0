"""CodeBuild: buildspecs run as real subprocesses under the project's service role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.codebuild.logs import BuildLog, build_logs
from rehearsal.codebuild.service import CodeBuild

if TYPE_CHECKING:
    from rehearsal.world import World

__all__ = ["BuildLog", "CodeBuild", "build_logs", "create"]


def create(world: World) -> list[CodeBuild]:
    """The service, made for `world`."""
    return [CodeBuild(world)]
