"""How the API refuses, and its times. https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api"""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping
from typing import Any

DOCUMENTATION = "https://docs.github.com/rest"


class Failed(Exception):
    """A request that is refused: status, message and what is wrong with which field."""

    def __init__(self, status: int, message: str, errors: tuple[Mapping[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.status, self.message, self.errors = status, message, errors

    @classmethod
    def validation(cls, resource: str, field: str, code: str = "invalid") -> Failed:
        """A field of the body is missing or wrong."""
        return cls(422, "Validation Failed", ({"resource": resource, "field": field, "code": code},))

    @property
    def body(self) -> dict[str, Any]:
        """As the API answers it."""
        errors = {"errors": list(self.errors)} if self.errors else {}
        return {"message": self.message, **errors, "documentation_url": DOCUMENTATION, "status": str(self.status)}


def now() -> str:
    """The present time as the API writes it."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds() -> int:
    """The present time since 1970."""
    return int(time.time())
