"""Everything that can be done to a type of resource, from AWS's service authorization reference.

`actions.json` is made by scripts/iam_actions.py. https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

_FILE = Path(__file__).parent / "actions.json"

#: signing in with a web identity, SAML or a trusted context takes an identity provider, and no template makes one
_FEDERATED = ("AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "SetContext")


@functools.cache
def _levels() -> dict[str, dict[str, str]]:
    return json.loads(_FILE.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@functools.cache
def actions_on(kind: str) -> tuple[str, ...]:
    """The actions, `service:Name`, on resources of the type `kind`, such as `s3:object`."""
    service = kind.partition(":")[0]
    names = [name for listed in _levels()[kind].values() for name in listed.split()]
    return tuple(f"{service}:{name}" for name in sorted(names) if name not in _FEDERATED)


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
