"""The clock of scheduled rules: one thread, started with the first of them."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable

from rehearsal.events.state import Buses, Rule, now


class Timer:
    """Calls `fire(rule, time)` whenever an enabled scheduled rule is due."""

    def __init__(self, buses: Buses, fire: Callable[[Rule, datetime.datetime], None], closed: threading.Event) -> None:
        self._buses = buses
        self._fire = fire
        self._closed = closed
        self._wake = threading.Condition()
        self._offset = datetime.timedelta()
        self._due: dict[str, tuple[str, datetime.datetime]] = {}
        self._thread: threading.Thread | None = None

    def now(self) -> datetime.datetime:
        """The time of this clock."""
        return now() + self._offset

    def advance(self, step: datetime.timedelta) -> None:
        """Move this clock forward, so that a schedule need not be waited for."""
        with self._wake:
            self._offset += step
            self._wake.notify_all()

    def changed(self) -> None:
        """A rule was put, enabled, disabled or deleted."""
        with self._wake:
            self._plan()
            if self._thread is None and self._due:
                self._thread = threading.Thread(target=self._run, daemon=True, name="schedules")
                self._thread.start()
            self._wake.notify_all()

    def _plan(self) -> None:
        """Keep when each rule is due; a new or changed one counts from now."""
        kept: dict[str, tuple[str, datetime.datetime]] = {}
        for rule in self._buses.scheduled():
            expression = rule.schedule_expression or ""
            before = self._due.get(rule.arn)
            if before and before[0] == expression:
                kept[rule.arn] = before
            elif rule.schedule and (due := rule.schedule(self.now())):
                kept[rule.arn] = (expression, due)
        self._due = kept

    def _run(self) -> None:
        while not self._closed.is_set():
            with self._wake:
                time = self.now()
                rules = {rule.arn: rule for rule in self._buses.scheduled()}
                ready = [(rules[arn], due) for arn, (_, due) in self._due.items() if due <= time and arn in rules]
                for rule, _ in ready:
                    following = rule.schedule(time) if rule.schedule else None
                    self._due.pop(rule.arn)
                    if following:
                        self._due[rule.arn] = (rule.schedule_expression or "", following)
                if not ready:
                    # at most a second, so that it ends soon after `close`
                    self._wake.wait(1)
            for rule, due in ready:
                self._fire(rule, due)
