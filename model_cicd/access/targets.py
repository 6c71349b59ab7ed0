"""Everything that may be asked for: the module's own, its roles and those of the bootstrap, and what surrounds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from model_cicd.access.resolve import Resolved
from model_cicd.access.setting import Setting
from model_cicd.access.subjects import NO_GROUP, Subject, bootstrap_kinds
from model_cicd.access.surroundings import foreign_targets, unknown_targets
from model_cicd.access.target import ROLE, Target
from model_cicd.access.witnesses import witnesses


def targets(setting: Setting, resolved: Resolved, everybody: Sequence[Subject], own: Iterable[Target]) -> list[Target]:
    """Everything, in a stable order; `own` are those that the module has kinds for."""
    found = [*own, *(_role(subject, setting) for subject in everybody if subject.arn in resolved.roles)]
    found += _bootstrap_roles(setting)
    taken = {each.arn for each in found if each.arn != "*"}
    found += [each for each in foreign_targets(setting) if each.arn not in taken]
    found += unknown_targets(resolved, {each.policy for each in found}, setting)
    return [*found, *witnesses(resolved, found)]


def _bootstrap_roles(setting: Setting) -> Iterator[Target]:
    for place in setting.places:
        account, region = place.roles.account, place.roles.region
        for kind, arn in bootstrap_kinds(place.roles).items():
            label, groups = f"{kind} of account {account}", place.groups or NO_GROUP
            yield Target(kind, label, arn, account, region, ROLE, groups, policy=arn, stacks=place.stacks, given=True)


def _role(subject: Subject, setting: Setting) -> Target:
    return Target(
        subject.kind,
        f"the {subject.label}",
        subject.arn,
        subject.account,
        setting.region,
        ROLE,
        subject.groups,
        subject.environment,
        policy=subject.arn,
    )
