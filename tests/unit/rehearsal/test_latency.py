"""Values that become visible late."""

from __future__ import annotations

from rehearsal.latency import Delayed


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_change_is_seen_when_its_time_has_come() -> None:
    clock = Clock()
    delayed: Delayed[str] = Delayed(5, clock)
    delayed.note("a", "first", "nothing")
    assert delayed.seen("a", "first") == "nothing"
    clock.now = 3
    delayed.note("a", "second", "nothing")
    assert delayed.seen("a", "second") == "nothing"
    clock.now = 5
    assert delayed.seen("a", "second") == "first"
    clock.now = 8
    assert delayed.seen("a", "second") == "second"


def test_what_was_never_noted_and_what_comes_at_once_is_seen_as_it_is() -> None:
    clock = Clock()
    late: Delayed[str] = Delayed(5, clock)
    assert late.seen("a", "x") == "x"
    at_once: Delayed[str] = Delayed(0, clock)
    at_once.note("a", "new", "old")
    assert at_once.seen("a", "new") == "new"


def test_a_value_that_did_not_change_does_not_wait_again() -> None:
    clock = Clock()
    delayed: Delayed[str] = Delayed(5, clock)
    delayed.note("a", "x", "nothing")
    clock.now = 4
    delayed.note("a", "x", "nothing")
    clock.now = 5
    assert delayed.seen("a", "x") == "x"
