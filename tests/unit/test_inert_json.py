"""The text of a definition means to SageMaker what it was compiled to, and nothing to CloudFormation."""

from __future__ import annotations

import json

import pytest

from model_cicd.text.inert_json import inert_json

TEXTS = (
    "${AWS::Region}",
    "a\\${AWS::AccountId}",
    "$${x}",
    "{{resolve:ssm:/secret}}",
    "{{{{x}}}}",
    "${Token[TOKEN.1]}",
    'grüße "quoted" \\u0024{',
)


@pytest.mark.parametrize("text", TEXTS)
def test_it_means_the_same_and_holds_nothing_to_substitute(text: str) -> None:
    definition = {"Steps": [{"Name": text, text: [text, {"x": {"y": {"z": text}}}]}]}
    rendered = inert_json(definition)
    assert json.loads(rendered) == definition
    assert "${" not in rendered
    assert "{{" not in rendered
