"""Step Functions of the embedded AWS: a small part of the Amazon States Language that really runs."""

from __future__ import annotations

from rehearsal.states.service import StepFunctions

__all__ = ["StepFunctions"]
