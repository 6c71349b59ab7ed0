"""The probes, a file each service."""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Import every file, whose probes register themselves."""
    for each in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{each.name}")
