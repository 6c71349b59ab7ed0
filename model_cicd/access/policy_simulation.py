"""Three questions about a request: does it go through; what would the resource's side, what would the own side allow.

- effective: own policies and the resource's policy, as AWS decides;
- resource ceiling: whoever asks has every right of its own, so only the resource's policy limits it (within an
  account, where every right needs no policy of the resource: what that policy grants by itself);
- identity ceiling: the resource leaves it to whoever asks, so only its own policies limit it.

The resource ceiling is asked of the Allow statements alone, so that no Deny hides a grant too wide. What the Deny
statements are worth is a question of its own: what would still be refused after a careless grant of everything to
everybody.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from iam_policy import Decision, Policies, Policy, PolicyError, Request, Statement, decide
from iam_policy import Principal as PolicyPrincipal
from model_cicd.access.actions import actions_on
from model_cicd.access.bootstrap import EVERYTHING
from model_cicd.access.condition_context import (
    CommonContext,
    Context,
    condition_contexts,
    from_other_organization,
    named,
    over_http,
)
from model_cicd.access.principals import ADMINISTRATOR, CLOUDFORMATION, STRANGER, Principal
from model_cicd.access.resolve import Document, Resolved
from model_cicd.access.resource import Resource
from model_cicd.access.statement_index import StatementIndex

EFFECTIVE, RESOURCE, IDENTITY = "effective", "resource ceiling", "identity ceiling"
CARELESS = "after a careless grant"
#: keys of a request's context that tell callers of one account apart
_OF_CALLERS = ("aws:principal", "aws:user", "aws:source", "aws:federated", "sts:")
_OF_ACCOUNTS = ("aws:principalaccount", "aws:principalorgid")
_OF_SERVICES = ("aws:sourceaccount", "aws:sourcearn")  # which are told apart anyhow
LAYERS = (EFFECTIVE, RESOURCE, IDENTITY, CARELESS)


@dataclass(frozen=True)
class Cell:
    """One thing that is possible: who, on what, which grant, in which layer."""

    layer: str
    principal: Principal
    resource: Resource
    grant: str


@dataclass
class PolicySimulation:
    """Everybody, everything, and the policies between them.

    `identity_policies` and `resource_policies` hold the policies by the ARN of the
    principal and of the resource; changing an entry and
    asking again is what a mutant is.
    """

    common: CommonContext
    principals: Sequence[Principal]
    resources: Sequence[Resource]
    identity_policies: dict[str, tuple[Policy, ...]]
    resource_policies: dict[str, Policy]
    index: StatementIndex = field(init=False)
    _reached: dict[str, tuple[tuple[Policy, ...], dict[Resource, frozenset[str]]]] = field(
        init=False, default_factory=dict
    )
    _sides: dict[str, tuple[Policy, Policy, Policy]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.index = StatementIndex(self.principals, self.resources)

    def all(self) -> Iterator[Cell]:
        """Everything that is possible, in any layer."""
        for principal in self.principals:
            yield from self.by_principal(principal)
        for resource in self.resources:
            yield from self.by_policy_of(resource)

    def by_principal(self, principal: Principal) -> Iterator[Cell]:
        """What the principal's own policies make possible."""
        if principal.external:
            return
        for resource, actions in self.index.reached(self.identity_policies[principal.arn]):
            for action in actions:
                yield from self._cells(IDENTITY, principal, resource, action)
                # elsewhere the policy of the resource has to agree, and finds the principal by itself
                if principal.account == owner(principal, resource) and not decided_by_resource(action):
                    yield from self._cells(EFFECTIVE, principal, resource, action)

    def by_policy_of(self, resource: Resource) -> Iterator[Cell]:
        """What the policy of the resource makes possible."""
        policy = self.resource_policies.get(resource.policy or "")
        if policy is None:
            return
        told_apart = tells_apart(policy)
        alike: dict[object, list[Cell]] = {}  # what the policy gives to somebody of whom it knows no more than this
        for principal, actions in self.index.named(policy, resource):
            known = (principal.account, principal.arn if told_apart(principal) else "", tuple(actions))
            if known not in alike and not resource.external:
                asked = [action for action in actions if has_policy(resource, action)]
                alike[known] = [cell for action in asked for cell in self._cells(RESOURCE, principal, resource, action)]
            yield from (Cell(RESOURCE, principal, resource, cell.grant) for cell in alike.get(known, ()))
            for action in actions:
                if has_policy(resource, action) and not principal.external and self._asks(principal, resource, action):
                    yield from self._cells(EFFECTIVE, principal, resource, action)
        if resource.types[0].startswith("s3:") or any(each.effect == "Deny" for each in policy.statements):
            yield from self._after_careless_grant(resource)

    def _asks(self, principal: Principal, resource: Resource, action: str) -> bool:
        """Whether the principal's own policies count and speak of it, without which nothing goes through."""
        if principal.service or (principal.account == resource.account and not decided_by_resource(action)):
            return True
        policies = self.identity_policies[principal.arn]
        known = self._reached.get(principal.arn)
        if known is None or known[0] is not policies:
            reached = {each: frozenset(actions) for each, actions in self.index.reached(policies)}
            known = self._reached[principal.arn] = (policies, reached)
        return action in known[1].get(resource, ())

    def _after_careless_grant(self, resource: Resource) -> Iterator[Cell]:
        """What those could do who have every right of their own, if the policy let everybody: its Deny statements.

        Asked of strangers and of the accounts that the resource's group deploys to; without TLS, of the owner.
        """
        for principal in self.principals:
            own = principal.kind == ADMINISTRATOR and principal.account == resource.account
            if own or shut_out(principal, resource):
                variants = over_http if own else condition_contexts
                for action in actions_on(resource.types[0]):
                    asked = variants(self.common, principal, resource, action)
                    yield from self._possible(CARELESS, principal, resource, action, asked)

    def _cells(self, layer: str, principal: Principal, resource: Resource, action: str) -> Iterator[Cell]:
        yield from self._possible(
            layer, principal, resource, action, condition_contexts(self.common, principal, resource, action)
        )
        if layer == RESOURCE:
            elsewhere = from_other_organization(self.common, principal, resource, action)
            yield from self._possible(layer, principal, resource, action, elsewhere)

    def _possible(
        self, layer: str, principal: Principal, resource: Resource, action: str, variants: Iterable[tuple[str, Context]]
    ) -> Iterator[Cell]:
        for word, context in variants:
            if self.decide(layer, principal, resource, action, context).allowed:
                yield Cell(layer, principal, resource, named(action, word))

    def decide(self, layer: str, principal: Principal, resource: Resource, action: str, context: Context) -> Decision:
        """One decision in one layer."""
        account = owner(principal, resource)
        decisive = decided_by_resource(action)
        policy = self._policy(layer, resource) if has_policy(resource, action) else None
        own = () if principal.service else self.identity_policies[principal.arn]
        if layer == IDENTITY:
            account = principal.account
            policy = _leaves_it(account) if decisive else None
        if layer in (RESOURCE, CARELESS) and not principal.service:
            # in its own account a policy gives what it gives by itself, or else everybody would have everything
            own = (_everything(),) if decisive or principal.account != account else ()
        return decide(
            Request(policy_principal(principal), action, resource.arn, account, context),
            Policies(identity=own, resource=policy),
        )

    def _policy(self, layer: str, resource: Resource) -> Policy | None:
        policy = self.resource_policies.get(resource.policy or "")
        if policy is None or layer in (EFFECTIVE, IDENTITY):
            return policy
        known = self._sides.get(resource.policy or "")
        if known is None or known[0] is not policy:
            denies = tuple(each for each in policy.statements if each.effect == "Deny")
            allows = Policy(policy.name, tuple(each for each in policy.statements if each.effect == "Allow"))
            known = policy, allows, Policy(policy.name, (*denies, _everybody()))
            self._sides[resource.policy or ""] = known
        return known[2 if layer == CARELESS else 1]


