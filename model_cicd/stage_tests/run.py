"""Runs a suite against an endpoint: its golden rows one after the other, then its load."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from model_cicd.stage_tests import judge
from model_cicd.stage_tests.judge import Finding, Reply
from model_cicd.stage_tests.suite import Load, Suite

#: asks the endpoint with a body; a failure is in the reply
Ask = Callable[[str], Reply]
#: requests that are under way at once: what is later than that counts as slow
_AT_ONCE = 64
_MOST_NAMED = 20  # rows that are named one by one
#: how long golden rows may take together, and answers to a load after its end
_ROWS_SECONDS, _AFTER_SECONDS = 600, 60
_TOO_LATE = Reply(error="was not asked: the time of the test is over")


@dataclass(frozen=True)
class Result:
    """The findings of a suite; `wrong` are rows that are not as expected."""

    findings: tuple[Finding, ...]
    wrong: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether everything holds."""
        return all(each.holds for each in self.findings)

    @property
    def text(self) -> str:
        """One line, of letters, digits and plain signs alone: what does not hold, or all of it."""
        shown = self.findings if self.passed else [each for each in self.findings if not each.holds]
        return f"{'passed' if self.passed else 'failed'}: {', '.join(each.text for each in shown)}"


def run(suite: Suite, ask: Ask, say: Callable[[str], None]) -> Result:
    """Run `suite`; whoever reads the build's log is told of each finding and of the rows that are wrong."""
    over = time.monotonic() + _ROWS_SECONDS
    replies = [ask(row.body) if time.monotonic() < over else _TOO_LATE for row in suite.rows]
    found, wrong = judge.rows(suite, replies)
    for line in wrong[:_MOST_NAMED]:
        say(line)
    if len(wrong) > _MOST_NAMED:
        say(f"and {len(wrong) - _MOST_NAMED} rows more")
    if suite.load and not wrong:
        loaded = _under_load(suite, suite.load, ask)
        say(f"load: {len(loaded)} requests in {suite.load.seconds:g} s")
        found += judge.load(suite.load, suite, loaded)
    for each in found:
        say(f"{'ok' if each.holds else 'NOT OK'}: {each.text}")
    return Result(tuple(found), tuple(wrong))


def _under_load(suite: Suite, load: Load, ask: Ask) -> Sequence[Reply]:
    """The replies to requests that begin at their times, whether the earlier ones are answered or not.

    A request that has to wait for a place counts from the time that it should have begun at.
    """
    began = time.monotonic()
    count = max(1, round(load.requests_per_second * load.seconds))
    bodies = itertools.cycle(row.body for row in suite.rows)

    def one(due: float, body: str) -> Reply:
        if time.monotonic() > began + load.seconds + _AFTER_SECONDS:
            return _TOO_LATE
        reply = ask(body)
        return Reply(reply.text, reply.content_type, time.monotonic() - began - due, reply.error)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        futures = []
        for number in range(count):
            due = number / load.requests_per_second
            time.sleep(max(0.0, began + due - time.monotonic()))
            futures.append(pool.submit(one, due, next(bodies)))
        return [each.result() for each in futures]
