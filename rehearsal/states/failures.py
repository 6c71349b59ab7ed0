"""How a task fails."""

from __future__ import annotations


class TaskFailed(Exception):
    """The call failed: `error` is what Retry and Catch look at, the text the Cause."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(cause)
        self.error = error
