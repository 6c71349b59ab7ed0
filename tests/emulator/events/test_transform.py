"""What a target receives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal.events.transform import TransformError, check, payload

EVENT: dict[str, Any] = {
    "source": "aws.sagemaker",
    "time": "2026-03-04T10:00:00Z",
    "detail": {
        "name": 'say "hi"',
        "count": 3,
        "tags": {"a": "1"},
        "list": [{"id": 1}, {"id": 2}],
        "Model-Arn": "arn:x",
    },
}


def given(**target: Any) -> Any:
    check({"Id": "t", **target})
    return payload({"Id": "t", **target}, EVENT, rule_arn="arn:rule", rule_name="rule")


def test_event_constant_and_path() -> None:
    assert json.loads(given()) == EVENT
    assert given(Input='{"a": 1}') == '{"a": 1}'
    assert json.loads(given(InputPath="$.detail.tags")) == {"a": "1"}
    assert json.loads(given(InputPath="$.detail.list[1].id")) == 2
    assert json.loads(given(InputPath="$.detail.list[*].id")) == [1, 2]


@pytest.mark.parametrize(
    ("template", "result"),
    [
        ('{"n": <name>, "c": <count>, "t": <tags>}', {"n": 'say "hi"', "c": 3, "t": {"a": "1"}}),
        ('{"n": "from <source>, <count> times"}', {"n": "from aws.sagemaker, 3 times"}),
        ('{"m": <missing>, "i": "<missing>!"}', {"m": "", "i": "!"}),
        (
            '{"variables": [{"name": "ModelPackageArn", "value": "<arn>"}]}',
            {"variables": [{"name": "ModelPackageArn", "value": "arn:x"}]},
        ),
        ('"<source> from <aws.events.rule-name>"', "aws.sagemaker from rule"),
        ('{"rule": <aws.events.rule-arn>, "event": <aws.events.event.json>}', {"rule": "arn:rule", "event": EVENT}),
    ],
)
def test_templates(template: str, result: Any) -> None:
    paths = {"name": "$.detail.name", "count": "$.detail.count", "tags": "$.detail.tags", "missing": "$.detail.no",
             "arn": "$.detail.Model-Arn", "source": "$.source"}  # fmt: skip
    assert json.loads(given(InputTransformer={"InputPathsMap": paths, "InputTemplate": template})) == result


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (
            {
                "Input": "{",
            },
            "not valid JSON",
        ),
        ({"Input": "1", "InputPath": "$.detail"}, "Only one of"),
        ({"InputPath": "detail"}, "start with"),
        ({"InputPath": "$.detail[?(@.a)]"}, "no JSON path"),
        ({"InputTransformer": {"InputTemplate": '{"a": <b>}'}}, "names b"),
        ({"InputTransformer": {"InputPathsMap": {"AWS.x": "$.a"}, "InputTemplate": "1"}}, "reserved"),
    ],
)
def test_refused(target: dict[str, Any], reason: str) -> None:
    with pytest.raises(TransformError, match=reason):
        given(**target)


def test_a_template_that_gives_no_json_fails_the_delivery() -> None:
    transformer = {"InputPathsMap": {"name": "$.detail.name"}, "InputTemplate": '{"a": x<name>}'}
    with pytest.raises(TransformError, match="did not give JSON"):
        given(InputTransformer=transformer)


def test_values_in_texts_are_not_escaped() -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html"""
    paths = {"name": "$.detail.name", "count": "$.detail.count"}
    lines = '"<count> times"\n"it said: <name>"'
    transformer = {"InputPathsMap": paths, "InputTemplate": lines}
    assert given(InputTransformer=transformer) == '"3 times"\n"it said: say "hi""'
    with pytest.raises(TransformError, match="did not give JSON"):
        given(InputTransformer={"InputPathsMap": paths, "InputTemplate": '{"said": "<name>"}'})
