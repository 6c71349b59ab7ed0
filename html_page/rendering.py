"""Templates of a package to one page, in the style of this one."""

from __future__ import annotations

import functools
import re
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

# in escaped text: what ends an entity is none of them
_MARKS = re.compile(r"[/:_=](?=\w)")


def render(package: str, template: str, /, **values: Any) -> str:
    """The page that `template`, in the folder `templates` of `package`, makes of `values`.

    The template extends `html_page/page.html` and takes macros from `html_page/parts.html`. Every value is escaped
    but those of type `Markup`; a value that the template names and that is not given raises jinja2.UndefinedError.
    The same values give the same text.
    """
    return _environment(package).get_template(template).render(**values)


@functools.cache
def _environment(package: str) -> Environment:
    made = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("html_page")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["breakable"] = breakable
    return made


def breakable(value: object) -> Markup:
    """A value as text that may be broken behind `/`, `:`, `_` and `=`; `Markup` as it is."""
    if isinstance(value, Markup):
        return value
    return Markup(_MARKS.sub(r"\g<0><wbr>", str(escape(str(value)))))
