"""Concurrency groups: one runs, one waits, and a newer one takes the place of the one that waits.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class _Turn:
    def __init__(self, cancel: Callable[[], None]) -> None:
        self.cancel = cancel
        self.decided = threading.Event()
        self.mine = False

    def decide(self, *, mine: bool) -> None:
        self.mine = mine
        self.decided.set()


class Groups:
    """All groups by name. Thread-safe."""

    def __init__(self) -> None:
        self._running: dict[str, _Turn] = {}
        self._waiting: dict[str, _Turn] = {}
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, group: str, cancel_this: Callable[[], None], *, cancel: bool) -> Iterator[bool]:
        """Wait for one's turn; false when a newer one took it. With `cancel` the one that runs is ended."""
        turn = _Turn(cancel_this)
        with self._lock:
            running = self._running.get(group)
            if running is None:
                self._running[group] = turn
                turn.decide(mine=True)
            else:
                before = self._waiting.pop(group, None)
                if before:
                    before.decide(mine=False)
                self._waiting[group] = turn
        if running is not None and cancel:
            running.cancel()
        turn.decided.wait()
        try:
            yield turn.mine
        finally:
            if turn.mine:
                self._next(group)

    def _next(self, group: str) -> None:
        with self._lock:
            waiting = self._waiting.pop(group, None)
            if waiting is None:
                del self._running[group]
                return
            self._running[group] = waiting
            waiting.decide(mine=True)
