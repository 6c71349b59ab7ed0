"""Everything that can be done to a type of resource, from AWS's service authorization reference.

`actions.json` and `service_actions.json`, which has every action of the same services, are made by
scripts/iam_actions.py. https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

import fnmatch
import functools
import json
from pathlib import Path

_FILE = Path(__file__).parent / "actions.json"
_SERVICES = _FILE.with_name("service_actions.json")

#: signing in with SAML or a trusted context takes a provider of those kinds, and no template makes one
_FEDERATED = ("AssumeRoleWithSAML", "SetContext")


@functools.cache
def _levels() -> dict[str, dict[str, str]]:
    return json.loads(_FILE.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@functools.cache
def actions_on(kind: str) -> tuple[str, ...]:
    """The actions, `service:Name`, on resources of the type `kind`, such as `s3:object`."""
    service = kind.partition(":")[0]
    names = [name for listed in _levels()[kind].values() for name in listed.split()]
    return tuple(f"{service}:{name}" for name in sorted(names) if name not in _FEDERATED)


@functools.cache
def _services() -> dict[str, tuple[str, ...]]:
    listed: dict[str, str] = json.loads(_SERVICES.read_text(encoding="utf-8"))
    return {service: tuple(f"{service}:{name}" for name in names.split()) for service, names in listed.items()}


@functools.lru_cache(maxsize=8192)
def matching(pattern: str) -> tuple[str, ...] | None:
    """Every action that a pattern of a policy stands for; None where it names services that are not listed here."""
    service, _, name = pattern.partition(":")
    if service.lower() not in _services():
        return None
    wanted = f"{service.lower()}:{name.lower()}"
    return tuple(each for each in _services()[service.lower()] if fnmatch.fnmatchcase(each.lower(), wanted))


def changes(action: str) -> bool:
    """Whether an action writes, tags or manages permissions, rather than reads or lists."""
    service, _, name = action.partition(":")
    return any(
        name in listed.split()
        for kind, levels in _levels().items()
        if kind.startswith(f"{service}:")
        for level, listed in levels.items()
        if level not in ("List", "Read")
    )
