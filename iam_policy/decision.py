"""The decision: all layers together, as AWS's policy evaluation logic puts them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from iam_policy import services
from iam_policy.document import Statement
from iam_policy.layers import Layer, Matched, Policies, match
from iam_policy.principals import Match
from iam_policy.request import WITHOUT_ACCOUNT, Request


class Effect(enum.Enum):
    """What came out."""

    ALLOWED = "allowed"
    EXPLICITLY_DENIED = "explicitly denied"
    IMPLICITLY_DENIED = "implicitly denied"


@dataclass(frozen=True)
class Decision:
    """What came out and why.

    Attributes:
        effect: allowed, explicitly denied (a Deny matched) or implicitly denied (an Allow is missing).
        reason: one sentence for people: which layer decided.
        statements: those that decided: every matching Deny; every Allow that was needed; none for an implicit deny.
    """

    effect: Effect
    reason: str
    statements: tuple[Statement, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the request goes through."""
        return self.effect is Effect.ALLOWED


def decide(request: Request, policies: Policies) -> Decision:
    """Decide one request.

    Raises:
        PolicyError: policies that cannot apply to the request.
        Unsupported: something that this engine does not decide.
    """
    services.refuse_unknown(request, has_resource_policy=policies.resource is not None)
    layers = match(request, policies)
    if services.always_allowed(request):
        return Decision(Effect.ALLOWED, f"{request.action} needs no permission")
    if denies := list(layers.denies()):
        word, first = denies[0]
        statements = tuple(statement for _, statement in denies)
        return Decision(Effect.EXPLICITLY_DENIED, f"explicit deny in {word}: {first}", statements)
    if reason := services.forbidden(request) or _by_scps(request, layers):
        return _implicit(reason)
    if request.principal.kind in WITHOUT_ACCOUNT:
        return _by_resource_policy_alone(request, layers)
    same = request.principal.account == request.resource_account
    return (_same_account if same else _cross_account)(request, layers)


def _by_scps(request: Request, layers: Matched) -> str | None:
    """Why a level of the organization does not allow the request, or None."""
    for index, level in enumerate(layers.scps):
        if not level.allows:
            return f"no service control policy at level {index + 1} of the organization allows {_what(request)}"
    return None


def _by_resource_policy_alone(request: Request, layers: Matched) -> Decision:
    if layers.resource.allows:
        return _allowed(layers, "the resource policy", layers.resource.allowing)
    return _implicit(f"no resource policy allows {request.principal} to {_what(request)}")


def _same_account(request: Request, layers: Matched) -> Decision:
    """Either side suffices, except for keys and roles; what a boundary limits depends on whom a statement names."""
    resource = layers.resource
    if direct := resource.naming(Match.DIRECT):
        return _allowed(layers, "the resource policy", direct)
    limit = _limited(request, layers)
    if (role := resource.naming(Match.ROLE)) and limit is None:
        return _allowed(layers, "the resource policy", role, limited=True)
    account = resource.naming(Match.ACCOUNT, Match.ACCOUNT)
    delegates = services.delegates(request)
    if delegates and not account and not role:
        return _implicit(
            f"the {services.policy_word(request)} of {request.resource} allows neither {request.principal} nor its "
            f"account to {_what(request)}; identity policies do not count without it"
        )
    if not role and not _identity_allows(request, layers):
        return _implicit(f"no identity policy of {request.principal} allows it to {_what(request)}{_nor(layers)}")
    if limit is not None:
        return limit
    statements = (*layers.identity.allowing, *(account if delegates else ()))
    return _allowed(layers, _identity_word(request), statements, limited=True)


def _cross_account(request: Request, layers: Matched) -> Decision:
    """Both accounts must allow: the owner's by the resource policy, the caller's by identity policies."""
    if not layers.resource.allows:
        return _implicit(
            f"no {services.policy_word(request)} of account {request.resource_account} allows {request.principal} to "
            f"{_what(request)}, as access from another account needs"
        )
    if not _identity_allows(request, layers):
        return _implicit(
            f"no identity policy of {request.principal} allows it to {_what(request)}, as access to another account "
            f"needs besides the {services.policy_word(request)}"
        )
    if (limit := _limited(request, layers)) is not None:
        return limit
    statements = (*layers.identity.allowing, *layers.resource.allowing)
    return _allowed(layers, f"{_identity_word(request)} and the resource policy", statements, limited=True)


def _identity_allows(request: Request, layers: Matched) -> bool:
    """The root user has every permission of its account without policies."""
    return request.principal.kind == "root" or bool(layers.identity.allows)


def _identity_word(request: Request) -> str:
    return "what root users may" if request.principal.kind == "root" else "identity policies"


def _limited(request: Request, layers: Matched) -> Decision | None:
    """The denial by a permissions boundary or by session policies that allow too little."""
    for word, layer in (("the permissions boundary", layers.boundary), ("the session policy", layers.session)):
        if layer is not None and not layer.allows:
            return _implicit(f"{word} of {request.principal} does not allow {_what(request)}")
    return None


def _allowed(layers: Matched, word: str, statements: tuple[Statement, ...], *, limited: bool = False) -> Decision:
    limits: list[Layer] = list(layers.scps)
    if limited:
        limits += [layer for layer in (layers.boundary, layers.session) if layer is not None]
    allowing = (*statements, *(statement for layer in limits for statement in layer.allowing))
    return Decision(Effect.ALLOWED, f"allowed by {word}{f': {statements[0]}' if statements else ''}", allowing)


def _implicit(reason: str) -> Decision:
    return Decision(Effect.IMPLICITLY_DENIED, reason)


def _what(request: Request) -> str:
    return request.action if request.resource == "*" else f"{request.action} on {request.resource}"


def _nor(layers: Matched) -> str:
    named = layers.resource.naming(Match.ACCOUNT, Match.ACCOUNT)
    return f" ({named[0]} names the account, which leaves it to identity policies)" if named else ""
