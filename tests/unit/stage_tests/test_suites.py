"""Suites of tests between stages: what is refused, what comes of answers, and how they are bound to a commit."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from model_cicd.stage_tests import bundle, judge
from model_cicd.stage_tests.judge import Reply
from model_cicd.stage_tests.run import run
from model_cicd.stage_tests.suite import Suite, parse
from model_cicd.text.errors import ModelCicdError, ProblemsError
from model_cicd.text.source import format_path

ROWS = [{"body": "1,2", "expected": 3}, {"body": "4,5", "expected": 9.0}]


def suite(**more: Any) -> Suite:
    made, wrong = parse({"rows": ROWS, **more})
    assert made is not None, wrong
    return made


def reply(text: str, *, seconds: float = 0.01, kind: str = "text/csv; charset=utf-8") -> Reply:
    return Reply(text, kind, seconds)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], ": got an empty list, expected a suite"),
        ({}, "rows: missing, but required"),
        ({"rows": []}, "rows: "),
        ({"rowz": ROWS}, "rowz: unknown key"),
        ({"rows": [{"body": ""}]}, "rows[0].body: got a body of 0 bytes"),
        ({"rows": [{"body": 1}]}, "rows[0].body: got the number 1, expected the body of a request"),
        ({"rows": [{"body": "1", "expected": True}]}, "rows[0].expected: got true, expected a number or a text"),
        ({"rows": [{"body": "1", "expected": "cat"}]}, "rows[0].expected: got 'cat', expected a number as of `answer`"),
        ({"rows": ROWS, "contentType": "csv"}, "contentType: got 'csv', expected a content type"),
        ({"rows": ROWS, "answer": {"value": "a..b"}}, "answer.value: got 'a..b', expected keys and numbers with dots"),
        ({"rows": ROWS, "answer": {"oneOf": ["a"]}}, "answer.oneOf: got texts of a number"),
        ({"rows": [{"body": "1"}], "answer": {"type": "text", "minimum": 1}}, "answer: got bounds of a text"),
        ({"rows": ROWS, "accuracy": {"metric": "mae"}}, "accuracy: got metric 'mae', expected atMost"),
        ({"rows": ROWS, "accuracy": {"metric": "mea"}}, "(did you mean 'mae'?)"),
        ({"rows": [{"body": "1"}], "accuracy": {"metric": "mae", "atMost": 1}}, "rows: got no row with `expected`"),
        ({"rows": ROWS, "load": {"requestsPerSecond": 51, "seconds": 1}}, "expected a number from 0.1 to 50"),
        ({"rows": ROWS, "load": {"requestsPerSecond": 5, "seconds": 601}}, "expected a number from 1 to 600"),
        ({"rows": ROWS, "load": {"requestsPerSecond": 5, "seconds": float("nan")}}, "expected a number from 1 to 600"),
    ],
)
def test_what_is_wrong_is_said(data: Any, message: str) -> None:
    made, wrong = parse(data)
    assert made is None
    assert any(message in f"{format_path(where)}: {text}" for where, text in wrong), wrong


@pytest.mark.parametrize(
    ("answer", "text", "value"),
    [
        ({}, "3.5\n", 3.5),
        ({"type": "text"}, "cat", "cat"),
        ({"value": "predictions.0.score"}, '{"predictions": [{"score": 0.25}]}', 0.25),
        ({"value": "label", "type": "text", "oneOf": ["cat"]}, '{"label": "cat"}', "cat"),
    ],
)
def test_the_value_of_an_answer(answer: dict[str, Any], text: str, value: object) -> None:
    made, _ = parse({"rows": [{"body": "1"}], "answer": answer})
    assert made and judge.value_of(reply(text), made) == value


@pytest.mark.parametrize(
    ("answer", "given", "message"),
    [
        ({}, reply("3,4"), "answered '3,4', expected a number"),
        ({}, reply("nan"), "answered 'nan', expected a number"),
        ({}, reply("3", kind="application/json"), "answered as application/json, expected text/csv"),
        ({}, Reply(error="throttled"), "throttled"),
        ({"maximum": 2}, reply("3"), "answered 3, expected at most 2"),
        ({"minimum": 4}, reply("3"), "answered 3, expected at least 4"),
        ({"value": "a.5"}, reply('{"a": [1]}'), "expected JSON with a.5"),
        ({"value": "a"}, reply("[" * 5000), "expected JSON with a"),
        ({"value": "a"}, reply('{"a": true}'), "answered True, expected a number"),
        ({"value": "a", "type": "text", "oneOf": ["b"]}, reply('{"a": "c"}'), "answered 'c', expected one of b"),
    ],
)
def test_answers_of_another_kind_are_refused(answer: dict[str, Any], given: Reply, message: str) -> None:
    made, _ = parse({"rows": [{"body": "1"}], "answer": answer})
    assert made
    with pytest.raises(ValueError) as caught:
        judge.value_of(given, made)
    assert message in str(caught.value)


def answering(values: dict[str, str], seconds: float = 0.0) -> Any:
    def ask(body: str) -> Reply:
        time.sleep(seconds)
        return reply(values[body])

    return ask


@pytest.mark.parametrize(
    ("accuracy", "holds"),
    [
        ({"metric": "mae", "atMost": 0.75}, True),
        ({"metric": "mae", "atMost": 0.74}, False),
        ({"metric": "maxError", "atMost": 0.99}, False),
        ({"metric": "rmse", "atMost": 0.80}, True),
        ({"metric": "accuracy", "atLeast": 0.5}, False),
    ],
)
def test_golden_rows_are_near_enough_or_not(accuracy: dict[str, Any], holds: bool) -> None:
    said: list[str] = []
    found = run(suite(accuracy=accuracy), answering({"1,2": "3.5", "4,5": "10"}), said.append)
    assert found.passed is holds
    assert found.text.startswith("passed: 2 of 2 answers" if holds else f"failed: {accuracy['metric']} ")


def test_a_row_that_is_wrong_fails_and_is_named_without_a_load() -> None:
    said: list[str] = []
    wanted = suite(load={"requestsPerSecond": 50, "seconds": 600})
    found = run(wanted, answering({"1,2": "cat", "4,5": "10"}), said.append)
    assert not found.passed and found.text == "failed: 1 of 2 answers as expected"
    assert "row 1: answered 'cat', expected a number" in said


def test_a_load_is_judged_by_lateness_and_errors() -> None:
    wanted = suite(load={"requestsPerSecond": 20, "seconds": 1, "p95Milliseconds": 1000})
    values = {"1,2": "3", "4,5": "9"}
    assert run(wanted, answering(values), print).passed
    slow = suite(load={"requestsPerSecond": 20, "seconds": 1, "p95Milliseconds": 5})
    found = run(slow, answering(values, seconds=0.02), print)
    assert not found.passed and found.text.startswith("failed: p95 ")
    asked = iter(range(1000))
    failing = run(wanted, lambda body: Reply(error="no") if next(asked) > 11 else reply(values[body]), print)
    assert failing.text.startswith("failed: errors 50%")


def test_percentiles_are_measured_values() -> None:
    assert judge.percentile([4.0, 1.0, 3.0, 2.0], 95) == 4.0
    assert judge.percentile([float(each) for each in range(1, 101)], 95) == 95.0


def folder(directory: Path, **files: str) -> Path:
    (directory / "tests/stage").mkdir(parents=True)
    for name, text in files.items():
        (directory / f"tests/stage/{name}.yaml").write_text(text)
    return directory


def test_all_suites_of_a_commit_are_one_file_known_by_its_digest(tmp_path: Path) -> None:
    text = "rows: [{body: '1,2', expected: 3}]\n"
    made = bundle.collect(folder(tmp_path, golden=text, load=text))
    assert made is not None
    found = bundle.read(made.content, made.digest)
    assert sorted(found) == ["golden", "load"]
    assert bundle.chosen(found, "golden").rows[0].expected == 3
    with pytest.raises(ModelCicdError, match=r"there is no suite 'golde' .*\(did you mean 'golden'\?\)"):
        bundle.chosen(found, "golde")
    with pytest.raises(ModelCicdError, match="expected sha256:"):
        bundle.read(made.content + b" ", made.digest)


def test_a_repository_without_suites_has_none_and_a_wrong_one_names_the_line(tmp_path: Path) -> None:
    assert bundle.collect(tmp_path) is None
    with pytest.raises(ProblemsError) as caught:
        bundle.collect(folder(tmp_path, golden="contentType: text/csv\nrows:\n  - body: ''\n"))
    assert "golden.yaml:3: rows[0].body: got a body of 0 bytes" in str(caught.value)


def test_a_suite_of_a_release_is_checked_again_before_it_is_run() -> None:
    """Who writes the file writes what they like; the runner's limits hold all the same."""
    huge = {"rows": ROWS, "load": {"requestsPerSecond": 1e9, "seconds": 1e9}}
    content = json.dumps({"suites": {"golden": huge}}).encode()
    with pytest.raises(ModelCicdError, match=r"suite golden: load\.requestsPerSecond: "):
        bundle.chosen(bundle.read(content, bundle.digest_of(content)), "golden")
