"""SageMaker of the embedded AWS: model registry, jobs that really run, and pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.sagemaker.service import SageMaker

if TYPE_CHECKING:
    from rehearsal.sagemaker.world import World


def create(world: World) -> list[SageMaker]:
    """The service, made for `world`."""
    return [SageMaker(world)]
