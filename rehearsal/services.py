"""The services of our own, in the order they are made."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rehearsal.world import World

_MODULES = ("sts", "events", "cloudformation", "codecommit", "codebuild", "codepipeline", "sagemaker", "states",
            "autoscaling")  # fmt: skip


def create_services(world: World) -> Iterator[Any]:
    """Every service, made for `world`."""
    for name in _MODULES:
        yield from importlib.import_module(f"rehearsal.{name}").create(world)
