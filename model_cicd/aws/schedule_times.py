"""When a schedule was due last.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from model_cicd.aws.schedules import DAYS, MONTHS

_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_MOST_DAYS = 366


def last_due(expression: str, now: datetime) -> datetime | None:
    """The last time before `now` at which `expression` is due; times of cron are UTC.

    `rate(...)` counts from when the rule was made, so it is due once in each period: one period ago. None for what is
    no schedule, and for one that was not due within a year.
    """
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if rate:
        return now - int(rate[1]) * _UNITS[rate[2]]
    cron = re.fullmatch(r"cron\((.*)\)", expression)
    fields = cron[1].split() if cron else []
    if len(fields) != 6:
        return None
    try:
        minutes, hours = _numbers(fields[0], 0, 59, {}), _numbers(fields[1], 0, 23, {})
        months, years = _numbers(fields[3], 1, 12, MONTHS), _numbers(fields[5], 1970, 2199, {})
        falls_on = _days_of_week(fields[4]) if fields[2] == "?" else _days_of_month(fields[2])
    except ValueError:
        return None
    today = now.astimezone(UTC).date()
    for back in range(_MOST_DAYS):
        day = today - timedelta(days=back)
        if day.year in years and day.month in months and falls_on(day):
            for moment in sorted((time(hour, minute) for hour in hours for minute in minutes), reverse=True):
                due = datetime.combine(day, moment, UTC)
                if due <= now:
                    return due
    return None


def _days_of_month(text: str) -> Callable[[date], bool]:
    """`15`, `1,15`; `L` is the last day, `15W` the weekday nearest to it in its month, `LW` the last weekday."""
    if text.upper() == "L":
        return lambda day: day.day == _last(day)
    if text.upper().endswith("W"):
        wanted = None if text.upper() == "LW" else int(text[:-1])
        return lambda day: day.day == _nearest_weekday(day, _last(day) if wanted is None else wanted)
    days = _numbers(text, 1, 31, {})
    return lambda day: day.day in days


def _days_of_week(text: str) -> Callable[[date], bool]:
    """`MON-FRI`, `2`; `MON#2` is the second Monday of a month, `FRIL` its last Friday, `L` every Saturday."""
    name, hash_, number = text.partition("#")
    if hash_:
        (wanted,), which = _numbers(name, 1, 7, DAYS), int(number)
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == which
    if text.upper() == "L":
        return lambda day: _weekday(day) == DAYS["SAT"]
    if text.upper().endswith("L"):
        (wanted,) = _numbers(text[:-1], 1, 7, DAYS)
        return lambda day: _weekday(day) == wanted and day.day + 7 > _last(day)
    weekdays = _numbers(text, 1, 7, DAYS)
    return lambda day: _weekday(day) in weekdays


def _weekday(day: date) -> int:
    """EventBridge's Sunday is 1."""
    return day.isoweekday() % 7 + 1


def _last(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: date, wanted: int) -> int | None:
    """The day from Monday to Friday of the same month that is nearest to its day `wanted`; None where it has none."""
    last = _last(day)
    if wanted > last:
        return None
    weekday = day.replace(day=wanted).isoweekday()
    if weekday == 6:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == 7:
        return wanted + 1 if wanted < last else wanted - 2
    return wanted


def _numbers(text: str, low: int, high: int, words: dict[str, int]) -> set[int]:
    """The numbers that a field stands for; a range may go over the end (`FRI-MON`). Raises ValueError for no field."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        start = low if first == "*" else words.get(first.upper()) or int(first)
        end = (words.get(last.upper()) or int(last)) if dash else high if first == "*" or step else start
        every = high - low + 1
        end += every if end < start else 0
        found |= {(each - low) % every + low for each in range(start, end + 1, int(step or 1))}
    return found
