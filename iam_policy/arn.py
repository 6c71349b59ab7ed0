"""ARNs and the two ways in which policies match them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
"""

from __future__ import annotations

import functools
import re

from iam_policy.text import Token, Tokens, Wild, pattern

SEGMENTS = 6  # arn:partition:service:region:account:resource; the resource may hold further colons


def segments(parsed: Tokens) -> list[Tokens]:
    """Split tokens at the first five colons."""
    parts: list[list[Token]] = [[]]
    for token in parsed:
        if not isinstance(token, str):
            parts[-1].append(token)
            continue
        rest = token
        while len(parts) < SEGMENTS and ":" in rest:
            before, _, rest = rest.partition(":")
            if before:
                parts[-1].append(before)
            parts.append([])
        if rest:
            parts[-1].append(rest)
    return [tuple(part) for part in parts]


@functools.lru_cache(maxsize=8192)
def resource_pattern(parsed: Tokens) -> re.Pattern[str]:
    """How Resource and NotResource match: wildcards stay within a segment of the ARN.

    Only a `*` at the end of a segment expands beyond the colon, and the sixth segment holds whatever follows.
    """
    parts = segments(parsed)
    sources: list[str] = []
    for index, part in enumerate(parts):
        source = ""
        for at, token in enumerate(part):
            if not isinstance(token, Wild):
                source += re.escape(str(token))
            elif token is Wild.ANY:
                source += ".*" if index == SEGMENTS - 1 or at == len(part) - 1 else "[^:]*"
            else:
                source += "." if index == SEGMENTS - 1 else "[^:]"
        sources.append(source)
    return re.compile(":".join(sources), re.DOTALL)


def like(parsed: Tokens, value: str) -> bool:
    """How ArnEquals and ArnLike match: each of the six segments for itself, case-sensitive, with wildcards."""
    wanted = segments(parsed)
    given = value.split(":", SEGMENTS - 1)
    return (
        len(wanted) == len(given) == SEGMENTS
        and given[0] == "arn"
        and all(pattern(want).fullmatch(got) for want, got in zip(wanted, given, strict=True))
    )
