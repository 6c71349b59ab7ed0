"""CodePipeline of the embedded AWS."""

from __future__ import annotations

from rehearsal.codepipeline.service import CodePipeline

__all__ = ["CodePipeline"]