def tells_apart(policy: Policy) -> Callable[[Principal], bool]:
    """Whether a policy may decide otherwise about a principal than about others of its account.

    It does not where it names roles by their exact ARNs alone, and this is none of them.
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
                return lambda principal: True
    return lambda principal: bool(principal.service) or principal.arn in exact


def _wild(values: Iterable[str], marks: Iterable[str] = "*?$") -> bool:
    return any(mark in value for value in values for mark in marks)


def shut_out(principal: Principal, resource: Resource) -> bool:
    """Whether Deny statements are asked about this principal: a stranger, or where the resource's group deploys to."""
    consumer = principal.kind == CLOUDFORMATION and bool(principal.groups & resource.groups)
    stranger = principal.kind == ADMINISTRATOR and principal.account == STRANGER
    return (consumer or stranger) and principal.account != resource.account


def decided_by_resource(action: str) -> bool:
    """Whether policies of the own account count only if the resource's policy lets them: keys, and trust of roles."""
    return action.startswith(("kms:", "sts:"))


def has_policy(resource: Resource, action: str) -> bool:
    """Whether the resource's policy speaks of the action: a role's own policy is about who may assume it."""
    return resource.policy is not None and ("iam:role" not in resource.types or action.startswith("sts:"))


def make_simulation(
    common: CommonContext, everybody: Sequence[Principal], everything: Sequence[Resource], resolved: Resolved
) -> PolicySimulation:
    """The policies parsed, ready to be asked; statements that cannot be read are noted in `resolved` and left out."""
    trust = {arn: role.trust for arn, role in resolved.roles.items()}

    def read(document: Document) -> Policy:
        try:
            return parse(document)
        except PolicyError:
            policy, reasons = _readable(document)
            resolved.unreadable.extend(reasons)
            return policy

    return PolicySimulation(
        common,
        everybody,
        everything,
        {each.arn: tuple(map(read, each.identity)) for each in everybody if not each.service},
        {arn: read(document) for arn, document in {**resolved.resource_policies, **trust}.items()},
    )


