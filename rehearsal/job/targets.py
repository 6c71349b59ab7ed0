"""The accounts and regions that a deployment manifest targets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.accounts import ACCOUNT_ID
from rehearsal.errors import RehearsalError
from rehearsal.job.variables import STEP


@dataclass(frozen=True)
class Target:
    """An account of `targetAccountMappings`: the region that modules take without more, and all of its regions."""

    account: str
    region: str
    regions: tuple[str, ...]
    default: bool


def targets_of(document: dict[str, Any], manifest: Path) -> dict[str, Target]:
    """The targets of a manifest by alias. Raises RehearsalError."""
    found: dict[str, Target] = {}
    for mapping in document.get("targetAccountMappings") or []:
        account = mapping.get("accountId")
        if not isinstance(account, str | int) or not ACCOUNT_ID.match(str(account)):
            raise RehearsalError(STEP, f"{manifest}: targetAccountMappings: accountId {account!r}: expected 12 digits")
        regions = mapping.get("regionMappings") or []
        region = next((each["region"] for each in regions if each.get("default")), None)
        region = region or next((each["region"] for each in regions), document.get("toolchainRegion"))
        names = tuple(dict.fromkeys(str(each) for each in (region, *(each["region"] for each in regions)) if each))
        found[mapping["alias"]] = Target(str(account), str(region), names, bool(mapping.get("default")))
    if not found:
        raise RehearsalError(STEP, f"{manifest}: expected at least one entry in targetAccountMappings")
    return found
