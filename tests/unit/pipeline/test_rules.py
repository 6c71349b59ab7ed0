"""Each rule is broken by its example, and by nothing else; a good pipeline breaks none."""

from __future__ import annotations

import pytest

from model_cicd.pipeline.checks import check_document, warnings
from model_cicd.pipeline.rules import ADVICE, RULES
from model_cicd.pipeline.rules.registry import Rule, Subject
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.text.source import format_path, parse
from tests.unit.pipeline.breaks import BREAKS, GOOD

EVERY = {rule.__name__: rule for rule in [*RULES, *ADVICE]}


def findings(rule: Rule, text: str) -> list[str]:
    document = parse(text, "p.yaml")
    config = PipelineConfig.model_validate(document.data)
    return [f"{format_path(path)}: {message}" for path, message in rule(Subject(document, config))]


def broken(name: str) -> str:
    example = BREAKS[name]
    assert example.old in GOOD, example.old
    return GOOD.replace(example.old, example.new)


def test_a_good_pipeline_has_neither_problems_nor_warnings() -> None:
    document = parse(GOOD, "p.yaml")
    assert (check_document(document), warnings(document)) == ([], [])


def test_every_rule_has_an_example() -> None:
    assert set(BREAKS) == set(EVERY)


@pytest.mark.parametrize("name", EVERY)
def test_the_rule_says_what_is_wrong(name: str) -> None:
    assert findings(EVERY[name], GOOD) == []
    found = findings(EVERY[name], broken(name))
    assert any(each.startswith(BREAKS[name].said) for each in found), found


@pytest.mark.parametrize("name", sorted({rule.__name__ for rule in RULES}))
def test_the_example_reaches_the_user_once(name: str) -> None:
    found = [str(each) for each in check_document(parse(broken(name), "p.yaml"))]
    assert [each.startswith("p.yaml:") for each in found if BREAKS[name].said in each] == [True]


def test_warnings_are_no_problems() -> None:
    for rule in ADVICE:
        document = parse(broken(rule.__name__), "p.yaml")
        assert check_document(document) == []
        assert [str(each).partition(": ")[2] for each in warnings(document)] == [BREAKS[rule.__name__].said]
