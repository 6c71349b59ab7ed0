"""`--explain` takes every name that its own report prints."""

from __future__ import annotations

import re
from typing import Any

import pytest

from model_cicd.access.actions import actions_on
from model_cicd.access.deployment import Deployment
from model_cicd.access.documents import as_json
from model_cicd.access.explain import UnknownNameError, explain
from model_cicd.access.report import COLUMNS, ROLES, Report, column_of, make_report
from model_cicd.access.text import as_text
from model_cicd.text.errors import ModelCicdError


@pytest.fixture(scope="module")
def report(plain: Deployment) -> Report:
    return make_report(plain)


@pytest.fixture(scope="module")
def pairs(report: Report) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = as_json(report)["access"]
    return found


def action_of(pair: dict[str, Any]) -> str:
    """A grant of a pair, as the report prints it: with the word of its condition context."""
    layers = ("effective", "resource ceiling", "identity ceiling", "after a careless grant")
    return str(next(pair[layer] for layer in layers if layer in pair)[0])


def test_everybody_who_is_named(plain: Deployment, report: Report, pairs: list[dict[str, Any]]) -> None:
    printed = {each["who"]: each for each in pairs} | {each["whoArn"]: each for each in pairs}
    assert len(printed) > 100
    for name, pair in printed.items():
        text = explain(plain, name, action_of(pair), pair["what"])
        assert text.startswith(f"{pair['who']} ({pair['whoArn']})")
    lines = [line.strip() for line in as_text(report).splitlines() if re.match(r" {2}\S", line)]
    rows = [line for line in lines if not line.endswith(":")]
    assert len(rows) > 40
    for name in set(rows):
        assert explain(plain, name, "s3:GetObject", "registry models of live").startswith(f"{name} (")


def test_everything_that_is_named(plain: Deployment, pairs: list[dict[str, Any]]) -> None:
    printed = {each["what"]: each for each in pairs} | {each["whatArn"]: each for each in pairs}
    assert len(printed) > 300
    for name, pair in printed.items():
        assert f"on {pair['what']} ({pair['whatArn']})" in explain(plain, pair["who"], action_of(pair), name)


def test_columns_of_the_matrix(plain: Deployment, report: Report) -> None:
    printed = {column for matrix in report.matrices() for column in matrix.columns}
    assert printed <= {*COLUMNS, ROLES}
    for column in printed:
        one = next(each for each in plain.simulation.resources if column_of(each) == column)
        text = explain(plain, "execution role of live", actions_on(one.types[0])[0], column)
        assert f"on {one} ({one.arn})" in text


def test_what_nobody_has_and_what_does_not_fit(plain: Deployment) -> None:
    with pytest.raises(UnknownNameError, match="got 'execution rol of live', expected the name or ARN of a who asks"):
        explain(plain, "execution rol of live", "s3:GetObject", "registry models of live")
    with pytest.raises(ModelCicdError, match="'s3:GetObjekt' is no action on registry models of live"):
        explain(plain, "execution role of live", "s3:GetObjekt", "registry models of live")
