"""Schedule expressions, one table."""

from __future__ import annotations

import datetime

import pytest

from rehearsal.events.schedule import ScheduleError, parse

START = datetime.datetime(2026, 3, 4, 10, 7, 30, tzinfo=datetime.UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("expression", "following"),
    [
        ("rate(1 minute)", "2026-03-04 10:08:30"),
        ("rate(5 hours)", "2026-03-04 15:07:30"),
        ("rate(7 days)", "2026-03-11 10:07:30"),
        ("cron(0/15 * * * ? *)", "2026-03-04 10:15:00"),
        ("cron(0 8 ? * MON-FRI *)", "2026-03-05 08:00:00"),
        ("cron(0 18 ? * 4 *)", "2026-03-04 18:00:00"),
        ("cron(30 10 1 * ? *)", "2026-04-01 10:30:00"),
        ("cron(0 0 L * ? *)", "2026-03-31 00:00:00"),
        ("cron(0 0 15W * ? *)", "2026-03-16 00:00:00"),  # the 15th is a Sunday
        ("cron(0 0 ? * 6L *)", "2026-03-27 00:00:00"),  # the last Friday
        ("cron(0 0 ? * 2#3 *)", "2026-03-16 00:00:00"),  # the third Monday
        ("cron(0 0 29 2 ? *)", "2028-02-29 00:00:00"),
        ("cron(0 12 1 JAN,JUL ? 2027-2028)", "2027-01-01 12:00:00"),
    ],
)
def test_next(expression: str, following: str) -> None:
    assert str(parse(expression)(START)) == f"{following}+00:00"


def test_a_past_year_never_fires() -> None:
    assert parse("cron(0 0 1 1 ? 2020)")(START) is None


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("rate(1 minutes)", "singular"),
        ("rate(5 minute)", "singular"),
        ("rate(0 minutes)", "expected rate"),
        ("every day", "expected rate"),
        ("cron(0 8 * * *)", "5 fields, expected 6"),
        ("cron(0 8 * * * *)", "exactly one of"),
        ("cron(0 8 ? * ? *)", "exactly one of"),
        ("cron(60 8 * * ? *)", "'60' is no minutes: expected 0 to 59"),
        ("cron(0 8 ? * XYZ *)", "'XYZ' is no day of the week"),
        ("cron(0 8 ? * 2#6 *)", "is no day of the week"),
    ],
)
def test_refused(expression: str, reason: str) -> None:
    with pytest.raises(ScheduleError, match=reason):
        parse(expression)
