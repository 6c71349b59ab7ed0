"""All checks of all accounts: side by side across accounts, in one order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from model_cicd.doctor import bootstrap, connections, images, network, offered, organization, quotas, seedfarmer, taken
from model_cicd.doctor.finding import Finding, ordered
from model_cicd.doctor.look import Look, UnseenError
from model_cicd.operate.access import DeniedError
from model_cicd.text.errors import ModelCicdError

if TYPE_CHECKING:
    from model_cicd.doctor.site import Site
    from model_cicd.operate.access import Access

_AT_ONCE = 8
#: what needs AWS, by the word that stands before its findings
_CHECKS: dict[str, Callable[[Look], None]] = {
    "bootstrap": bootstrap.check,
    "organization": organization.check,
    "network": network.check,
    "images": images.check,
    "quotas": quotas.check,
    "connections": connections.check,
    "names": taken.check,
}


@dataclass(frozen=True)
class Ways:
    """How accounts are reached and named.

    `role_name` is a role of every other account to assume; without it, the CDK lookup role. `qualifier` is that of
    Seed-Farmer's roles.
    """

    role_name: str = ""
    qualifier: str = ""


def examine(access: Access, sites: Sequence[Site], ways: Ways = Ways()) -> list[Finding]:
    """What there is to say about every site; the caller's account is the one that runs `seedfarmer apply`."""
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        found = list(pool.map(lambda site: _site(access, site, ways), sites))
    return ordered([*(each for some in found for each in some), *_toolchain(access, sites, ways)])


def _site(access: Access, site: Site, ways: Ways) -> list[Finding]:
    role = site.place.role(ways.role_name) if ways.role_name else site.bootstrap.lookup
    look = Look(access, site, role)
    look.begin("services")
    offered.check(look)
    look.begin("account")
    if not _reached(look):
        return look.findings
    for word, check in _CHECKS.items():
        look.begin(word)
        with suppress(UnseenError):
            check(look)
    look.begin("Seed-Farmer")
    with suppress(UnseenError):
        seedfarmer.check(look, access.account, ways.qualifier)
    return look.findings


def _reached(look: Look) -> bool:
    """Whether the account answers, and as the one that it should be."""
    place = look.site.place
    try:
        with look.access.asking("sts:GetCallerIdentity", f"account {place.account}"):
            identity = look.client("sts").get_caller_identity()
    except DeniedError:
        name = look.role.rpartition("/")[2]
        message = (
            f"cannot be reached: the role {name} is not there, or you may not assume it (--role-name names another)"
        )
        if look.access.account in look.site.trusted:
            look.stops(message, bootstrap.bootstrap_command(look))
        else:  # nothing of the deployment goes from the caller's account there, except Seed-Farmer by its own roles
            look.warn(f"could not be looked at: {message.removeprefix('cannot be reached: ')}")
        return False
    except ModelCicdError as error:
        look.stops(f"cannot be reached: {' '.join(str(error).split())}")
        return False
    if identity["Account"] != place.account:
        look.stops(f"{identity['Arn']} is of account {identity['Account']}, expected {place.account}")
        return False
    look.fine(f"reached as {identity['Arn']}")
    return True


def _toolchain(access: Access, sites: Sequence[Site], ways: Ways) -> list[Finding]:
    """Seed-Farmer's toolchain role of every project, in the caller's account."""
    found: list[Finding] = []
    for project in sorted({target.project for site in sites for target in site.targets}):
        first = next(site for site in sites if any(target.project == project for target in site.targets))
        place = replace(first.place, account=access.account, region=access.region or first.place.region)
        look = Look(access, replace(first, place=place), "")
        look.begin("Seed-Farmer")
        with suppress(UnseenError):
            seedfarmer.check_toolchain(look, project, ways.qualifier)
        found += look.findings
    return found
