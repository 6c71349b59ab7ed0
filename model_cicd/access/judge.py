"""What is possible against what is expected, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from model_cicd.access.circumstances import circumstances, named
from model_cicd.access.expected import Expected
from model_cicd.access.layers import CARELESS, EFFECTIVE, IDENTITY, RESOURCE, Access, Cell, shut_out
from model_cicd.access.subjects import Subject
from model_cicd.access.target import Target


@dataclass(frozen=True)
class Need:
    """Something that must be possible: in the effective layer, or by a side alone where the other is not known."""

    layer: str
    subject: Subject
    target: Target
    grant: str


@dataclass(frozen=True)
class Difference:
    """A line of what is not as expected; `gain` tells too much from too little."""

    gain: bool
    text: str

    def __str__(self) -> str:
        return self.text


def gains(cells: Iterable[Cell], expected: Expected) -> Iterator[Cell]:
    """What is possible although it must not be."""
    for cell in cells:
        if not expected.allows(cell.layer, cell.subject, cell.target, cell.grant):
            yield cell


def needs(access: Access, expected: Expected) -> Iterator[Need]:
    """Everything that must be possible."""
    by_kind: dict[str, list[Subject]] = defaultdict(list)
    for subject in access.subjects:
        by_kind[subject.kind].append(subject)
    for target in access.targets:
        for kind, who in expected.rules:
            if kind != target.kind or who not in by_kind:
                continue
            for subject in by_kind[who]:
                for rule in expected.rules_for(subject, target):
                    if rule.subject == who:
                        layer = RESOURCE if subject.given else EFFECTIVE
                        yield from (Need(layer, subject, target, grant) for grant in sorted(rule.must))
                        yield from (Need(IDENTITY, subject, target, grant) for grant in sorted(rule.own))
                        if subject.service or shut_out(subject, target):
                            open_to = _in_circumstances(access, subject, target, rule.careless)
                            yield from (Need(CARELESS, subject, target, grant) for grant in open_to)


def _in_circumstances(access: Access, subject: Subject, target: Target, grants: Iterable[str]) -> list[str]:
    """Those of `grants` that there are circumstances for: a bucket has not every prefix."""

    def words(action: str) -> list[str]:
        return [named(action, word) for word, _ in circumstances(access.world, subject, target, action)]

    return [grant for grant in sorted(grants) if grant in words(grant.partition(" (")[0])]


def met(access: Access, need: Need) -> bool:
    """Whether what must be possible is."""
    action = need.grant.partition(" (")[0]
    for word, context in circumstances(access.world, need.subject, need.target, action):
        if named(action, word) == need.grant:
            return access.decide(need.layer, need.subject, need.target, action, context).allowed
    return False


def differences(access: Access, expected: Expected, cells: Collection[Cell]) -> list[Difference]:
    """Everything that is not as expected: one line for each pair and layer, gains first."""
    too_much: dict[tuple[Subject, Target, str], set[str]] = defaultdict(set)
    for cell in gains(cells, expected):
        too_much[cell.subject, cell.target, cell.layer].add(cell.grant)
    effective = {
        (*pair, grant) for (*pair, layer), grants in too_much.items() if layer == EFFECTIVE for grant in grants
    }
    found = []
    for (subject, target, layer), grants in too_much.items():
        # what goes through need not be said again of the two sides that let it
        own = {grant for grant in grants if layer == EFFECTIVE or (subject, target, grant) not in effective}
        if own:
            found.append(Difference(True, _gain(subject, target, layer, sorted(own))))
    too_little: dict[tuple[Subject, Target], set[str]] = defaultdict(set)
    possible = {(cell.layer, cell.subject, cell.target, cell.grant) for cell in cells}
    for need in needs(access, expected):
        known = (need.layer, need.subject, need.target, need.grant) in possible
        if not known and not met(access, need):
            too_little[need.subject, need.target].add(need.grant)
    found += [
        Difference(False, f"{subject} lacks {', '.join(sorted(grants))} on {target}")
        for (subject, target), grants in too_little.items()
    ]
    return found


def _gain(subject: Subject, target: Target, layer: str, grants: list[str]) -> str:
    what = f"{', '.join(grants)} on {target}"
    if layer == EFFECTIVE:
        return f"{subject} gains {what}"
    if layer == RESOURCE:
        return f"{subject} could be given {what}: the target's policy allows it"
    if layer == CARELESS:
        return f"{subject} would gain {what} by a careless grant: no statement of the target's policy denies it"
    return f"{subject} could be let {what}: its own policy allows it"
