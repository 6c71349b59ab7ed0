"""What is possible against what is expected, in words."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from model_cicd.access.condition_context import condition_contexts, named
from model_cicd.access.crowds import Cell, CrowdCells
from model_cicd.access.expected import Expected, Rule
from model_cicd.access.policy_simulation import (
    CARELESS,
    EFFECTIVE,
    IDENTITY,
    RESOURCE,
    PolicySimulation,
    shut_out,
)
from model_cicd.access.principals import Principal
from model_cicd.access.resource import Resource


@dataclass(frozen=True)
class Need:
    """Something that must be possible: in the effective layer, or by a side alone where the other is not known."""

    layer: str
    principal: Principal
    resource: Resource
    grant: str


@dataclass(frozen=True)
class Difference:
    """A line of what is not as expected; `gain` tells too much from too little.

    What is `unreadable` cannot be acknowledged: nobody can tell what it lets whom do.
    """

    gain: bool
    text: str
    unreadable: bool = False

    def __str__(self) -> str:
        return self.text


def gains(cells: Iterable[Cell | CrowdCells], expected: Expected) -> Iterator[Cell]:
    """What is possible although it must not be."""
    for pair, several in itertools.groupby(cells, _pair):
        if pair is None:
            for found in several:
                yield from _gains_of_crowd(found, expected) if isinstance(found, CrowdCells) else ()
        else:
            grants = (cell.grant for cell in several if isinstance(cell, Cell))
            yield from (Cell(*pair, grant) for grant in expected.beyond(*pair, grants))


def _pair(found: Cell | CrowdCells) -> tuple[str, Principal, Resource] | None:
    return None if isinstance(found, CrowdCells) else (found.layer, found.principal, found.resource)


def _gains_of_crowd(found: CrowdCells, expected: Expected) -> Iterator[Cell]:
    one, *_ = found.crowd.everybody
    # what anybody of the account may do needs no look at each of them
    anybody = Principal("anybody", "anybody", one.arn, one.account)
    if any(expected.beyond(found.layer, anybody, found.resource, found.grants)):
        yield from gains(found.each(), expected)


def needs(simulation: PolicySimulation, expected: Expected) -> Iterator[Need]:
    """Everything that must be possible."""
    by_kind: dict[str, dict[str, dict[Principal, None]]] = defaultdict(lambda: defaultdict(dict))
    for principal in simulation.principals:
        for group in principal.groups or ("",):
            by_kind[principal.kind][group][principal] = None
    about: dict[str, list[str]] = defaultdict(list)
    for kind, who in expected.rules:
        about[kind].append(who)
    for resource in simulation.resources:
        for who in about.get(resource.kind, ()):
            by_group = by_kind.get(who, {})
            # of other groups nobody is related to it
            groups = sorted({"", *resource.groups}) if resource.groups else by_group
            for principal in dict.fromkeys(each for group in groups for each in by_group.get(group, ())):
                for rule in expected.rules_of(who, principal, resource):
                    yield from _of_rule(simulation, principal, resource, rule)


def _of_rule(simulation: PolicySimulation, principal: Principal, resource: Resource, rule: Rule) -> Iterator[Need]:
    # of services nothing but the resource's policy decides
    layer = RESOURCE if principal.external and not principal.service else EFFECTIVE
    yield from (Need(layer, principal, resource, grant) for grant in sorted(rule.must))
    yield from (Need(IDENTITY, principal, resource, grant) for grant in sorted(rule.own))
    if principal.service or shut_out(principal, resource):
        open_to = _in_condition_contexts(simulation, principal, resource, rule.careless)
        yield from (Need(CARELESS, principal, resource, grant) for grant in open_to)


def _in_condition_contexts(
    simulation: PolicySimulation, principal: Principal, resource: Resource, grants: Iterable[str]
) -> list[str]:
    """Those of `grants` that there are condition contexts for: a bucket has not every prefix."""

    def words(action: str) -> list[str]:
        return [named(action, word) for word, _ in condition_contexts(simulation.common, principal, resource, action)]

    return [grant for grant in sorted(grants) if grant in words(grant.partition(" (")[0])]


def met(simulation: PolicySimulation, need: Need) -> bool:
    """Whether what must be possible is."""
    action = need.grant.partition(" (")[0]
    for word, context in condition_contexts(simulation.common, need.principal, need.resource, action):
        if named(action, word) == need.grant:
            return simulation.decide(need.layer, need.principal, need.resource, action, context).allowed
    return False


def differences(
    simulation: PolicySimulation, expected: Expected, cells: Collection[Cell | CrowdCells]
) -> list[Difference]:
    """Everything that is not as expected: one line for each pair and layer, gains first."""
    too_much: dict[tuple[Principal, Resource, str], set[str]] = defaultdict(set)
    for cell in gains(cells, expected):
        too_much[cell.principal, cell.resource, cell.layer].add(cell.grant)
    effective = {
        (*pair, grant) for (*pair, layer), grants in too_much.items() if layer == EFFECTIVE for grant in grants
    }
    found = []
    for (principal, resource, layer), grants in too_much.items():
        # what goes through need not be said again of the two sides that let it
        own = {grant for grant in grants if layer == EFFECTIVE or (principal, resource, grant) not in effective}
        if own:
            found.append(Difference(True, _gain(principal, resource, layer, sorted(own))))
    too_little: dict[tuple[Principal, Resource], set[str]] = defaultdict(set)
    possible = _Possible(cells)
    for need in needs(simulation, expected):
        if need not in possible and not met(simulation, need):
            too_little[need.principal, need.resource].add(need.grant)
    found += [
        Difference(False, f"{principal} lacks {', '.join(sorted(grants))} on {resource}")
        for (principal, resource), grants in too_little.items()
    ]
    return found


class _Possible:
    """What is possible, to be asked about needs."""

    def __init__(self, cells: Iterable[Cell | CrowdCells]) -> None:
        self._alone: set[tuple[str, Principal, Resource, str]] = set()
        self._crowds: dict[tuple[str, Resource], list[CrowdCells]] = {}
        for each in cells:
            if isinstance(each, CrowdCells):
                self._crowds.setdefault((each.layer, each.resource), []).append(each)
            else:
                self._alone.add((each.layer, each.principal, each.resource, each.grant))

    def __contains__(self, need: Need) -> bool:
        if (need.layer, need.principal, need.resource, need.grant) in self._alone:
            return True
        crowds = self._crowds.get((need.layer, need.resource), ())
        return any(need.principal in each.crowd and need.grant in each.grants for each in crowds)


def _gain(principal: Principal, resource: Resource, layer: str, grants: list[str]) -> str:
    what = f"{', '.join(grants)} on {resource}"
    if layer == EFFECTIVE:
        return f"{principal} gains {what}"
    if layer == RESOURCE:
        return f"{principal} could be given {what}: the target's policy allows it"
    if layer == CARELESS:
        return f"{principal} would gain {what} by a careless grant: no statement of the target's policy denies it"
    return f"{principal} could be let {what}: its own policy allows it"
