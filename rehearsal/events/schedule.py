"""Schedule expressions: `rate(5 minutes)` and `cron(0 8 ? * MON-FRI *)`, in UTC.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass

_RATE = re.compile(r"^rate\((?P<number>[1-9]\d*) (?P<unit>minute|minutes|hour|hours|day|days)\)$")
_CRON = re.compile(r"^cron\((?P<fields>[^()]+)\)$")
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_LAST_YEAR = 2199


class ScheduleError(ValueError):
    """The expression is not valid; the text says why."""


Schedule = Callable[[datetime.datetime], datetime.datetime | None]


def parse(expression: str) -> Schedule:
    """A function from a time to the next firing after it (None when there is none). Raises ScheduleError."""
    rate = _RATE.match(expression)
    if rate:
        number, unit = int(rate["number"]), rate["unit"]
        if (number == 1) == unit.endswith("s"):
            raise ScheduleError(f"{expression}: 1 takes the singular (rate(1 hour)), other numbers the plural")
        try:
            every = datetime.timedelta(**{unit if unit.endswith("s") else f"{unit}s": number})
        except OverflowError:
            raise ScheduleError(f"{expression}: no clock counts that far") from None
        return lambda after: after + every
    cron = _CRON.match(expression)
    if not cron:
        raise ScheduleError(f"{expression!r}: expected rate(number unit) or cron(six fields)")
    fields = cron["fields"].upper().split()
    if len(fields) != 6:
        raise ScheduleError(f"{expression}: {len(fields)} fields, expected 6: minutes hours day month weekday year")
    return _Cron(expression, fields).next


@dataclass(frozen=True)
class _Field:
    low: int
    high: int
    names: dict[str, int]
    name: str


_MINUTES = _Field(0, 59, {}, "minutes")
_HOURS = _Field(0, 23, {}, "hours")
_DAY = _Field(1, 31, {}, "day of the month")
_MONTH = _Field(1, 12, _MONTHS, "month")
_WEEKDAY = _Field(1, 7, _DAYS, "day of the week")
_YEAR = _Field(1970, _LAST_YEAR, {}, "year")


class _Cron:
    """The six fields; weekdays are 1 (Sunday) to 7."""

    def __init__(self, expression: str, fields: list[str]) -> None:
        minutes, hours, day, month, weekday, year = fields
        if (day == "?") == (weekday == "?"):
            raise ScheduleError(f"{expression}: exactly one of day of the month and day of the week must be ?")
        self._minutes = sorted(_numbers(expression, minutes, _MINUTES))
        self._hours = sorted(_numbers(expression, hours, _HOURS))
        self._months = _numbers(expression, month, _MONTH)
        self._years = _numbers(expression, year, _YEAR)
        self._on = _weekday(expression, weekday) if day == "?" else _monthday(expression, day)

    def next(self, after: datetime.datetime) -> datetime.datetime | None:
        """The first minute after `after` that matches."""
        start = after.replace(second=0, microsecond=0) + datetime.timedelta(minutes=1)
        day = start.date()
        while day.year <= min(_LAST_YEAR, start.year + 50):
            if day.year not in self._years:
                day = datetime.date(day.year + 1, 1, 1)
                continue
            if day.month not in self._months:
                day = (day.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
                continue
            if self._on(day):
                for hour in self._hours:
                    for minute in self._minutes:
                        found = datetime.datetime.combine(day, datetime.time(hour, minute), tzinfo=start.tzinfo)
                        if found >= start:
                            return found
            day += datetime.timedelta(days=1)
        return None


def _numbers(expression: str, text: str, field: _Field) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        if slash and not (step.isdecimal() and int(step)):
            raise _error(expression, part, field)
        if span == "*":
            low, high = field.low, field.high
        elif "-" in span:
            first, _, last = span.partition("-")
            low, high = _number(expression, first, field), _number(expression, last, field)
        else:
            low = _number(expression, span, field)
            high = field.high if slash else low
        # a range may go over the end, as in Quartz, whose expressions these are: FRI-MON
        span_of = field.high - field.low + 1
        end = high if low <= high else high + span_of
        found.update((each - field.low) % span_of + field.low for each in range(low, end + 1, int(step or 1)))
    return found


def _number(expression: str, text: str, field: _Field) -> int:
    value = field.names.get(text, int(text) if text.isdecimal() else -1)
    if not field.low <= value <= field.high:
        raise _error(expression, text, field)
    return value


def _monthday(expression: str, text: str) -> Callable[[datetime.date], bool]:
    if text == "L":
        return lambda day: day.day == _days_in(day)
    if text == "LW":  # the last weekday: not in AWS's page, but EventBridge takes it
        return lambda day: day == _nearest_weekday(day, _days_in(day))
    if text.endswith("W") and len(text) > 1:
        wanted = _number(expression, text[:-1], _DAY)
        return lambda day: day == _nearest_weekday(day, wanted)
    days = _numbers(expression, text, _DAY)
    return lambda day: day.day in days


def _weekday(expression: str, text: str) -> Callable[[datetime.date], bool]:
    if "#" in text:
        name, _, number = text.partition("#")
        weekday = _number(expression, name, _WEEKDAY)
        if number not in ("1", "2", "3", "4", "5"):
            raise _error(expression, text, _WEEKDAY)
        return lambda day: _weekday_of(day) == weekday and (day.day - 1) // 7 + 1 == int(number)
    if text == "L":
        return lambda day: _weekday_of(day) == 7
    if text.endswith("L"):
        weekday = _number(expression, text[:-1], _WEEKDAY)
        return lambda day: _weekday_of(day) == weekday and day.day + 7 > _days_in(day)
    weekdays = _numbers(expression, text, _WEEKDAY)
    return lambda day: _weekday_of(day) in weekdays


def _weekday_of(day: datetime.date) -> int:
    return day.isoweekday() % 7 + 1


def _days_in(day: datetime.date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: datetime.date, wanted: int) -> datetime.date | None:
    if wanted > _days_in(day):
        return None
    exact = day.replace(day=wanted)
    if exact.isoweekday() <= 5:
        return exact
    shift = -1 if exact.isoweekday() == 6 else 1
    if not 1 <= wanted + shift <= _days_in(day):
        shift = 2 if shift == -1 else -2
    return exact + datetime.timedelta(days=shift)


def _error(expression: str, got: str, field: _Field) -> ScheduleError:
    return ScheduleError(f"{expression}: {got!r} is no {field.name}: expected {field.low} to {field.high}")
