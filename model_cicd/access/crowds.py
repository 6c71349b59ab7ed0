"""Those whom a policy cannot tell from one another are asked about together: in an account, all but a few."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from iam_policy import Policy
from model_cicd.access.principals import Principal
from model_cicd.access.resource import Resource

#: keys of a request's context that tell callers of one account apart
_OF_CALLERS = ("aws:principal", "aws:user", "aws:source", "aws:federated", "sts:")
_OF_ACCOUNTS = ("aws:principalaccount", "aws:principalorgid")
_OF_SERVICES = ("aws:sourceaccount", "aws:sourcearn")  # which are told apart anyhow


@dataclass(frozen=True, eq=False)
class Crowd:
    """Everybody of an account but those with the ARNs `but`, each of them one of `everybody`."""

    everybody: Sequence[Principal]
    but: frozenset[str]

    def __contains__(self, principal: Principal) -> bool:
        return principal.account == self.everybody[0].account and principal.arn not in self.but

    def __iter__(self) -> Iterator[Principal]:
        return (each for each in self.everybody if each.arn not in self.but)

    def __len__(self) -> int:
        return len(self.everybody) - len(self.but)


@dataclass(frozen=True)
class Cell:
    """One thing that is possible: who, on what, which grant, in which layer."""

    layer: str
    principal: Principal
    resource: Resource
    grant: str


@dataclass(frozen=True)
class CrowdCells:
    """What is possible for each of a crowd."""

    layer: str
    crowd: Crowd
    resource: Resource
    grants: tuple[str, ...]

    def each(self) -> Iterator[Cell]:
        """One by one."""
        return (Cell(self.layer, principal, self.resource, grant) for principal in self.crowd for grant in self.grants)


def one_by_one(found: Iterable[Cell | CrowdCells]) -> Iterator[Cell]:
    """Cells without crowds, each once."""
    seen = (cell for each in found for cell in (each.each() if isinstance(each, CrowdCells) else (each,)))
    return iter(dict.fromkeys(seen))


def told_apart(policy: Policy) -> frozenset[str] | None:
    """The ARNs that a policy may tell from others of their account; None where it may do so with any.

    It cannot where it names roles by their exact ARNs alone, and this is none of them. Services are told apart always.
    """
    exact: set[str] = set()
    for statement in policy.statements:
        exact.update(statement.principals.aws if statement.principals else ())
        for condition in statement.conditions:
            key = condition.key.lower()
            if key in _OF_ACCOUNTS or key in _OF_SERVICES:
                continue
            if key == "aws:principalarn" and condition.operator.startswith("Arn") and not _wild(condition.values):
                exact.update(condition.values)
            elif key.startswith(_OF_CALLERS) or _wild(condition.values, "${"):
                return None
    return frozenset(exact)


def _wild(values: Iterable[str], marks: Iterable[str] = "*?$") -> bool:
    return any(mark in value for value in values for mark in marks)
