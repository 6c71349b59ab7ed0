"""Suites of tests between stages, beside a pipeline and by themselves."""

from __future__ import annotations

import pytest

from .conftest import ROOT, Project

SEED = ROOT / "seedcode" / "model-build"
GOOD = "answer: {type: number}\nrows:\n  - {body: '1,2', expected: 3}\n"
BAD = "anser: {type: number}\nrows:\n  - {body: '1,2', expected: three}\nload: {requestsPerSecond: 99, seconds: 1}\n"


@pytest.fixture
def training(project: Project) -> Project:
    project.write("training/pipeline.yaml", (SEED / "pipeline.yaml").read_text(encoding="utf-8"))
    project.write("training/tests/stage/golden.yaml", GOOD)
    return project


def test_a_pipeline_is_checked_with_its_suites(training: Project) -> None:
    before = training.check("training/pipeline.yaml")
    training.write("training/tests/stage/strict.yaml", BAD)
    found = [each for each in training.check("training/pipeline.yaml") if each not in before]
    assert [each.partition(" ")[0] for each in found] == [
        "training/tests/stage/strict.yaml:1:", "training/tests/stage/strict.yaml:4:",
    ]  # fmt: skip
    assert "anser: unknown key, expected" in found[0] and "did you mean 'answer'?" in found[0]
    assert "load.requestsPerSecond: got the number 99" in found[1]


def test_a_suite_by_itself(training: Project) -> None:
    assert training.check("training/tests/stage/golden.yaml") == []
    training.write("training/tests/stage/golden.yaml", GOOD.replace("number", "text"))
    [problem] = training.check("training/tests/stage/golden.yaml")
    assert problem.startswith("training/tests/stage/golden.yaml:3: rows[0].expected: got the number 3, expected a text")
    training.write("training/tests/stage/golden.yaml", f"{GOOD}---\nrows: []\n")
    [problem] = training.check("training/tests/stage/golden.yaml")
    assert "got 2 documents, expected a suite of tests of one" in problem
