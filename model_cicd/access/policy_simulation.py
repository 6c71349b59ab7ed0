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

import functools
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from iam_policy import Decision, Policies, Policy, Request, Statement, decide
from model_cicd.access.alike_actions import alike_actions
from model_cicd.access.alike_requests import AlikeRequests
from model_cicd.access.bootstrap import EVERYTHING
from model_cicd.access.condition_context import (
    CommonContext,
    Context,
    named,
)
from model_cicd.access.crowds import Cell, Crowd, CrowdCells, told_apart
from model_cicd.access.policy_principal import policy_principal
from model_cicd.access.principals import ADMINISTRATOR, CLOUDFORMATION, STRANGER, Principal
from model_cicd.access.resource import Resource
from model_cicd.access.statement_index import StatementIndex

EFFECTIVE, RESOURCE, IDENTITY = "effective", "resource ceiling", "identity ceiling"
CARELESS = "after a careless grant"
#: types whose policies have to refuse what comes over plain HTTP, also where they deny nothing yet
_HEARD_WITHOUT_TLS = ("s3:", "sns:")
#: the policy of the resource alone
_BY_ITSELF = "by itself"
LAYERS = (EFFECTIVE, RESOURCE, IDENTITY, CARELESS)


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
    _reached: dict[str, tuple[tuple[Policy, ...], Sequence[tuple[Resource, list[str]]]]] = field(
        init=False, default_factory=dict
    )
    _sides: dict[str, tuple[Policy, Policy, Policy]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.index = StatementIndex(self.principals, self.resources)

    def all(self) -> Iterator[Cell | CrowdCells]:
        """Everything that is possible, in any layer."""
        for principal in self.principals:
            yield from self.by_principal(principal)
        for resource in self.resources:
            yield from self.by_policy_of(resource)

    def by_principal(self, principal: Principal) -> Iterator[Cell]:
        """What the principal's own policies make possible."""
        if principal.external:
            return
        for resource, actions in self._reached_by(principal):
            requests = self._requests(principal, resource)
            for action in actions:
                yield from _cells(requests, IDENTITY, action)
                # elsewhere the policy of the resource has to agree, and finds the principal by itself
                if principal.account == owner(principal, resource) and not decided_by_resource(action):
                    yield from _cells(requests, EFFECTIVE, action)

    def by_policy_of(self, resource: Resource) -> Iterator[Cell | CrowdCells]:
        """What the policy of the resource makes possible."""
        policy = self.resource_policies.get(resource.policy or "")
        if policy is None:
            return
        for who, actions in self.index.named(policy, resource, told_apart(policy)):
            asked = [action for action in actions if has_policy(resource, action)]
            requests = self._requests(next(iter(who)) if isinstance(who, Crowd) else who, resource)
            let = [] if resource.external else asked
            cells = [cell for action in let for cell in _let_in(requests, action)]
            if not isinstance(who, Crowd):
                yield from cells
            elif cells:
                yield CrowdCells(RESOURCE, who, resource, tuple(cell.grant for cell in cells))
            yield from self._going_through(who, requests, asked)
        if resource.types[0].startswith(_HEARD_WITHOUT_TLS) or any(each.effect == "Deny" for each in policy.statements):
            yield from self._after_careless_grant(resource, policy)

    def _going_through(self, who: Principal | Crowd, requests: AlikeRequests, actions: Sequence[str]) -> Iterator[Cell]:
        """What goes through because of the resource's policy: nothing for whom own policies count and say nothing."""
        resource = requests.resource
        reaching = self._reaching.get(resource, {})
        if isinstance(who, Crowd):
            one = requests.principal
            bare = [each for each in actions if one.account == resource.account and not decided_by_resource(each)]
            members: list[tuple[Principal, Collection[str]]]
            if any(requests.allowed(_BY_ITSELF, action) for action in bare):
                members = [(each, actions) for each in who]
            else:
                members = [(each, said) for each, said in reaching.values() if each in who]
        elif who.account == resource.account:
            said = reaching.get(who.arn, (who, frozenset()))[1]
            members = [(who, [each for each in actions if each in said or not decided_by_resource(each)])]
        else:
            members = [reaching[who.arn]] if who.arn in reaching else []
        for principal, spoken_of in members:
            asked = requests if principal is requests.principal else self._requests(principal, resource)
            for action in actions if not principal.external else ():
                if action in spoken_of:
                    yield from _cells(asked, EFFECTIVE, action)

    @functools.cached_property
    def _reaching(self) -> Mapping[Resource, Mapping[str, tuple[Principal, frozenset[str]]]]:
        """By resource, whose own policies speak of it, and of which actions: as they were when this was asked first."""
        found: dict[Resource, dict[str, tuple[Principal, frozenset[str]]]] = {}
        for principal in self.principals:
            if not principal.external:
                for resource, actions in self._reached_by(principal):
                    found.setdefault(resource, {})[principal.arn] = (principal, frozenset(actions))
        return found

    @functools.cached_property
    def _shut_out(self) -> Mapping[str, Sequence[Principal]]:
        """Administrators by account, and CloudFormation's roles by group."""
        found: dict[str, list[Principal]] = {}
        for each in self.principals:
            keys = {ADMINISTRATOR: [each.account], CLOUDFORMATION: each.groups}.get(each.kind, ())
            for key in keys:
                found.setdefault(key, []).append(each)
        return found

    def _after_careless_grant(self, resource: Resource, policy: Policy) -> Iterator[Cell]:
        """What those could do who have every right of their own, if the policy let everybody: its Deny statements.

        Asked of strangers and of the accounts that the resource's group deploys to; without TLS, of the owner.
        """
        keys = (resource.account, STRANGER, *sorted(resource.groups))
        alike = alike_actions(tuple(each for each in policy.statements if each.effect == "Deny"), resource.types[0])
        for principal in dict.fromkeys(each for key in keys for each in self._shut_out.get(key, ())):
            own = principal.kind == ADMINISTRATOR and principal.account == resource.account
            if own or shut_out(principal, resource):
                requests = self._requests(principal, resource)
                for actions in alike:
                    words = (requests.over_http if own else requests.allowed)(CARELESS, actions[0])
                    for word, action in itertools.product(words, actions):
                        yield Cell(CARELESS, principal, resource, named(action, word))

    def _reached_by(self, principal: Principal) -> Sequence[tuple[Resource, list[str]]]:
        """What the principal's own policies speak of: asked twice of all of them, and after a change of one's."""
        policies = self.identity_policies[principal.arn]
        known = self._reached.get(principal.arn)
        if known is None or known[0] is not policies:
            known = self._reached[principal.arn] = policies, list(self.index.reached(policies))
        return known[1]

    def _requests(self, principal: Principal, resource: Resource) -> AlikeRequests:
        return AlikeRequests(self.common, self.policies_of, principal, resource)

    def decide(self, layer: str, principal: Principal, resource: Resource, action: str, context: Context) -> Decision:
        """One decision in one layer."""
        account, policies = self.policies_of(layer, principal, resource, action)
        return decide(Request(policy_principal(principal), action, resource.arn, account, context), policies)

    def policies_of(self, layer: str, principal: Principal, resource: Resource, action: str) -> tuple[str, Policies]:
        """The account that owns the resource, and the policies that count in a layer for actions of this service."""
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
        return account, Policies(identity=own if layer != _BY_ITSELF else (), resource=policy)

    def _policy(self, layer: str, resource: Resource) -> Policy | None:
        policy = self.resource_policies.get(resource.policy or "")
        if policy is None or layer in (EFFECTIVE, IDENTITY, _BY_ITSELF):
            return policy
        known = self._sides.get(resource.policy or "")
        if known is None or known[0] is not policy:
            denies = tuple(each for each in policy.statements if each.effect == "Deny")
            allows = Policy(policy.name, tuple(each for each in policy.statements if each.effect == "Allow"))
            known = policy, allows, Policy(policy.name, (*denies, _everybody()))
            self._sides[resource.policy or ""] = known
        return known[2 if layer == CARELESS else 1]


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


def owner(principal: Principal, resource: Resource) -> str:
    """The account that owns the resource: whoever asks for what has no resource asks its own account."""
    return resource.account or principal.account


def _cells(requests: AlikeRequests, layer: str, action: str) -> Iterator[Cell]:
    for word in requests.allowed(layer, action):
        yield Cell(layer, requests.principal, requests.resource, named(action, word))


def _let_in(requests: AlikeRequests, action: str) -> Iterator[Cell]:
    """What the resource's policy lets, from another organization as well."""
    yield from _cells(requests, RESOURCE, action)
    for word in requests.allowed_elsewhere(RESOURCE, action):
        yield Cell(RESOURCE, requests.principal, requests.resource, named(action, word))


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
