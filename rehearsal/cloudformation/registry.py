"""The supported resource types: every provider in `providers`, by its type."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from rehearsal.cloudformation import providers
from rehearsal.cloudformation.provider import Provider


def _providers() -> list[Provider]:
    names = [module.name for module in pkgutil.iter_modules(providers.__path__) if not module.name.startswith("_")]
    modules = [import_module(f"{providers.__name__}.{name}") for name in names]
    return [
        value()
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Provider) and value.__module__ == module.__name__
    ]


PROVIDERS: dict[str, Provider] = {provider.type: provider for provider in _providers()}
