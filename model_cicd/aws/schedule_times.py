"""When a schedule was due last.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

from model_cicd.aws.schedules import DAYS, MONTHS

_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_MOST_DAYS = 366


def last_due(expression: str, now: datetime) -> datetime | None:
    """The last time before `now` at which `expression` is due; times of cron are UTC.

    `rate(...)` counts from when the rule was made, so it is due once in each period: one period ago. None where that is
    not known: days such as `L`, `15W` and `MON#2`, and schedules that were not due within a year.
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
        days, months = _numbers(fields[2], 1, 31, {}), _numbers(fields[3], 1, 12, MONTHS)
        weekdays, years = _numbers(fields[4], 1, 7, DAYS), _numbers(fields[5], 1970, 2199, {})
    except ValueError:
        return None
    today = now.astimezone(UTC).date()
    for back in range(_MOST_DAYS):
        day = today - timedelta(days=back)
        # Python's Monday is 0, EventBridge's Sunday is 1
        if day.year in years and day.month in months and day.day in days and (day.weekday() + 1) % 7 + 1 in weekdays:
            for moment in sorted((time(hour, minute) for hour in hours for minute in minutes), reverse=True):
                due = datetime.combine(day, moment, UTC)
                if due <= now:
                    return due
    return None


def _numbers(text: str, low: int, high: int, words: dict[str, int]) -> set[int]:
    """The numbers that a field stands for. Raises ValueError for what only AWS knows to reckon."""
    if text == "?":
        return set(range(low, high + 1))
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        start = low if first == "*" else words.get(first.upper()) or int(first)
        end = (words.get(last.upper()) or int(last)) if dash else high if first == "*" or step else start
        found |= set(range(start, end + 1, int(step or 1)))
    return found
