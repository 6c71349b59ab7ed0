"""The services of our own, in the order they are made."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rehearsal.world import World

_MODULES = ("sts", "events", "cloudformation", "codecommit", "codebuild", "codepipeline", "sagemaker", "states",
            "autoscaling")  # fmt: skip


def create_services(world: World) -> Iterator[Any]:
    """Every service, made for `world`."""
    for name in _MODULES:
        if importlib.util.find_spec(f"rehearsal.{name}") is None:
            continue
        module = importlib.import_module(f"rehearsal.{name}")
        if hasattr(module, "create"):
            yield from module.create(world)
