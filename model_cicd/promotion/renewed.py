"""Clients of a role that a build acts as for longer than the role's keys are good."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from model_cicd.aws import accounts

#: keys of a role that another role takes are good for an hour
_KEYS_SECONDS = 40 * 60


def renewed(role_arn: str, region: str, session_name: str, service: str) -> Callable[[], Any]:
    """Gives a client of `service`, with new keys before the old ones are not good any more."""
    made: list[tuple[float, Any]] = []

    def client() -> Any:
        if not made or time.monotonic() - made[-1][0] > _KEYS_SECONDS:
            assumed = accounts.assume(role_arn, region, session_name)
            made.append((time.monotonic(), assumed(service)))
        return made[-1][1]

    return client
