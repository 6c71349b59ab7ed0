"""The request context: condition keys by name, those that follow from the request filled in.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Mapping

from iam_policy.errors import PolicyError
from iam_policy.request import Principal, Request

Value = str | tuple[str, ...]  # a tuple: a multivalued key


class Context:
    """The keys of one request, looked up without regard to case."""

    def __init__(self, request: Request) -> None:
        self._values: dict[str, Value] = _derived(request.principal) | {"aws:resourceaccount": request.resource_account}
        given: set[str] = set()
        for key, value in request.context.items():
            lowered = key.lower()
            if lowered in given:
                raise PolicyError(f"context key {key!r} is given twice: keys are not case-sensitive")
            given.add(lowered)
            self._values[lowered] = value if isinstance(value, str) else tuple(value)

    def get(self, key: str) -> Value | None:
        """The value of a key in lower case; None when it is absent or has no value."""
        value = self._values.get(key)
        return None if value == () else value

    def items(self) -> dict[str, Value]:
        """Every key, in lower case, with its value."""
        return dict(self._values)

    def variable(self, key: str) -> str | None:
        """What `${key}` stands for: single-valued keys only."""
        value = self._values.get(key)
        return value if isinstance(value, str) else None


def _derived(principal: Principal) -> dict[str, Value]:
    keys: Mapping[str, str]
    if principal.kind == "anonymous":
        keys = {"principalaccount": "anonymous", "principaltype": "Anonymous", "userid": "anonymous"}
    elif principal.kind == "service":
        keys = {"principalisawsservice": "true", "principalservicename": principal.arn}
    else:
        keys = {
            "principalarn": principal.arn,
            "principalaccount": principal.account,
            "principaltype": {"role": "AssumedRole", "user": "User", "root": "Account"}[principal.kind],
            "principalisawsservice": "false",
        }
        if principal.kind == "user":
            keys |= {"username": principal.name}
        elif principal.kind == "root":
            keys |= {"userid": principal.account}
        keys |= {f"principaltag/{key.lower()}": value for key, value in principal.tags.items()}
    return {f"aws:{key}": value for key, value in keys.items()}
