"""What roles were granted and what of it they used: a to-do list for least privilege."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from moto.iam.models import iam_backends

from iam_policy import Policy, Statement
from rehearsal.iam import principals
from rehearsal.iam.authorizer import Authorizer
from rehearsal.iam.ledger import Ledger


@dataclass(frozen=True)
class Grant:
    """One action of an Allow statement (a pattern, or `NotAction ...`) and the actions it let the role do."""

    policy: str
    statement: str
    action: str
    used: tuple[str, ...]


def report(iam: Authorizer, accounts: Iterable[str]) -> dict[str, Any]:
    """The part `iam` of a rehearsal's report: mode, denied calls, and by role what was used and what was not.

    Of every role: `used` (action -> resources), `unused` (grants that allowed nothing), `wide` (patterns with the
    actions that were used of them) and `awsManaged`: AWS's own policies, which nobody can narrow, by name with the
    number of their grants and the actions that were used.
    """
    uses = iam.ledger.uses()
    roles = {}
    for arn in (arn for account in accounts for arn in _roles(account)):
        made, foreign = grants(iam.ledger, arn), principals.aws_managed(arn)
        own = [each for each in made if each.policy not in foreign]
        roles[arn] = {
            "used": uses.get(arn, {}),
            "unused": [_shown(each) for each in own if not each.used],
            "wide": [_shown(each) | {"used": list(each.used)} for each in own if each.used and "*" in each.action],
            "awsManaged": {name: _summed(each for each in made if each.policy == name) for name in sorted(foreign)},
        }
    return {
        "mode": iam.mode,
        "decisions": iam.ledger.decisions,
        "denied": iam.ledger.denials(),
        "unmapped": iam.ledger.unmapped_operations(),
        "roles": roles,
    }


def grants(ledger: Ledger, role: str) -> list[Grant]:
    """What the identity policies of a role grant, in their order, and what of it was used."""
    try:
        policies = principals.policies_of_role(role)
    except (principals.Missing, ValueError):  # gone, or with a policy that is not decided here
        return []
    return [grant for policy in policies for grant in _of(ledger, role, policy)]


def _of(ledger: Ledger, role: str, policy: Policy) -> list[Grant]:
    made = []
    for statement in policy.statements:
        if statement.effect != "Allow":
            continue
        worked = ledger.worked(role, statement)
        for pattern in statement.actions:
            if statement.not_action:
                made.append(_grant(policy, statement, f"NotAction {pattern}", worked))
            else:
                used = [each for each in worked if fnmatch.fnmatchcase(each.lower(), pattern.lower())]
                made.append(_grant(policy, statement, pattern, used))
    return made


def _grant(policy: Policy, statement: Statement, action: str, used: Iterable[str]) -> Grant:
    return Grant(policy.name, statement.sid or str(statement.index + 1), action, tuple(sorted(used)))


def _summed(made: Iterable[Grant]) -> dict[str, Any]:
    listed = list(made)
    return {"grants": len(listed), "used": sorted({action for each in listed for action in each.used})}


def _shown(grant: Grant) -> dict[str, Any]:
    return {"policy": grant.policy, "statement": grant.statement, "action": grant.action}


def _roles(account: str) -> list[str]:
    return sorted(str(role.arn) for role in list(iam_backends[account]["aws"].roles.values()))
