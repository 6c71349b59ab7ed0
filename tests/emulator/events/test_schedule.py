"""Schedule expressions, one table."""

from __future__ import annotations

import datetime

import pytest

from model_cicd.aws.schedules import schedule_complaint
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
        ("cron(0 21 LW * ? *)", "2026-03-31 21:00:00"),
        ("cron(0 21 LW 5 ? *)", "2026-05-29 21:00:00"),  # the 31st is a Sunday
        ("cron(0 0 15W * ? *)", "2026-03-16 00:00:00"),  # the 15th is a Sunday
        ("cron(0 0 ? * 6L *)", "2026-03-27 00:00:00"),  # the last Friday
        ("cron(0 0 ? * 2#3 *)", "2026-03-16 00:00:00"),  # the third Monday
        ("cron(0 0 29 2 ? *)", "2028-02-29 00:00:00"),
        ("cron(0 12 1 JAN,JUL ? 2027-2028)", "2027-01-01 12:00:00"),
    ],
)
def test_next(expression: str, following: str) -> None:
    assert str(parse(expression)(START)) == f"{following}+00:00"


@pytest.mark.parametrize(
    "field",
    [
        *(("minutes", each) for each in ("0", "59", "60", "*", "?", "0/15", "*/15", "/5", "50-10", "1,", "1-5,7/2")),
        *(("day", each) for each in ("31", "32", "0", "L", "LW", "lw", "W", "15W", "32W", "L-3", "1,L", "1/5")),
        *(("month", each) for each in ("12", "13", "jan", "JAN-MAR", "NOV-JAN", "JAN,jul", "XYZ", "JAN/2")),
        *(("weekday", each) for each in ("7", "8", "mon", "FRI-MON", "L", "6L", "fril", "8L", "mon#1", "2#6", "5#L")),
        *(("year", each) for each in ("2026", "1969", "2200", "2026-2030", "2026/2")),
    ],
    ids="-".join,
)
def test_the_rehearsal_takes_what_check_takes(field: tuple[str, str]) -> None:
    fields = {"minutes": "0", "hours": "8", "day": "*", "month": "*", "weekday": "?", "year": "*"}
    fields |= dict([field]) | ({"day": "?"} if field[0] == "weekday" else {})
    _agree(f"cron({' '.join(fields.values())})")


@pytest.mark.parametrize("inside", ["1 minute", "05 minutes", "0 days", "2 weeks", "1 Day", " 1 day", "7 days"])
def test_rates_too(inside: str) -> None:
    _agree(f"rate({inside})")


def _agree(expression: str) -> None:
    try:
        parse(expression)
    except ScheduleError as error:
        assert schedule_complaint(expression), error
    else:
        assert schedule_complaint(expression) is None


def test_a_range_may_go_over_the_end() -> None:
    weekend = parse("cron(0 8 ? * FRI-MON *)")
    days = [START]
    for _ in range(4):
        days.append(weekend(days[-1]) or START)
    assert [each.strftime("%a") for each in days[1:]] == ["Fri", "Sat", "Sun", "Mon"]


def test_a_past_year_never_fires() -> None:
    assert parse("cron(0 0 1 1 ? 2020)")(START) is None


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("rate(1 minutes)", "singular"),
        ("rate(5 minute)", "singular"),
        ("rate(0 minutes)", "expected rate"),
        ("rate(9999999999 days)", "no clock"),
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
