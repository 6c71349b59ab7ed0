"""Times of `schedule`: POSIX cron in UTC.

https://pubs.opengroup.org/onlinepubs/9799919799/utilities/crontab.html
"""

from __future__ import annotations

import datetime
import re

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of the month", 1, 31), ("month", 1, 12), ("day of the week", 0, 6))
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_NAMES = {"month": {name: at + 1 for at, name in enumerate(_MONTHS)},
          "day of the week": {name: at for at, name in enumerate(_DAYS)}}  # fmt: skip
_PART = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?", re.ASCII)
_YEARS = 9  # that may pass between two 29ths of February


def problem(text: str) -> str | None:
    """What is wrong with a cron expression, or None."""
    try:
        _read(text)
    except ValueError as error:
        return str(error)
    return None


def matches(text: str, moment: datetime.datetime) -> bool:
    """Whether a moment (UTC) is one of the minutes. Raises ValueError."""
    minutes, hours, days, months, weekdays = _read(text)
    if moment.minute not in minutes or moment.hour not in hours:
        return False
    return _on(moment.date(), text, days, months, weekdays)


def following(text: str, moment: datetime.datetime) -> datetime.datetime | None:
    """The first minute after a moment (UTC); None when there is never one. Raises ValueError."""
    minutes, hours, days, months, weekdays = _read(text)
    first = moment.replace(second=0, microsecond=0) + datetime.timedelta(minutes=1)
    day = first.date()
    for _ in range(_YEARS * 366):
        if _on(day, text, days, months, weekdays):
            for hour in sorted(hours):
                for minute in sorted(minutes):
                    found = datetime.datetime(day.year, day.month, day.day, hour, minute, tzinfo=moment.tzinfo)
                    if found >= first:
                        return found
        day += datetime.timedelta(days=1)
    return None


def _on(day: datetime.date, text: str, days: set[int], months: set[int], weekdays: set[int]) -> bool:
    """With both kinds of days restricted, one of them is enough."""
    if day.month not in months:
        return False
    of_month, of_week = day.day in days, day.isoweekday() % 7 in weekdays
    fields = text.split()
    return of_month or of_week if "*" not in (fields[2], fields[4]) else of_month and of_week


def _read(text: str) -> list[set[int]]:
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise ValueError(f"got {text!r}, expected five fields: {', '.join(name for name, _, _ in _FIELDS)}")
    return [_field(field, *limits) for field, limits in zip(fields, _FIELDS, strict=True)]


def _field(text: str, name: str, least: int, most: int) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        read = _PART.fullmatch(part)
        if not read:
            raise ValueError(f"got {part!r} as the {name}, expected numbers with , - / or *")
        step = int(read["step"] or 1)
        if read["first"] == "*":
            first, last = least, most
        else:
            first = _number(read["first"], name, least, most)
            last = _number(read["last"], name, least, most) if read["last"] else most if read["step"] else first
        if last < first or step < 1:
            raise ValueError(f"got {part!r} as the {name}, expected a range that goes up")
        found.update(range(first, last + 1, step))
    return found


def _number(text: str, name: str, least: int, most: int) -> int:
    value = _NAMES.get(name, {}).get(text.upper())
    if value is None:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ValueError(f"got {text!r} as the {name}, expected {least} to {most}")
        value = int(text)
    return value
