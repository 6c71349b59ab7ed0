"""CodePipeline of the embedded AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.codepipeline.service import CodePipeline

if TYPE_CHECKING:
    from rehearsal.world import World

__all__ = ["CodePipeline", "create"]


def create(world: World) -> list[CodePipeline]:
    """The service, made for `world`."""
    return [CodePipeline(world)]
