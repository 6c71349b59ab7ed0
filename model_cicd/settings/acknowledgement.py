"""Grants beyond the expected matrix that somebody wants, as both modules take them."""

from __future__ import annotations

from pydantic import Field

from model_cicd.settings import types
from model_cicd.settings.strict import Settings


class AccessAcknowledgement(Settings):
    """A grant beyond the expected matrix that somebody wants (docs/access.md)."""

    grant: types.Words = Field(description="the line that `model-cicd access` prints, word for word")
    reason: types.Words = Field(description="why it is wanted, for whoever reviews the manifest")
