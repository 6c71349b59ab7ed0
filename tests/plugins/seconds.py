"""What each test cost, told at the end of a run: wall and CPU seconds of tests and files, fixtures included.

CPU seconds are those of the process that ran the test and of the programs it waited for, so that they can be compared
between a busy machine and an idle one. The seconds of a shared fixture count for the test that needed it first.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Generator
from typing import Any

import pytest

PROPERTY = "cpu seconds"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--costs", type=int, default=12, help="lines of the tables of what tests and files cost")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Seconds(config.getoption("--costs")))


def cpu() -> float:
    """CPU seconds of this process and of the programs that it waited for."""
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


class Seconds:
    """Measures where tests run, sums up where reports arrive: with workers, these are different processes."""

    def __init__(self, shown: int) -> None:
        self.shown = shown
        self.wall: defaultdict[str, float] = defaultdict(float)
        self.cpu: defaultdict[str, float] = defaultdict(float)
        self._before = cpu()

    def pytest_runtest_logstart(self) -> None:
        """A test begins."""
        self._before = cpu()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Setup, call or teardown has ended: its CPU seconds travel with the report."""
        report = yield
        now = cpu()
        report.user_properties = [(PROPERTY, now - self._before)]
        self._before = now
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A report has arrived."""
        test = report.nodeid.partition("@")[0]
        self.wall[test] += report.duration
        self.cpu[test] += sum(float(str(value)) for name, value in report.user_properties if name == PROPERTY)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the most expensive tests and files."""
        if not self.shown:
            return
        self._print(terminalreporter, "tests", lambda test: test)
        self._print(terminalreporter, "files", lambda test: test.partition("::")[0])

    def _print(self, reporter: Any, what: str, part: Callable[[str], str]) -> None:
        wall, spent = defaultdict[str, float](float), defaultdict[str, float](float)
        for test, seconds in self.wall.items():
            wall[part(test)] += seconds
            spent[part(test)] += self.cpu[test]
        reporter.section(f"{len(wall)} {what}: {sum(wall.values()):.0f} s, {sum(spent.values()):.0f} s of CPU")
        for name in sorted(wall, key=wall.__getitem__, reverse=True)[: self.shown]:
            reporter.write_line(f"{wall[name]:8.1f} s {spent[name]:8.1f} s of CPU  {name}")
