"""The request context: condition keys by name, those that follow from the request filled in.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from iam_policy.errors import PolicyError
from iam_policy.request import Request

Value = str | tuple[str, ...]  # a tuple: a multivalued key


class Context:
    """The keys of one request, looked up without regard to case."""

    def __init__(self, request: Request) -> None:
        given = request.context
        lowered: dict[str, Value] = {
            key.lower(): value if isinstance(value, str) else tuple(value) for key, value in given.items()
        }
        if len(lowered) < len(given):
            keys = [key.lower() for key in given]
            twice = next(key for number, key in enumerate(given) if keys.index(key.lower()) < number)
            raise PolicyError(f"context key {twice!r} is given twice: keys are not case-sensitive")
        self._values: dict[str, Value] = {
            **request.principal.keys,
            "aws:resourceaccount": request.resource_account,
            **lowered,
        }

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
