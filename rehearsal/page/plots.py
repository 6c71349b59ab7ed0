"""What an endpoint answers against what is true: predicted over actual values, and the error of each row."""

from __future__ import annotations

import math
from collections.abc import Sequence

from html_page import Markup, element, picture

_SIZE, _LEFT, _BOTTOM, _EDGE = 340, 52, 40, 12
_TICKS = 5


def predicted_against_actual(actual: Sequence[float], predicted: Sequence[float], title: str) -> Markup:
    """A point a row; on the diagonal the prediction is right. Rows with a number that is not finite are left out."""
    rows = _finite(actual, predicted)
    if not rows:
        return Markup("")
    values = [each for row in rows for each in row]
    low, high, step = _ticks(min(values), max(values))
    across = _Axis(low, high, _LEFT, _SIZE - _EDGE)
    up = _Axis(low, high, _SIZE - _BOTTOM, _EDGE)
    points = [element("circle", cx=across(x), cy=up(y), r=3, class_="dot") for x, y in rows]
    ideal = element("line", x1=across(low), y1=up(low), x2=across(high), y2=up(high), class_="limit")
    grid = [*_across(across, low, high, step), *_up(up, low, high, step, _SIZE)]
    names = _names("actual", "predicted", _SIZE)
    return picture(*grid, ideal, *points, *names, width=_SIZE, height=_SIZE, title=title)


def error_by_row(actual: Sequence[float], predicted: Sequence[float], title: str) -> Markup:
    """A bar a row, in the order of the rows: how much the prediction is above (or below) the actual value."""
    rows = _finite(actual, predicted)
    if not rows:
        return Markup("")
    errors = [got - wanted for wanted, got in rows]
    low, high, step = _ticks(min(0.0, *errors), max(0.0, *errors))
    wide = 420
    up = _Axis(low, high, _SIZE - _BOTTOM, _EDGE)
    across = _Axis(0, len(errors), _LEFT, wide - _EDGE)
    thick = max(0.6, (across(1) - across(0)) * 0.7)
    bars = [
        element(
            "rect",
            x=across(number + 0.5) - thick / 2,
            y=min(up(error), up(0)),
            width=thick,
            height=max(abs(up(error) - up(0)), 0.5),
            class_="bar",
        )
        for number, error in enumerate(errors)
    ]
    zero = element("line", x1=_LEFT, x2=wide - _EDGE, y1=up(0), y2=up(0), class_="arrow")
    ends = [
        element("text", str(text), x=x, y=_SIZE - _BOTTOM + 16, text_anchor=anchor, class_="soft")
        for text, x, anchor in ((1, across(0), "start"), (len(errors), across(len(errors)), "end"))
    ]
    names = _names("row", "predicted minus actual", wide)
    return picture(*_up(up, low, high, step, wide), *bars, zero, *ends, *names, width=wide, height=_SIZE, title=title)


class _Axis:
    """From values to units of the drawing."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low, self._start = low, start
        self._scale = (end - start) / (high - low)

    def __call__(self, value: float) -> float:
        return self._start + (value - self._low) * self._scale


def _finite(actual: Sequence[float], predicted: Sequence[float]) -> list[tuple[float, float]]:
    rows = zip(actual, predicted, strict=False)
    return [(x, y) for x, y in rows if math.isfinite(x) and math.isfinite(y)]


def _ticks(low: float, high: float) -> tuple[float, float, float]:
    """A range of round numbers around `low` and `high`, and a round step through it."""
    span = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / _TICKS))
    step = next(power * each for each in (1, 2, 5, 10) if power * each * _TICKS >= span * 0.999)
    first, last = math.floor(low / step) * step, math.ceil(high / step) * step
    return first, last if last > first else first + step, step


def _marks(low: float, high: float, step: float) -> list[float]:
    return [low + step * number for number in range(round((high - low) / step) + 1)]


def _across(axis: _Axis, low: float, high: float, step: float) -> list[Markup]:
    return [
        part
        for value in _marks(low, high, step)
        for part in (
            element("line", x1=axis(value), x2=axis(value), y1=_EDGE, y2=_SIZE - _BOTTOM, class_="line"),
            element("text", _short(value), x=axis(value), y=_SIZE - _BOTTOM + 16, text_anchor="middle", class_="soft"),
        )
    ]


def _up(axis: _Axis, low: float, high: float, step: float, width: float) -> list[Markup]:
    return [
        part
        for value in _marks(low, high, step)
        for part in (
            element("line", x1=_LEFT, x2=width - _EDGE, y1=axis(value), y2=axis(value), class_="line"),
            element("text", _short(value), x=_LEFT - 6, y=axis(value) + 4, text_anchor="end", class_="soft"),
        )
    ]


def _names(across: str, up: str, width: float) -> list[Markup]:
    middle = (_LEFT + width - _EDGE) / 2
    height = (_EDGE + _SIZE - _BOTTOM) / 2
    return [
        element("text", across, x=middle, y=_SIZE - 5, text_anchor="middle"),
        element("text", up, x=11.0, y=height, text_anchor="middle", transform=f"rotate(-90 11 {height:.0f})"),
    ]


def _short(value: float) -> str:
    return f"{value:.4g}" if abs(value) > 1e-12 else "0"
