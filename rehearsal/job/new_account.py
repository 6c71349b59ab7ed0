"""`rehearse account add`: one more account while the embedded AWS runs, bootstrapped as those of the manifest are."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.accounts import ACCOUNT_ID
from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job import bootstrap
from rehearsal.job.plan import Plan

STEP = "account add"


@dataclass(frozen=True)
class NewAccount:
    """An account (12 digits) that is to be there; `regions` are those to bootstrap, none: every one of the manifest.

    A `stranger` is outside of the organization, and nothing is bootstrapped in it.
    """

    account: str
    name: str = ""
    stranger: bool = False
    regions: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> NewAccount:
        """That of a request to a running embedded AWS."""
        return cls(**{**values, "regions": tuple(values["regions"])})


def add(aws: EmbeddedAws, plan: Plan, wanted: NewAccount, names: dict[str, str], tell: Callable[[str], None]) -> None:
    """Make it; `names` are those of all accounts so far. Raises RehearsalError: what failed can be repeated."""
    _refuse(aws, wanted, names)
    aws.add_account(wanted.account, member=not wanted.stranger)
    if not wanted.stranger:
        regions = wanted.regions or tuple(sorted({region for _, region in plan.environments} | {plan.toolchain_region}))
        alone = dataclasses.replace(
            plan,
            targets=((wanted.account, plan.toolchain_region),),
            environments=tuple((wanted.account, region) for region in regions),
        )
        project = aws.directory / "project"
        tell(f"{wanted.account}: seedfarmer bootstrap target, trusting {plan.toolchain_account}")
        bootstrap.seedfarmer_targets(aws, alone, project)
        trusted = ", ".join(plan.deployers(wanted.account)) or "no other account"
        tell(f"{wanted.account}: cdk bootstrap in {', '.join(regions)}, trusting {trusted}")
        bootstrap.cdk(aws, alone, project)
    names[wanted.account] = wanted.name


def _refuse(aws: EmbeddedAws, wanted: NewAccount, names: Mapping[str, str]) -> None:
    if wanted.account in names:
        raise RehearsalError(STEP, f"account {wanted.account} is there already")
    member = wanted.account in aws.organization.accounts
    if wanted.account in aws.accounts.ids() and wanted.stranger is member:
        raise RehearsalError(STEP, f"account {wanted.account} is {'a member' if member else 'a stranger'} already")
    taken = [account for account, name in names.items() if wanted.name and name == wanted.name]
    if taken:
        raise RehearsalError(STEP, f"account {taken[0]} has the name {wanted.name!r}")
    if ACCOUNT_ID.match(wanted.name):
        raise RehearsalError(STEP, f"--name {wanted.name}: got an account id, expected a name")
