"""Everything that applies to a request, layer by layer, and which of its statements match."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from iam_policy import services
from iam_policy.context import Context
from iam_policy.document import Policy, Statement
from iam_policy.errors import PolicyError
from iam_policy.principals import DIRECT, Match
from iam_policy.request import Request


@dataclass(frozen=True)
class Policies:
    """Everything that applies to the request.

    Attributes:
        identity: of the role, or of the user and its groups.
        boundary: the permissions boundary.
        session: session policies; None when none was passed, which restricts nothing (an empty tuple allows nothing).
        scps: service control policies, a tuple for each level from the root to the account; every level must allow.
            Leave it empty for the management account and service-linked roles, which they do not restrict.
        resource: the policy of the resource: of a bucket, key, model package group, bus ...; for sts:AssumeRole the
            role's trust policy.
    """

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] | None = None
    scps: tuple[tuple[Policy, ...], ...] = ()
    resource: Policy | None = None


@dataclass(frozen=True)
class Layer:
    """The matching statements of one layer, each with how it names the caller."""

    allows: tuple[tuple[Statement, Match], ...] = ()
    denies: tuple[Statement, ...] = ()

    def naming(self, least: Match, most: Match = DIRECT) -> tuple[Statement, ...]:
        """The Allow statements that name the caller from `least` to `most` closely."""
        if not self.allows:
            return ()
        return tuple([statement for statement, match in self.allows if least <= match <= most])

    @property
    def allowing(self) -> tuple[Statement, ...]:
        """The Allow statements."""
        return tuple([statement for statement, _ in self.allows])


@dataclass(frozen=True)
class Matched:
    """The layers of a request; None where there is none to restrict it."""

    identity: Layer
    resource: Layer
    boundary: Layer | None
    session: Layer | None
    scps: tuple[Layer, ...] = field(default=())

    def denies(self) -> Iterator[tuple[str, Statement]]:
        """Every explicit deny, with the word for its layer."""
        for word, layer in (
            *(("a service control policy", layer) for layer in self.scps),
            ("the resource policy", self.resource),
            ("an identity policy", self.identity),
            ("the permissions boundary", self.boundary),
            ("a session policy", self.session),
        ):
            if layer is not None and layer.denies:
                yield from ((word, statement) for statement in layer.denies)


_NOTHING = Layer()


def match(request: Request, policies: Policies) -> Matched:
    """Match every statement with the request.

    Raises:
        PolicyError: policies that cannot apply: to a caller of this kind, or for want or excess of a Principal.
    """
    _refuse_impossible(request, policies)
    context = Context(request)

    def own(listed: tuple[Policy, ...]) -> Layer:
        return _own(listed, request, context)

    counts = policies.resource is not None and not services.beyond_resource_policy(request)
    return Matched(
        identity=own(policies.identity),
        resource=_of_resource(policies.resource, request, context, bounded=policies.boundary is not None)
        if policies.resource and counts
        else _NOTHING,
        boundary=own((policies.boundary,)) if policies.boundary else None,
        session=own(policies.session) if policies.session is not None else None,
        scps=tuple([own(level) for level in policies.scps]),
    )


def _own(listed: tuple[Policy, ...], request: Request, context: Context) -> Layer:
    """The layer of policies that are about whoever has them."""
    matching: list[tuple[Statement, Match]] = []
    for policy in listed:
        if policy.of_resource:
            raise PolicyError(f"{policy.of_resource}: Principal: only in policies of resources")
        for statement in policy.on(request.lowered).statements:
            if statement.applies(request.resource, context):
                matching.append((statement, DIRECT))
    return _layer(matching)


def _of_resource(policy: Policy, request: Request, context: Context, *, bounded: bool) -> Layer:
    if policy.of_identity:
        raise PolicyError(f"{policy.of_identity}: Principal: missing in the policy of a resource")
    matching: list[tuple[Statement, Match]] = []
    for statement in policy.on(request.lowered).statements:
        assert statement.principals is not None, "the policy says of itself that it is one of a resource"
        meets = statement.principals.match(request.principal, effect=statement.effect, bounded=bounded)
        if meets and statement.applies(request.resource, context):
            matching.append((statement, meets))
    return _layer(matching)


def _layer(matching: list[tuple[Statement, Match]]) -> Layer:
    if not matching:
        return _NOTHING
    return Layer(
        tuple([each for each in matching if each[0].effect == "Allow"]),
        tuple([statement for statement, _ in matching if statement.effect == "Deny"]),
    )


def _refuse_impossible(request: Request, policies: Policies) -> None:
    kind = request.principal.kind
    if kind == "role":  # to which all of them apply
        return
    for word, given, kinds in (
        ("identity policies", bool(policies.identity), ("role", "user")),
        ("a permissions boundary", policies.boundary is not None, ("role", "user")),
        ("session policies", policies.session is not None, ("role",)),
        ("service control policies", bool(policies.scps), ("role", "user", "root")),
    ):
        if given and kind not in kinds:
            raise PolicyError(f"{word} with {request.principal}: they apply to {', '.join(kinds)} only, not to {kind}")
