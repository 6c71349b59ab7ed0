"""The authorization map: one file a service in `actions`, named by its signing name (`lambda_`: that is a keyword)."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from rehearsal.iam import actions
from rehearsal.iam.checks import Rule

TABLE: dict[str, dict[str, Rule]] = {
    module.name.rstrip("_").replace("_", "-"): import_module(f"{actions.__name__}.{module.name}").RULES
    for module in pkgutil.iter_modules(actions.__path__)
    if module.name != "s3"  # whose requests have no operation's name
}


def rule_of(service: str, operation: str) -> Rule | None:
    """What an operation needs, or None: nobody has said."""
    return TABLE.get(service, {}).get(operation)
