"""The table of what is supported names every key, event, input and action, on the right side."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rehearsal.workflows import job_reading, triggers, workflow_file
from rehearsal.workflows.action_inputs import ACTIONS
from rehearsal.workflows.expressions.syntax import FUNCTIONS

PAGE = (Path(__file__).parents[4] / "docs" / "rehearse-workflow.md").read_text(encoding="utf-8")


def row(start: str) -> tuple[set[str], set[str]]:
    """The words in code of the two columns of a row."""
    line = next(each for each in PAGE.splitlines() if each.startswith(f"| {start}"))
    _, supported, refused = line.split(" | ")
    return set(re.findall(r"`([^`]+)`", supported)), set(re.findall(r"`([^`]+)`", refused))


@pytest.mark.parametrize("name", ACTIONS)
def test_actions(name: str) -> None:
    start = "`actions/cache`, " if name.startswith("actions/cache") else f"`{name}`"
    supported, refused = row(start)
    supported = {each.partition(":")[0] for each in supported}
    assert set(ACTIONS[name].defaults) <= supported
    assert set(ACTIONS[name].refused) <= refused


def test_keys() -> None:
    assert set(workflow_file._KEYS) <= row("the file")[0]
    supported, refused = row("a job")
    assert set(job_reading._KEYS) <= supported and set(job_reading._REFUSED) <= refused
    supported, refused = row("a step")
    assert set(job_reading._STEP_KEYS) <= supported and set(job_reading._STEP_REFUSED) <= refused
    assert set(triggers.EVENTS) <= row("`on`")[0]
    assert {name for name, _, _ in FUNCTIONS.values()} <= row("expressions")[0]
