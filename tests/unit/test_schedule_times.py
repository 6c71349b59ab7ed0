"""When a schedule was due last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from model_cicd.aws.schedule_times import last_due
from rehearsal.events.schedule import parse

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
        ("cron(0 0 L * ? *)", "2026-10-31T00:00"),
        ("cron(0 0 LW * ? *)", "2026-10-30T00:00"),
        ("cron(0 0 15W * ? *)", "2026-11-16T00:00"),  # the 15th is a Sunday
        ("cron(0 0 1W * ? *)", "2026-11-02T00:00"),  # so is the 1st, and the Friday before is of another month
        ("cron(0 0 31W * ? *)", "2026-10-30T00:00"),  # November has none
        ("cron(0 0 ? * MON#2 *)", "2026-11-09T00:00"),
        ("cron(0 0 ? * 2#5 *)", "2026-08-31T00:00"),
        ("cron(0 0 ? * friL *)", "2026-11-27T00:00"),
        ("cron(0 0 ? * L *)", "2026-11-28T00:00"),
        ("cron(0 0 ? * FRI-MON *)", "2026-11-29T00:00"),
    ],
)
def test_the_last_time(expression: str, due: str) -> None:
    found = last_due(expression, SUNDAY)
    assert found is not None
    assert found.isoformat(timespec="minutes") == f"{due}+00:00"
    if expression.startswith("cron"):  # as the embedded EventBridge reckons forwards
        following = parse(expression)
        assert following(found - timedelta(minutes=1)) == found
        after = following(found)
        assert after is None or after > SUNDAY


@pytest.mark.parametrize(
    "expression", ["", "cron(0 0 XW * ? *)", "cron(0 0 ? * MON#x *)", "cron(0 0 ? * ?L *)", "cron(0 12 29 2 ? *)"]
)
def test_what_is_not_known(expression: str) -> None:
    assert last_due(expression, SUNDAY) is None
