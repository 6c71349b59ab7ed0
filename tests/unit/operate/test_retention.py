"""Which versions are retired, and which never are: what serves, served lately, is promoted or would be gone back to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from model_cicd.aws.life_cycle import ARCHIVED
from model_cicd.aws.retention import Retention
from model_cicd.operate.artifacts import own_artifacts
from model_cicd.operate.packages import Version
from model_cicd.operate.records import Group, Trainer
from model_cicd.operate.retention import KEEP, RETIRE, RETIRED, Stay, Use, fates, stays
from tests.unit.operate.conftest import make_group

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
#: retires whatever nothing else keeps
NONE_KEPT = Retention(keep=1, older_than_days=0, served_within_days=30)


def ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def version(number: int, days: int = 100, status: str = "Approved", stage: str = "", *artifacts: str) -> Version:
    at = ago(days).isoformat(timespec="seconds")
    return Version(number, f"arn/{number}", status, at, "", {}, "", "", stage=stage, artifacts=artifacts)


VERSIONS = [version(5, 10), version(4, 50), version(3, 100), version(2, 200, "Rejected"), version(1, 400, "Rejected")]


def use(*stays: Stay, promoted: tuple[int, ...] = (), returns: dict[str, int] | None = None) -> Use:
    return Use(stays, frozenset(promoted), returns or {})


def found(retention: Retention, used: Use, what: str = RETIRE) -> list[int]:
    return [each.version.number for each in fates(VERSIONS, retention, used, NOW) if each.what == what]


def test_a_version_is_retired_that_is_neither_new_nor_young() -> None:
    assert found(Retention(2, 0, 0), use()) == [3, 2, 1]
    assert found(Retention(1, 60, 0), use()) == [3, 2, 1]
    assert found(Retention(4, 60, 0), use()) == [1]
    assert found(Retention(5, 0, 0), use()) == []
    assert found(Retention(1, 401, 0), use()) == []


@pytest.mark.parametrize(
    ("used", "why"),
    [
        (use(Stay("live", 3, None)), "serves in live"),
        (use(Stay("live", 3, None), Stay("dev", 3, None)), "serves in dev, live"),
        (use(Stay("live", 3, ago(29))), "served in live until 2026-10-31, within 30 days"),
        (use(promoted=(3,)), "is being promoted"),
        (use(returns={"live": 3}), "a rollback of live goes to it"),
    ],
)
def test_what_is_used_stays_and_says_why(used: Use, why: str) -> None:
    fate = fates(VERSIONS, NONE_KEPT, used, NOW)[2]
    assert (fate.version.number, fate.what, fate.why) == (3, KEEP, why)
    assert found(NONE_KEPT, used) == [4, 2, 1]


def test_what_served_long_ago_is_retired_with_the_day() -> None:
    fate = fates(VERSIONS, NONE_KEPT, use(Stay("live", 3, ago(31))), NOW)[2]
    assert (fate.what, fate.why) == (RETIRE, "100 days old, not among the newest 1, served last on 2026-10-29")


def test_what_is_older_than_the_record_of_promotions_stays() -> None:
    """A pipeline that was made yesterday does not know what served the day before."""
    young = Use((), frozenset(), {}, known_since=ago(1))
    assert found(NONE_KEPT, young) == []
    assert found(NONE_KEPT, Use((), frozenset(), {}, known_since=ago(31))) == [4, 3, 2, 1]


def test_a_version_is_retired_once() -> None:
    archived = [version(2, 1), version(1, 400, "Rejected", ARCHIVED)]
    assert [each.what for each in fates(archived, NONE_KEPT, use(), NOW)] == [KEEP, RETIRED]


def test_a_version_serves_until_the_next_one_is_reached() -> None:
    reached = [(4, ago(10)), (3, ago(40)), (4, ago(60))]
    assert list(stays("live", reached, 4)) == [
        Stay("live", 4, None), Stay("live", 3, ago(10)), Stay("live", 4, ago(40)), Stay("live", 4, None),
    ]  # fmt: skip


def test_a_rollback_makes_a_version_serve_again() -> None:
    """6 was promoted, 5 rolled back to and 7 promoted: 5 served until then."""
    reached = [(7, ago(1)), (5, ago(20)), (6, ago(300)), (5, ago(320))]
    served = [each for each in stays("live", reached, 7) if each.version == 5]
    assert max(each.until for each in served if each.until) == ago(1)


def test_artifacts_that_another_version_has_are_not_deleted() -> None:
    group = registered()
    one, other = "s3://registry/models/a/model.tar.gz", "s3://registry/models/b/"
    leaving = version(1, 1, "Rejected", "", one, other)
    assert own_artifacts(leaving, [version(2, 1, "Approved", "", "s3://registry/models/c")], group) == [one, other]
    assert own_artifacts(leaving, [version(2, 1, "Approved", "", one)], group) == [other]
    assert own_artifacts(leaving, [version(2, 1, "Approved", "", "s3://registry/models/b/x")], group) == [one]
    assert own_artifacts(leaving, [version(2, 1, "Approved", "", "s3://registry/models/a/")], group) == [other]


def test_only_models_of_the_groups_own_registry_are_deleted() -> None:
    inside = "s3://registry/churn-pipeline/x/model.tar.gz"
    elsewhere = ("s3://registry/code/x.tar.gz", "s3://other/models/m", "s3://registry-2/models/m")
    assert own_artifacts(version(1, 1, "Rejected", "", inside, *elsewhere), [], registered()) == [inside]


def registered() -> Group:
    return make_group(registry_bucket="registry", trainer=Trainer("churn-pipeline"))
