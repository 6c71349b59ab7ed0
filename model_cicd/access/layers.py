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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from iam_policy import Decision, Policies, Policy, Principal, Request, Statement, decide
from model_cicd.access.actions import actions_on
from model_cicd.access.candidates import Index
from model_cicd.access.circumstances import Context, World, circumstances, from_elsewhere, named, over_http
from model_cicd.access.given import EVERYTHING
from model_cicd.access.resolve import Document, Resolved
from model_cicd.access.subjects import ADMINISTRATOR, CLOUDFORMATION, STRANGER, Subject
from model_cicd.access.target import Target

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
    subject: Subject
    target: Target
    grant: str


@dataclass
class Access:
    """Everybody, everything, and the policies between them.

    `identity` and `resource` hold the policies by the ARN of the subject and of the resource; changing an entry and
    asking again is what a mutant is.
    """

    world: World
    subjects: Sequence[Subject]
    targets: Sequence[Target]
    identity: dict[str, tuple[Policy, ...]]
    resource: dict[str, Policy]
    index: Index = field(init=False)
    _reached: dict[str, tuple[tuple[Policy, ...], dict[Target, frozenset[str]]]] = field(
        init=False, default_factory=dict
    )
    _sides: dict[str, tuple[Policy, Policy, Policy]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.index = Index(self.subjects, self.targets)

    def all(self) -> Iterator[Cell]:
        """Everything that is possible, in any layer."""
        for subject in self.subjects:
            yield from self.by_subject(subject)
        for target in self.targets:
            yield from self.by_policy_of(target)

    def by_subject(self, subject: Subject) -> Iterator[Cell]:
        """What the subject's own policies make possible."""
        if subject.given:
            return
        for target, actions in self.index.reached(self.identity[subject.arn]):
            for action in actions:
                yield from self._cells(IDENTITY, subject, target, action)
                # elsewhere the policy of the target has to agree, and finds the subject by itself
                if subject.account == owner(subject, target) and not decided_by_resource(action):
                    yield from self._cells(EFFECTIVE, subject, target, action)

    def by_policy_of(self, target: Target) -> Iterator[Cell]:
        """What the policy of the target makes possible."""
        policy = self.resource.get(target.policy or "")
        if policy is None:
            return
        told_apart = tells_apart(policy)
        alike: dict[object, list[Cell]] = {}  # what the policy gives to somebody of whom it knows no more than this
        for subject, actions in self.index.named(policy, target):
            known = (subject.account, subject.arn if told_apart(subject) else "", tuple(actions))
            if known not in alike and not target.given:
                asked = [action for action in actions if has_policy(target, action)]
                alike[known] = [cell for action in asked for cell in self._cells(RESOURCE, subject, target, action)]
            yield from (Cell(RESOURCE, subject, target, cell.grant) for cell in alike.get(known, ()))
            for action in actions:
                if has_policy(target, action) and not subject.given and self._asks(subject, target, action):
                    yield from self._cells(EFFECTIVE, subject, target, action)
        if target.types[0].startswith("s3:") or any(each.effect == "Deny" for each in policy.statements):
            yield from self._after_careless_grant(target)

    def _asks(self, subject: Subject, target: Target, action: str) -> bool:
        """Whether the subject's own policies count and speak of it, without which nothing goes through."""
        if subject.service or (subject.account == target.account and not decided_by_resource(action)):
            return True
        policies = self.identity[subject.arn]
        known = self._reached.get(subject.arn)
        if known is None or known[0] is not policies:
            reached = {each: frozenset(actions) for each, actions in self.index.reached(policies)}
            known = self._reached[subject.arn] = (policies, reached)
        return action in known[1].get(target, ())

    def _after_careless_grant(self, target: Target) -> Iterator[Cell]:
        """What those could do who have every right of their own, if the policy let everybody: its Deny statements.

        Asked of strangers and of the accounts that the target's group deploys to; without TLS, of the owner.
        """
        for subject in self.subjects:
            own = subject.kind == ADMINISTRATOR and subject.account == target.account
            if own or shut_out(subject, target):
                variants = over_http if own else circumstances
                for action in actions_on(target.types[0]):
                    asked = variants(self.world, subject, target, action)
                    yield from self._possible(CARELESS, subject, target, action, asked)

    def _cells(self, layer: str, subject: Subject, target: Target, action: str) -> Iterator[Cell]:
        yield from self._possible(layer, subject, target, action, circumstances(self.world, subject, target, action))
        if layer == RESOURCE:
            elsewhere = from_elsewhere(self.world, subject, target, action)
            yield from self._possible(layer, subject, target, action, elsewhere)

    def _possible(
        self, layer: str, subject: Subject, target: Target, action: str, variants: Iterable[tuple[str, Context]]
    ) -> Iterator[Cell]:
        for word, context in variants:
            if self.decide(layer, subject, target, action, context).allowed:
                yield Cell(layer, subject, target, named(action, word))

    def decide(self, layer: str, subject: Subject, target: Target, action: str, context: Context) -> Decision:
        """One decision in one layer."""
        account = owner(subject, target)
        decisive = decided_by_resource(action)
        policy = self._policy(layer, target) if has_policy(target, action) else None
        own = () if subject.service else self.identity[subject.arn]
        if layer == IDENTITY:
            account = subject.account
            policy = _leaves_it(account) if decisive else None
        if layer in (RESOURCE, CARELESS) and not subject.service:
            # in its own account a policy gives what it gives by itself, or else everybody would have everything
            own = (_everything(),) if decisive or subject.account != account else ()
        return decide(
            Request(principal(subject), action, target.arn, account, context), Policies(identity=own, resource=policy)
        )

    def _policy(self, layer: str, target: Target) -> Policy | None:
        policy = self.resource.get(target.policy or "")
        if policy is None or layer in (EFFECTIVE, IDENTITY):
            return policy
        known = self._sides.get(target.policy or "")
        if known is None or known[0] is not policy:
            denies = tuple(each for each in policy.statements if each.effect == "Deny")
            allows = Policy(policy.name, tuple(each for each in policy.statements if each.effect == "Allow"))
            known = policy, allows, Policy(policy.name, (*denies, _everybody()))
            self._sides[target.policy or ""] = known
        return known[2 if layer == CARELESS else 1]


def tells_apart(policy: Policy) -> Callable[[Subject], bool]:
    """Whether a policy may decide otherwise about a subject than about others of its account.

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
                return lambda subject: True
    return lambda subject: bool(subject.service) or subject.arn in exact


def _wild(values: Iterable[str], marks: Iterable[str] = "*?$") -> bool:
    return any(mark in value for value in values for mark in marks)


def shut_out(subject: Subject, target: Target) -> bool:
    """Whether Deny statements are asked about this subject: a stranger, or where the target's group deploys to."""
    consumer = subject.kind == CLOUDFORMATION and bool(subject.groups & target.groups)
    stranger = subject.kind == ADMINISTRATOR and subject.account == STRANGER
    return (consumer or stranger) and subject.account != target.account


def decided_by_resource(action: str) -> bool:
    """Whether policies of the own account count only if the resource's policy lets them: keys, and trust of roles."""
    return action.startswith(("kms:", "sts:"))


def has_policy(target: Target, action: str) -> bool:
    """Whether the target's policy speaks of the action: a role's own policy is about who may assume it."""
    return target.policy is not None and ("iam:role" not in target.types or action.startswith("sts:"))


def make_access(world: World, everybody: Sequence[Subject], everything: Sequence[Target], resolved: Resolved) -> Access:
    """The policies parsed, ready to be asked."""
    trust = {arn: role.trust for arn, role in resolved.roles.items()}
    return Access(
        world,
        everybody,
        everything,
        {each.arn: tuple(map(parse, each.identity)) for each in everybody if not each.service},
        {arn: parse(document) for arn, document in {**resolved.resource, **trust}.items()},
    )


def parse(document: Document) -> Policy:
    """The policy of a document, named after its origin."""
    return Policy.parse(document.body, name=document.origin)


def owner(subject: Subject, target: Target) -> str:
    """The account that owns the target: whoever asks for what has no resource asks its own account."""
    return target.account or subject.account


def principal(subject: Subject) -> Principal:
    """The subject as the engine knows it."""
    if subject.service:
        return Principal("service", subject.arn, "")
    return Principal("role", subject.arn, subject.account)


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
