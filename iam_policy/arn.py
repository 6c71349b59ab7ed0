"""ARNs and the two ways in which policies match them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html#arns-paths-wildcards
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
"""

from __future__ import annotations

import functools
import re

from iam_policy.text import Token, Tokens, Variable, Wild, pattern

SEGMENTS = 6  # arn:partition:service:region:account:resource; the resource may hold further colons
_SERVICE = 2
#: services whose resource begins with a name of the user's, not with a type such as `role/` or `log-group:`
#: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
UNTYPED = frozenset(
    (
        *("aws-marketplace", "codecommit", "codepipeline", "execute-api", "mapcredits", "mgh", "neptune-db", "s3"),
        *("servicequotas", "sns", "sqs", "ssm-sap", "wafv2"),
    )
)


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


def names_nothing(parsed: Tokens) -> bool:
    """Whether IAM matches no resource with an ARN of Resource or NotResource, written as it is.

    Variables may stand in its resource alone, after the fifth colon, and neither they nor wildcards in the type that
    the resource begins with: `arn:aws:iam::111111111111:u*` names no users. `*` may stand for the whole resource.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-wheretouse
    """
    parts = segments(parsed)
    if any(isinstance(token, Variable) for part in parts[: SEGMENTS - 1] for token in part):
        return True
    if len(parts) < SEGMENTS or parts[-1] == (Wild.ANY,):
        return False
    service = parts[_SERVICE]
    if len(service) != 1 or not isinstance(service[0], str) or service[0] in UNTYPED:
        return False
    begin = parts[-1][0] if parts[-1] else ""
    return not (isinstance(begin, str) and (len(parts[-1]) == 1 or "/" in begin or ":" in begin))


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
    if len(parsed) == 1 and isinstance(
        parsed[0], str
    ):  # no wildcards: a comparison, for there may be hundreds of values
        return parsed[0] == value and value.startswith("arn:") and value.count(":") >= SEGMENTS - 1
    wanted = segments(parsed)
    given = value.split(":", SEGMENTS - 1)
    return (
        len(wanted) == len(given) == SEGMENTS
        and given[0] == "arn"
        and all(pattern(want).fullmatch(got) for want, got in zip(wanted, given, strict=True))
    )
