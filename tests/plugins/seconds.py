"""What each test cost, told at the end of a run: wall and CPU seconds of tests and files, fixtures included.

CPU seconds are those of the process that ran the test and of the programs it waited for, so that they can be compared
between a busy machine and an idle one. The seconds of a shared fixture count for the test that needed it first.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator
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
        self.wall: Counter[str] = Counter()
        self.cpu: Counter[str] = Counter()
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
        self.wall[test] += report.duration  # type: ignore[assignment]
        self.cpu[test] += dict(report.user_properties).get(PROPERTY, 0)  # type: ignore[assignment]

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the most expensive tests and files."""
        if not self.shown:
            return
        for what, part in (("tests", lambda test: test), ("files", lambda test: test.partition("::")[0])):
            wall, spent = Counter[str](), Counter[str]()
            for test in self.wall:
                wall[part(test)] += self.wall[test]
                spent[part(test)] += self.cpu[test]
            terminalreporter.section(f"{len(wall)} {what}: {wall.total():.0f} s, {spent.total():.0f} s of CPU")
            for name, seconds in wall.most_common(self.shown):
                terminalreporter.write_line(f"{seconds:8.1f} s {spent[name]:8.1f} s of CPU  {name}")
