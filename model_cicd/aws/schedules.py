"""EventBridge schedule expressions: `rate(value unit)` and `cron(six fields)`.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from model_cicd.text.errors import did_you_mean

_UNITS = ("minute", "minutes", "hour", "hours", "day", "days")
_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
DAYS = {name: number for number, name in enumerate(_DAY_NAMES, 1)}


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    words: dict[str, int]
    extra: str = ""  # pattern of what only this field takes, alone

    def complaint(self, text: str) -> str | None:
        if text == "*" or (text == "?" and self.name in ("day-of-month", "day-of-week")):
            return None
        if self.extra and re.fullmatch(self.extra, text, re.IGNORECASE):
            return None
        for part in text.split(","):
            found = re.fullmatch(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d+))?", part)
            if found is None:
                return f"got {part!r} as {self.name}, expected {self._range()}"
            _, first, last, step = found.groups()
            numbers = [self._number(each) for each in (first, last) if each is not None]
            if None in numbers:
                return f"got {part!r} as {self.name}, expected {self._range()}"
            if step is not None and int(step) == 0:
                return f"got the step 0 in {part!r} as {self.name}, expected at least 1"
        return None

    def _number(self, text: str) -> int | None:
        number = self.words.get(text.upper(), int(text) if text.isdecimal() else None)
        return number if number is not None and self.low <= number <= self.high else None

    def _range(self) -> str:
        words = f" or {', '.join(self.words)}" if self.words else ""
        return f"{self.low} to {self.high}{words}, a list, a range or a step"


_FIELDS = (
    _Field("minutes", 0, 59, {}),
    _Field("hours", 0, 23, {}),
    _Field("day-of-month", 1, 31, {}, r"L|LW|(?:[1-9]|[12]\d|3[01])W"),
    _Field("month", 1, 12, MONTHS),
    _Field("day-of-week", 1, 7, DAYS, r"L|(?:[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(?:L|#[1-5])"),
    _Field("year", 1970, 2199, {}),
)


def schedule_complaint(text: str) -> str | None:
    """`got ..., expected ...` when `text` is no schedule expression that EventBridge takes, else None."""
    found = re.fullmatch(r"(\w+)\((.*)\)", text)
    if found and found[1] == "rate":
        return _rate_complaint(text, found[2])
    if found and found[1] == "cron":
        return _cron_complaint(text, found[2])
    return f"got {text!r}, expected 'rate(1 day)' or 'cron(0 6 * * ? *)'"


def _rate_complaint(text: str, inside: str) -> str | None:
    found = re.fullmatch(r"([1-9]\d*) (\w+)", inside)
    if found is None:
        return f"got {text!r}, expected 'rate(value unit)' with a value of at least 1, such as 'rate(12 hours)'"
    count, unit = int(found[1]), found[2]
    if unit not in _UNITS:
        return f"got the unit {unit!r} in {text!r}, expected one of {', '.join(_UNITS)}{did_you_mean(unit, _UNITS)}"
    right = unit.rstrip("s") if count == 1 else unit.rstrip("s") + "s"
    if unit != right:
        return f"got {text!r}, expected 'rate({count} {right})': AWS wants the singular for 1 and the plural otherwise"
    return None


def _cron_complaint(text: str, inside: str) -> str | None:
    fields = inside.split()
    names = ", ".join(field.name for field in _FIELDS)
    if len(fields) != len(_FIELDS):
        return f"got {len(fields)} fields in {text!r}, expected 6: {names}"
    complaints = [
        complaint for field, value in zip(_FIELDS, fields, strict=True) if (complaint := field.complaint(value))
    ]
    if (fields[2] == "?") == (fields[4] == "?"):
        complaints.append("expected '?' in exactly one of day-of-month and day-of-week")
    return f"{'; '.join(complaints)} (in {text!r})" if complaints else None


def longest_pause(text: str) -> int | None:
    """The most seconds between two runs of a schedule that is in order; None where it may be longer than a day.

    Of `cron(...)` those are told that run every day; of `rate(...)` all.
    """
    kind, _, inside = text.rstrip(")").partition("(")
    if kind == "rate":
        count, unit = inside.split()
        return int(count) * {"minute": 60, "hour": 3600, "day": 86_400}[unit.rstrip("s")]
    _, _, day, month, weekday, year = inside.split()
    return 86_400 if {day, month, weekday, year} <= {"*", "?"} else None
