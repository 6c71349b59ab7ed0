"""Which run of the pipeline belongs to which execution."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from model_cicd.operate.trainings import _pairs

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def run(name: str, start: int, end: int, status: str = "Failed") -> dict[str, Any]:
    """A run of the pipeline, in minutes after noon."""
    began, ended = (NOON + timedelta(minutes=each) for each in (start, end))
    return {"pipelineExecutionId": name, "startTime": began, "lastUpdateTime": ended, "status": status}


def execution(name: str, start: int) -> dict[str, Any]:
    return {"PipelineExecutionArn": name, "StartTime": NOON + timedelta(minutes=start)}


def named(runs: list[dict[str, Any]], made: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [
        (run["pipelineExecutionId"] if run else "", made["PipelineExecutionArn"] if made else "")
        for run, made in _pairs(runs, made)
    ]


def test_an_execution_belongs_to_the_run_in_which_it_began() -> None:
    runs = [run("late", 20, 20, "InProgress"), run("none", 15, 16), run("first", 0, 10)]
    made = [execution("third", 25), execution("by hand", 12), execution("one", 3)]
    assert named(runs, made) == [("late", "third"), ("none", ""), ("", "by hand"), ("first", "one")]


def test_a_run_that_goes_on_has_the_executions_that_began_since() -> None:
    assert named([run("now", 0, 0, "InProgress")], [execution("its", 300)]) == [("now", "its")]
    assert named([run("over", 0, 5, "Succeeded")], [execution("later", 300)]) == [("", "later"), ("over", "")]
