"""Which versions of a group are retired, and why the others are not. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from model_cicd.aws.life_cycle import ARCHIVED
from model_cicd.aws.retention import Retention
from model_cicd.operate.packages import Version

RETIRE, KEEP, RETIRED = "retire", "keep", "retired"


@dataclass(frozen=True)
class Stay:
    """A time in which `version` served in `environment`: until then, or still where `until` is None."""

    environment: str
    version: int
    until: datetime | None


@dataclass(frozen=True)
class Fate:
    """What becomes of a version (`retire`, `keep`, or `retired` before), and why."""

    version: Version
    what: str
    why: str


@dataclass(frozen=True)
class Use:
    """What versions are used for, as far as anybody knows.

    `promoted` are those of which a promotion runs or waits; `returns` the version that a rollback would go to, by
    environment. Of what served before `known_since` nobody knows.
    """

    stays: Sequence[Stay]
    promoted: frozenset[int]
    returns: Mapping[str, int]
    known_since: datetime | None = None


def stays(environment: str, reached: Iterable[tuple[int, datetime]], serving: int | None) -> Iterator[Stay]:
    """What served in an environment: each version from when it was reached until the next one was.

    What it `serving` says is there still; of an environment that is not known (None), what was reached last.
    """
    later: datetime | None = None
    for version, at in sorted(reached, key=lambda each: each[1], reverse=True):
        yield Stay(environment, version, later)
        later = at
    if serving is not None:
        yield Stay(environment, serving, None)


def fates(versions: Sequence[Version], retention: Retention, use: Use, now: datetime) -> list[Fate]:
    """What becomes of every version, in the order given, which is newest first."""
    return [_fate(each, rank, retention, use, now) for rank, each in enumerate(versions)]


def _fate(version: Version, rank: int, retention: Retention, use: Use, now: datetime) -> Fate:
    for why in _reasons(version, rank, retention, use, now):
        return Fate(version, KEEP, why)
    if version.stage == ARCHIVED:
        return Fate(version, RETIRED, "was retired before")
    age = (now - datetime.fromisoformat(version.created)).days
    last = max((each.until for each in use.stays if each.version == version.number and each.until), default=None)
    served = f"served last on {last.date()}" if last else "serves nowhere"
    return Fate(version, RETIRE, f"{age} days old, not among the newest {retention.keep}, {served}")


def _reasons(version: Version, rank: int, retention: Retention, use: Use, now: datetime) -> Iterator[str]:
    """Why a version is kept, the strongest reason first."""
    own = [each for each in use.stays if each.version == version.number]
    serves = sorted({each.environment for each in own if each.until is None})
    if serves:
        yield f"serves in {', '.join(serves)}"
    if version.number in use.promoted:
        yield "is being promoted"
    back = [name for name, number in use.returns.items() if number == version.number]
    if back:
        yield f"a rollback of {', '.join(back)} goes to it"
    recent = now - timedelta(days=retention.served_within_days)
    ended = max((each.until for each in own if each.until), default=None)
    if ended and ended >= recent:
        where = ", ".join(sorted({each.environment for each in own if each.until and each.until >= recent}))
        yield f"served in {where} until {ended.date()}, within {retention.served_within_days} days"
    created = datetime.fromisoformat(version.created)  # without the part of its second
    if use.known_since and use.known_since > recent and created < use.known_since.replace(microsecond=0):
        yield f"older than the promotion pipeline ({use.known_since.date()}), and nobody knows whether it served before"
    if rank < retention.keep:
        yield f"among the newest {retention.keep}"
    if now - created < timedelta(days=retention.older_than_days):
        yield f"younger than {retention.older_than_days} days"
