"""How long AWS takes to know what it was told, and how often it says the same: nothing and once, or as AWS (scaled).

Aliases decide after up to five minutes (here 5 s), what IAM is told after seconds (1 s), endpoints take minutes (3 s),
and EventBridge delivers every event at least once (twice):
https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-what-is.html
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Latency:
    """Seconds until changes of IAM and of aliases decide, what an endpoint takes besides, and how often events come."""

    iam: float = 0.0
    aliases: float = 0.0
    endpoints: float = 0.0
    deliveries: int = 1


AT_ONCE = Latency()
LIKE_AWS = Latency(iam=1.0, aliases=5.0, endpoints=3.0, deliveries=2)
MODES = {"none": AT_ONCE, "aws": LIKE_AWS}


@dataclass
class _Entry(Generic[T]):
    visible: T
    coming: list[tuple[float, T]]


class Delayed(Generic[T]):
    """Values that become visible `seconds` after they were noted. Thread-safe."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry[T]] = {}

    def note(self, name: str, value: T, before: T) -> None:
        """The value of `name` has changed just now; `before` is what is seen of a new one until then."""
        if not self._seconds:
            return
        with self._lock:
            entry = self._entries.setdefault(name, _Entry(before, []))
            latest = entry.coming[-1][1] if entry.coming else entry.visible
            if value != latest:
                entry.coming.append((self._clock() + self._seconds, value))

    def seen(self, name: str, value: T) -> T:
        """What is visible of `name`, whose value is now `value`: that one where no change was noted."""
        if not self._seconds:
            return value
        with self._lock:
            entry = self._entries.get(name)
            if entry is None:
                return value
            now = self._clock()
            while entry.coming and entry.coming[0][0] <= now:
                entry.visible = entry.coming.pop(0)[1]
            return entry.visible if entry.coming else value
