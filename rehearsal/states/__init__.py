"""Step Functions of the embedded AWS: a small part of the Amazon States Language that really runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.states.service import StepFunctions

if TYPE_CHECKING:
    from rehearsal.world import World

__all__ = ["StepFunctions", "create"]


def create(world: World) -> list[StepFunctions]:
    """The service, made for `world`."""
    return [StepFunctions(world)]
