"""Durations as people say them."""

from __future__ import annotations

from datetime import timedelta


def span(duration: timedelta) -> str:
    """`2 d 3 h`, `3 h 5 min`, `5 min` or `40 s`; a negative one is `no time`."""
    seconds = int(duration.total_seconds())
    if seconds < 0:
        return "no time"
    if seconds < 60:
        return f"{seconds} s"
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"
