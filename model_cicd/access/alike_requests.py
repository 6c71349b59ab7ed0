"""What one principal asks of one resource: requests that no statement tells from one another are decided once.

A decision depends on the statements that match the action, on what services do with the action, and on those keys of
the request's context that the statements look at. Actions and contexts in which all of that is the same are alike.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence

from iam_policy import Policies, Request, Spoken, decide
from iam_policy.services import kept_by_owner
from model_cicd.access.condition_context import (
    CommonContext,
    Context,
    condition_contexts,
    from_other_organization,
    is_plain,
    over_http,
)
from model_cicd.access.policy_principal import policy_principal
from model_cicd.access.principals import Principal
from model_cicd.access.resource import Resource

#: the account that owns the resource, and the policies that count, of a layer and an action
PoliciesOf = Callable[[str, Principal, Resource, str], tuple[str, Policies]]
_Variants = Callable[[CommonContext, Principal, Resource, str], Iterator[tuple[str, Context]]]
_Values = dict[str, str | tuple[str, ...]]


class AlikeRequests:
    """The requests of `principal` on `resource`, as long as the policies stay as they are."""

    def __init__(
        self, common: CommonContext, policies_of: PoliciesOf, principal: Principal, resource: Resource
    ) -> None:
        self.principal, self.resource = principal, resource
        self._common, self._policies_of = common, policies_of
        self._variants: dict[tuple[_Variants, str], Sequence[tuple[str, _Values]]] = {}
        self._policies: dict[tuple[str, str], tuple[str, Policies]] = {}
        self._words: dict[object, Sequence[str]] = {}
        self._allowed: dict[object, bool] = {}

    def allowed(self, layer: str, action: str) -> Sequence[str]:
        """The words of the condition contexts in which the action goes through."""
        return self._words_of(condition_contexts, layer, action)

    def allowed_elsewhere(self, layer: str, action: str) -> Sequence[str]:
        """The same from another organization."""
        return self._words_of(from_other_organization, layer, action) if self._common.organization else ()

    def over_http(self, layer: str, action: str) -> Sequence[str]:
        """The same without TLS."""
        return self._words_of(over_http, layer, action)

    def _words_of(self, variants: _Variants, layer: str, action: str) -> Sequence[str]:
        service, of_owner, contexts = _treatment(action)
        known = self._policies.get((layer, service))
        if known is None:
            # of a layer they differ by service only
            known = self._policies[layer, service] = self._policies_of(layer, self.principal, self.resource, action)
        account, policies = known
        lowered = action.lower()
        spoken = [on for each in policies.identity if (on := each.on(lowered)).statements]
        if policies.resource is not None and (on := policies.resource.on(lowered)).statements:
            spoken.append(on)
        alike = (account, policies.resource is None, service, of_owner, *map(id, spoken))
        asked = (variants, contexts, alike)
        found = self._words.get(asked)
        if found is None:
            looked_at = _keys(spoken)
            words = []
            for word, values in self._in_contexts(variants, contexts, action):
                # what no statement looks at need not be told
                context = values if looked_at is None else {key: values[key] for key in looked_at if key in values}
                told = (alike, *context.items())
                allowed = self._allowed.get(told)
                if allowed is None:
                    who = policy_principal(self.principal)
                    request = Request(who, action, self.resource.arn, account, context)
                    allowed = self._allowed[told] = decide(request, policies).allowed
                if allowed:
                    words.append(word)
            found = self._words[asked] = tuple(words)
        return found

    def _in_contexts(self, variants: _Variants, contexts: str, action: str) -> Sequence[tuple[str, _Values]]:
        found = self._variants.get((variants, contexts))
        if found is None:
            asked = variants(self._common, self.principal, self.resource, action)
            found = self._variants[variants, contexts] = [(word, _lowered(context)) for word, context in asked]
        return found


def _lowered(context: Context) -> _Values:
    return {key.lower(): value if isinstance(value, str) else tuple(value) for key, value in context.items()}


def _keys(spoken: Iterable[Spoken]) -> list[str] | None:
    """The keys of a context that statements look at; None: any."""
    found: set[str] = set()
    for each in spoken:
        if each.keys is None:
            return None
        found |= each.keys
    return sorted(found)


@functools.lru_cache(maxsize=8192)
def _treatment(action: str) -> tuple[str, bool, str]:
    """What is done with an action, whatever policies say of it: by whom, whether for owners alone, in which contexts.

    Contexts are those of its service, if it has none of its own; signing in is like nothing else.
    """
    service = action.partition(":")[0]
    return service, kept_by_owner(action), service if is_plain(action) else action
