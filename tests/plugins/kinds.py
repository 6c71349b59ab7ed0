"""Kinds of tests, and the order in which workers get them.

Each test has exactly one kind as its marker: the one that it is marked with, that of the fixtures it uses, or that of
its folder; `slow` ones of the quick kinds are `programs`. A unit or golden test that starts a program fails, so that
the quick loop stays quick.

Tests of a file go to one worker, so that its fixtures are made once; files that share an assembly or a rehearsal are
one group. The longest groups come first, so that no worker is left with one at the end.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FOLDERS = {
    "unit": "unit",
    "golden": "golden",
    "modules": "synth",
    "emulator": "emulator",
    "live": "emulator",
    "executor": "executor",
    "cage": "programs",
    "e2e": "e2e",
}
QUICK = ("unit", "golden")
KINDS = {*FOLDERS.values(), "programs"}
FIXTURES = {
    "synth": {"synthesize", "make", "deploy", "declare"},
    "emulator": {"world", "lab"},
}
"""Fixtures that run the CDK or an embedded AWS: who uses one of them, or what is made with it, is of that kind."""
TOGETHER = {"unit/stacks": "stacks", "unit/access": "access", "unit/promotion": "promotion", "modules": "modules"}
"""Folders whose files share what is expensive to make."""
LONGEST = (
    *("kept", "by-hand", "life", "by-person", "other-repositories", "github", "pytest-plugin"),
    *("seedfarmer-trivial", "e2e/test_failures.py", "access", "modules"),
    *("emulator/cloudformation/test_clients.py", "pipeline-module", "stacks", "sdk", "unit/pipeline/test_run.py"),
    *("executor/test_run.py", "emulator/codebuild/test_builds.py", "unit/test_seedcode.py"),
)
"""Groups in the order of their seconds, as the table at the end of `make test` shows them; the others follow."""

_started: list[str] = []


def kind(item: pytest.Item) -> str:
    """The kind of a test."""
    used = set(getattr(item, "fixturenames", ()))
    marked = [each.name for each in item.iter_markers() if each.name in KINDS]
    made = [name for name, fixtures in FIXTURES.items() if fixtures & used]
    found = [*marked, *made, FOLDERS[item.path.relative_to(TESTS).parts[0]]][0]
    return "programs" if found in QUICK and item.get_closest_marker("slow") else found


def group(item: pytest.Item) -> str:
    """The name of the tests that one worker gets together with this one."""
    if marker := item.get_closest_marker("xdist_group"):
        return str(marker.args[0])
    path = item.path.relative_to(TESTS)
    return next((name for folder, name in TOGETHER.items() if path.is_relative_to(folder)), str(path))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its kind and group, and put the longest groups first."""
    for item in items:
        item.add_marker(kind(item))
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(group(item)))
    order = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(group(item), len(order)))


def pytest_configure() -> None:
    sys.addaudithook(_notice)


def _notice(event: str, arguments: tuple[object, ...]) -> None:
    if event == "subprocess.Popen":
        _started.append(str(arguments[1]))


def pytest_runtest_logstart() -> None:
    _started.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """A test of the quick loop starts no program, nor do its fixtures."""
    yield
    if _started and any(item.get_closest_marker(name) for name in QUICK):
        pytest.fail(f"it started {_started[0][:200]}: mark it with pytest.mark.programs")
