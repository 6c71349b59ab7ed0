"""When a schedule was due last."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from model_cicd.aws.schedule_times import last_due

SUNDAY = datetime(2026, 11, 29, 11, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("rate(1 day)", "2026-11-28T11:40"),
        ("rate(12 hours)", "2026-11-28T23:40"),
        ("cron(0 6 * * ? *)", "2026-11-29T06:00"),
        ("cron(0 12 * * ? *)", "2026-11-28T12:00"),
        ("cron(0 6 ? * MON-FRI *)", "2026-11-27T06:00"),
        ("cron(0/15 * * * ? *)", "2026-11-29T11:30"),
        ("cron(30 11 1,15 * ? *)", "2026-11-15T11:30"),
        ("cron(0 12 ? * SUN *)", "2026-11-22T12:00"),
        ("cron(0 12 ? * 1 *)", "2026-11-22T12:00"),
        ("cron(0 12 1 JAN-MAR/2 ? *)", "2026-03-01T12:00"),
    ],
)
def test_the_last_time(expression: str, due: str) -> None:
    found = last_due(expression, SUNDAY)
    assert found is not None
    assert found.isoformat(timespec="minutes") == f"{due}+00:00"


@pytest.mark.parametrize(
    "expression", ["", "cron(0 0 L * ? *)", "cron(0 0 ? * MON#2 *)", "cron(0 0 15W * ? *)", "cron(0 12 29 2 ? *)"]
)
def test_what_is_not_known(expression: str) -> None:
    assert last_due(expression, SUNDAY) is None
