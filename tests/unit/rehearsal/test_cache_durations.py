"""How old a run may be to stand in for a new one, as AWS writes durations; the same in a pipeline YAML."""

from __future__ import annotations

import datetime

import pytest

from model_cicd.pipeline.steps.knobs import DURATION
from rehearsal.sagemaker.pipelines import caching

DAY, HOUR, MINUTE = 86400, 3600, 60


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        # the examples of AWS's guide to step caching
        ("30d", 30 * DAY),
        ("5y", 5 * 365 * DAY),
        ("T16m", 16 * MINUTE),
        ("30dT5h", 30 * DAY + 5 * HOUR),
        ("T12H", 12 * HOUR),
        ("15d", 15 * DAY),
        ("P30D", 30 * DAY),
        ("p30d", 30 * DAY),
        ("PT1H", HOUR),
        ("P1DT12H", DAY + 12 * HOUR),
        ("2m", 60 * DAY),
        ("1wT1s", 7 * DAY + 1),
        ("99999999999y", 1000 * 365 * DAY),
    ],
)
def test_durations(text: str, seconds: int) -> None:
    step = {"CacheConfig": {"Enabled": True, "ExpireAfter": text}}
    assert list(caching.problems(step)) == []
    assert caching.expiry(step) == datetime.timedelta(seconds=seconds)
    assert DURATION.fullmatch(text)


@pytest.mark.parametrize("text", ["", "P", "T", "PT", "30", "12h", "5dT", "30 d", "1.5d", "1dP", "5h", "d30", "30d\n"])
def test_no_durations(text: str) -> None:
    step = {"CacheConfig": {"Enabled": True, "ExpireAfter": text}}
    assert len(list(caching.problems(step))) == 1
    assert not DURATION.fullmatch(text)


def test_a_cache_that_is_switched_off_needs_no_duration() -> None:
    assert list(caching.problems({"CacheConfig": {"Enabled": False}})) == []
    assert caching.expiry({"CacheConfig": {"Enabled": False}}) is None
