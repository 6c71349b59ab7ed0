"""The supported resource types: every provider in `providers`, by its type, and the stand-ins that are asked for."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from importlib import import_module

from rehearsal.cloudformation import providers
from rehearsal.cloudformation.cdk_resources import HANDLERS
from rehearsal.cloudformation.cdk_resources.resource import CdkResource
from rehearsal.cloudformation.custom import NATIVE, PREFIX
from rehearsal.cloudformation.provider import Provider
from rehearsal.cloudformation.stand_ins.custom import CustomStandIn
from rehearsal.cloudformation.stand_ins.provider import StandIn


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
# those of the embedded AWS of this process: moto's state belongs to the process, too
STAND_INS: dict[str, Provider] = {}

# the CDK's own, and whatever else functions do
_CUSTOM = CdkResource()
NATIVE.update(dict.fromkeys(HANDLERS, _CUSTOM))


def provider_of(kind: str) -> Provider | None:
    """The provider of a resource type, a custom one too; None for what the embedded AWS does not have."""
    found = STAND_INS.get(kind) or PROVIDERS.get(kind) or NATIVE.get(kind)
    return _CUSTOM if found is None and kind.startswith(PREFIX) else found


def known_provider(kind: str) -> Provider:
    """The same of a resource that is in a stack."""
    found = provider_of(kind)
    assert found is not None, kind
    return found


def stand_in(types: Iterable[str]) -> None:
    """Take resources of these types, and of no others, as records."""
    STAND_INS.clear()
    STAND_INS.update({kind: (CustomStandIn if kind.startswith(PREFIX) else StandIn)(kind) for kind in types})
