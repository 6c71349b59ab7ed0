"""The supported resource types: every provider in `providers`, by its type."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from rehearsal.cloudformation import providers
from rehearsal.cloudformation.custom import NATIVE, PREFIX
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

CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"


def provider_of(kind: str) -> Provider | None:
    """The provider of a resource type, a custom one too; None for what the embedded AWS does not have."""
    found = PROVIDERS.get(kind) or NATIVE.get(kind)
    return PROVIDERS[CUSTOM_RESOURCE] if found is None and kind.startswith(PREFIX) else found


def known_provider(kind: str) -> Provider:
    """The same of a resource that is in a stack."""
    found = provider_of(kind)
    assert found is not None, kind
    return found
