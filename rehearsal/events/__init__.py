"""EventBridge of the embedded AWS."""

from __future__ import annotations

from rehearsal.events.service import EventBridge

__all__ = ["EventBridge"]
