"""What decisions see of changes that were made a moment ago, where AWS takes time (`rehearsal.latency`)."""

from __future__ import annotations

from dataclasses import replace

from moto.iam.models import iam_backends

from iam_policy import Policy
from rehearsal.api import Caller, Params
from rehearsal.iam import keys, principals
from rehearsal.iam.checks import Check, Context
from rehearsal.iam.resource_policies import trust_policy
from rehearsal.latency import Delayed, Latency

_ALIASES = "kms:ResourceAliases"
_OF_KEYS = ("CreateAlias", "UpdateAlias", "DeleteAlias")
_READING = ("Get", "List", "Simulate", "Generate")


class Delays:
    """Role policies, trust policies and aliases of keys, as decisions see them."""

    def __init__(self, latency: Latency) -> None:
        self._latency = latency
        self._policies: Delayed[tuple[Policy, ...]] = Delayed(latency.iam)
        self._trust: Delayed[str | None] = Delayed(latency.iam)
        self._aliases: Delayed[tuple[str, ...]] = Delayed(latency.aliases)

    def changed(self, service: str, operation: str, params: Params, caller: Caller) -> None:
        """An operation was run: note what it changed."""
        if service == "kms" and operation in _OF_KEYS and self._latency.aliases:
            for key in keys.all_of(caller):
                self._aliases.note(key, _aliases(keys.context(key)), ())
        if service == "iam" and not operation.startswith(_READING) and self._latency.iam:
            for arn in _roles(params, caller):
                self._policies.note(arn, principals.policies_of_role(arn), ())
                self._trust.note(arn, trust_policy(arn), None)

    def policies(self, role: str | None, found: tuple[Policy, ...]) -> tuple[Policy, ...]:
        """The identity policies of a role, of which `found` are the present ones."""
        return self._policies.seen(role, found) if role else found

    def trust(self, role: str) -> str | None:
        """The trust policy of a role."""
        return self._trust.seen(role, trust_policy(role))

    def check(self, check: Check) -> Check:
        """A check with the aliases that are visible of the key it is about."""
        if not self._latency.aliases or not check.action.startswith("kms:") or ":key/" not in check.resource:
            return check
        seen = self._aliases.seen(check.resource, _aliases(check.context))
        rest = {name: value for name, value in check.context.items() if name != _ALIASES}
        return replace(check, context=rest | ({_ALIASES: list(seen)} if seen else {}))


def _aliases(context: Context) -> tuple[str, ...]:
    return tuple(context.get(_ALIASES, ()))


def _roles(params: Params, caller: Caller) -> list[str]:
    """The role that an operation names, or every role of the account where it is about a managed policy."""
    roles = list(iam_backends[caller.account][caller.partition].roles.values())
    name = params.get("RoleName")
    return [str(role.arn) for role in roles if name is None or role.name == name]
