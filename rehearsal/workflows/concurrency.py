"""Concurrency groups: one runs, one waits, and a newer one takes the place of the one that waits.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rehearsal.workflows.expressions.evaluation import Scope
from rehearsal.workflows.model import Concurrency


@dataclass(frozen=True)
class Place:
    """A group by its name, and whether who comes ends the one that runs."""

    group: str
    cancel: bool = False

    @classmethod
    def of(cls, concurrency: Concurrency, repository: str, scope: Scope) -> Place:
        """What a `concurrency` key says. Raises EvaluationError."""
        cancel = concurrency.cancel is not None and concurrency.cancel.value(scope) is True
        return cls(f"{repository}/{concurrency.group.text(scope)}".lower(), cancel)


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
    def turn(self, place: Place, cancel_this: Callable[[], None]) -> Iterator[bool]:
        """Wait for one's turn; false when a newer one took it. `cancel_this` ends it while it runs."""
        turn, group = _Turn(cancel_this), place.group
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
        if running is not None and place.cancel:
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
