"""Strings of policies: wildcards, policy variables and the patterns made of them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

from iam_policy.errors import PolicyError


class Wild(enum.Enum):
    """A wildcard: any run of characters, or one character."""

    ANY = "*"
    ONE = "?"


@dataclass(frozen=True)
class Variable:
    """`${key}` or `${key, 'default'}`; the key is in lower case, for context keys are not case-sensitive."""

    key: str
    default: str | None = None


Token = str | Wild | Variable
Tokens = tuple[Token, ...]
Lookup = Callable[[str], str | None]

_VARIABLE = re.compile(r"\$\{\s*([^\s,'{}$*?]+)\s*(?:,\s*'([^'{}]*)'\s*)?\}")
_LITERAL = {"${*}": "*", "${?}": "?", "${$}": "$"}
_WILD = {wild.value: wild for wild in Wild}


@functools.lru_cache(maxsize=8192)
def tokens(value: str, *, variables: bool) -> Tokens:
    """Split `value` into literal text, wildcards and variables.

    Args:
        value: as written in the policy.
        variables: False for version 2008-10-17, in which `${aws:username}` is those characters.

    Raises:
        PolicyError: `${` that begins no variable.
    """
    found: list[Token] = []
    literal: list[str] = []

    def flush() -> None:
        if literal:
            found.append("".join(literal))
            literal.clear()

    at = 0
    while at < len(value):
        if variables and value.startswith("${", at):
            if value[at : at + 4] in _LITERAL:
                literal.append(_LITERAL[value[at : at + 4]])
                at += 4
                continue
            match = _VARIABLE.match(value, at)
            if match is None:
                raise PolicyError(f"{value!r}: '${{' at character {at + 1} begins no policy variable")
            flush()
            found.append(Variable(match[1].lower(), match[2]))
            at = match.end()
        elif value[at] in _WILD:
            flush()
            found.append(_WILD[value[at]])
            at += 1
        else:
            literal.append(value[at])
            at += 1
    flush()
    return tuple(found)


def has_variables(parsed: Tokens) -> bool:
    """Whether the text depends on the request."""
    return any(isinstance(token, Variable) for token in parsed)


def resolve(parsed: Tokens, lookup: Lookup) -> Tokens | None:
    """The same with variables replaced by literal text; None when one has no value and no default.

    A value is taken literally: a `*` in a tag matches that character only.
    """
    if not has_variables(parsed):
        return parsed
    resolved: list[Token] = []
    for token in parsed:
        if isinstance(token, Variable):
            value = lookup(token.key)
            if value is None:
                value = token.default
            if value is None:
                return None
            resolved.append(value)
        else:
            resolved.append(token)
    return tuple(resolved)


def plain(parsed: Tokens) -> str:
    """The text with wildcards as the characters `*` and `?`, for operators that do not know wildcards."""
    return "".join(token.value if isinstance(token, Wild) else str(token) for token in parsed)


@functools.lru_cache(maxsize=8192)
def pattern(parsed: Tokens, *, ignore_case: bool = False) -> re.Pattern[str]:
    """A pattern for the whole string, in which wildcards match any characters."""
    source = "".join(_SOURCE[token] if isinstance(token, Wild) else re.escape(str(token)) for token in parsed)
    return re.compile(source, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


_SOURCE = {Wild.ANY: ".*", Wild.ONE: "."}
