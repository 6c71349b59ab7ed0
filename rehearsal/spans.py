"""What ran when: intervals that the parts of an embedded AWS note, for `rehearse --profile`."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """Work of one `kind`, such as "build command", from `start` to `end` (seconds of `time.monotonic`)."""

    kind: str
    name: str
    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.start


class Spans:
    """The spans of one embedded AWS that have ended, kept once `enabled` is true. Thread-safe."""

    def __init__(self) -> None:
        self.enabled = False
        self._lock = threading.Lock()
        self._ended: list[Span] = []

    @contextlib.contextmanager
    def span(self, kind: str, name: str) -> Iterator[None]:
        """Note a span that lasts as long as the context, however it ends."""
        if not self.enabled:
            yield
            return
        start = time.monotonic()
        try:
            yield
        finally:
            found = Span(kind, name, start, time.monotonic())
            with self._lock:
                self._ended.append(found)

    def all(self) -> list[Span]:
        """What has ended so far, by its start."""
        with self._lock:
            return sorted(self._ended, key=lambda each: (each.start, -each.end))
