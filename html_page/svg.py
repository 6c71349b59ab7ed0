"""Drawings inside a page: elements with everything escaped, in the colours of the style."""

from __future__ import annotations

from markupsafe import Markup, escape

__all__ = ["Markup", "element", "lines_of", "picture"]

Value = str | int | float | None


def element(tag: str, /, *content: str, **attributes: Value) -> Markup:
    """One element with its content: text, which is escaped, or `Markup`, which is not.

    Attributes are written with `-` for `_` and without a `_` at their end (`class_`), numbers with one digit after
    the point at most; those that are None are left out.
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(name.rstrip("_").replace("_", "-"), _number(value))
        for name, value in attributes.items()
        if value is not None
    )
    inside = Markup("").join(escape(each) for each in content)
    return Markup("<{0}{1}>{2}</{0}>").format(tag, written, inside)


def picture(*content: Markup, width: float, height: float, title: str) -> Markup:
    """A drawing of `width` by `height` units (pixels where there is room); `title` says what it shows to who hears it.

    It becomes narrower with the window.
    """
    drawing = element(
        "svg",
        element("title", title),
        *content,
        viewBox=f"0 0 {_number(width)} {_number(height)}",
        width=width,
        role="img",
        aria_label=title,
    )
    return element("div", drawing, class_="picture")


def lines_of(text: str, most: int) -> list[str]:
    """`text` in lines of at most `most` characters: names are broken behind `-`, `/` and `:`, else where they must."""
    lines, line = [], ""
    for part in _parts(text):
        if line and len(line) + len(part.rstrip()) > most:
            lines.append(line.rstrip())
            line = ""
        line += part
        while len(line.rstrip()) > most:
            lines.append(line[:most])
            line = line[most:]
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _parts(text: str) -> list[str]:
    parts, part = [], ""
    for letter in text:
        part += letter
        if letter in " -/:_.":
            parts.append(part)
            part = ""
    return [*parts, part]


def _number(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)
