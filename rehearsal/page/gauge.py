"""A metric against its threshold, as a bar."""

from __future__ import annotations

from html_page import Markup, element, picture

_WIDTH, _LEFT, _TOP, _BAR = 460, 4, 22, 16


def drawing(value: float, operator: str, threshold: float, title: str) -> Markup:
    """A bar as long as `value`, and a line where `threshold` is; empty where one of them is negative."""
    if min(value, threshold) < 0 or max(value, threshold) == 0:
        return Markup("")
    scale = (_WIDTH - 2 * _LEFT) / (1.15 * max(value, threshold))
    limit = _LEFT + scale * threshold
    below = operator.startswith("Less")
    allowed = (_LEFT, limit) if below else (limit, _WIDTH - _LEFT)
    return picture(
        element("rect", x=allowed[0], y=_TOP - 5, width=allowed[1] - allowed[0], height=_BAR + 10, class_="good-box"),
        element("rect", x=_LEFT, y=_TOP, width=scale * value, height=_BAR, class_="bar"),
        element("line", x1=limit, x2=limit, y1=_TOP - 9, y2=_TOP + _BAR + 9, class_="limit"),
        element("text", f"threshold {threshold:g}", x=limit, y=11, text_anchor="end", class_="soft"),
        element("text", f"{value:.4g}", x=_LEFT, y=_TOP + _BAR + 19),
        width=_WIDTH,
        height=_TOP + _BAR + 24,
        title=title,
    )
