"""EventBridge of the embedded AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.events.service import EventBridge

if TYPE_CHECKING:
    from rehearsal.world import World

__all__ = ["EventBridge", "create"]


def create(world: World) -> list[EventBridge]:
    """The service, made for `world`."""
    return [EventBridge(world)]