def parse(document: Document) -> Policy:
    """The policy of a document, named after its origin. Raises PolicyError for one that cannot be read."""
    return Policy.parse(document.body, name=document.origin)


def _readable(document: Document) -> tuple[Policy, list[str]]:
    """A policy with those of its statements that can be read, and why the others cannot."""
    statements, reasons = [], []
    written = document.body.get("Statement", [])
    for number, statement in enumerate(written if isinstance(written, list) else [written]):
        try:
            alone = {"Version": document.body.get("Version", "2008-10-17"), "Statement": [statement]}
            (parsed,) = Policy.parse(alone, name=document.origin).statements
            statements.append(dataclasses.replace(parsed, index=number))
        except PolicyError as error:
            # it was parsed as the first statement
            reasons.append(str(error).replace("statement 1", f"statement {number + 1}", 1))
    return Policy(document.origin, tuple(statements)), reasons or [f"{document.origin}: is no policy document"]


def owner(principal: Principal, resource: Resource) -> str:
    """The account that owns the resource: whoever asks for what has no resource asks its own account."""
    return resource.account or principal.account


def policy_principal(principal: Principal) -> PolicyPrincipal:
    """The principal as the engine knows it."""
    if principal.service:
        return PolicyPrincipal("service", principal.arn, "")
    return PolicyPrincipal("role", principal.arn, principal.account)


@functools.cache
def _everything() -> Policy:
    return Policy.parse(EVERYTHING, name="every right")


@functools.cache
def _everybody() -> Statement:
    statement = {"Sid": "Careless", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    return Policy.parse({"Version": "2012-10-17", "Statement": [statement]}, name="careless").statements[0]


@functools.cache
def _leaves_it(account: str) -> Policy:
    """A resource policy that leaves the decision to the policies of `account`."""
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "*", "Resource": "*"}
    return Policy.parse({"Version": "2012-10-17", "Statement": [statement]}, name="open")
