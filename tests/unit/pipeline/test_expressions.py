"""What stands in text, and what does not: `{parameter.Name}` and its like."""

from __future__ import annotations

from typing import Any

import pytest

from model_cicd.pipeline.checks import check_document, parse_config
from model_cicd.pipeline.compile import compile_pipeline
from model_cicd.pipeline.environment import PipelineEnvironment
from model_cicd.text.source import parse

TEXT = """projectName: p
pipeline:
  parameters:
    - {name: Stage, defaultValue: dev}
    - {name: Count, type: Integer, defaultValue: 2}
    - {name: Wide, type: Float, defaultValue: 2}
  steps:
    - name: First
      type: Processing
      processing:
        imageUri: i:1
        instanceType: ml.m5.large
        instanceCount: %s
        arguments: [%s]
        outputs: [{outputName: out}]
    - {name: Stop, type: Fail, fail: {errorMessage: no}}
"""


def compiled(argument: str = "'x'", count: str = "1") -> tuple[Any, Any]:
    text = (TEXT % (count, argument)).replace("i:1", "r.io/i:1").replace("errorMessage: no", "errorMessage: 'no'")
    text += "    - {name: C, type: Condition, condition: {conditions: [{operator: Equals, value: 1, threshold: 1}],\n"
    text += "       ifSteps: [Stop]}}\n"
    config = parse_config(parse(text, "p.yaml"), {})
    arguments = compile_pipeline(config, PipelineEnvironment(standalone=True))["Steps"][0]["Arguments"]
    count_of = arguments["ProcessingResources"]["ClusterConfig"]["InstanceCount"]
    return arguments["AppSpecification"]["ContainerArguments"][0], count_of


def joined(*parts: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": "", "Values": list(parts)}}


STAGE, COUNT = {"Get": "Parameters.Stage"}, {"Get": "Parameters.Count"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("'{parameter.Stage}'", STAGE),
        ("'{parameter.Count}'", joined(COUNT)),
        ("'a-{parameter.Stage}'", joined("a-", STAGE)),
        ("'{parameter.Stage}{parameter.Count}z'", joined(STAGE, COUNT, "z")),
        ("'{execution.PipelineName}'", {"Get": "Execution.PipelineName"}),
        ("{join: ['{parameter.Stage}', '{', 'parameter.Stage}']}", joined(STAGE, "{", "parameter.Stage}")),
        # none of these is a reference
        ("'${parameter}'", "${parameter}"),
        ("'{parameter}'", "{parameter}"),
        ("'{Parameter.Stage}'", "{Parameter.Stage}"),
        ("'{\"parameter\": 1}'", '{"parameter": 1}'),
        ("'{parameter Stage}'", "{parameter Stage}"),
    ],
)
def test_text_with_references_is_joined_and_other_text_stays(written: str, expected: Any) -> None:
    assert compiled(written)[0] == expected


def test_a_dollar_before_a_reference_is_text() -> None:
    assert compiled("'${parameter.Stage}'")[0] == joined("$", STAGE)


def test_numbers_take_references_alone_and_keep_their_type() -> None:
    assert compiled(count="'{parameter.Count}'")[1] == COUNT
    assert compiled(count="{parameter: Count}")[1] == COUNT


@pytest.mark.parametrize(
    ("argument", "count", "said"),
    [
        ("'{parameter.Stag}'", "1", "arguments[0]: unknown parameter 'Stag' (did you mean 'Stage'?)"),
        ("'x-{execution.PipelineNam}'", "1", "got the execution variable 'PipelineNam', expected one of"),
        ("'{output.First}'", "1", "got 'First', expected a step and an output such as Prepare.train"),
        ("'x'", "'{parameter.Stage}'", "parameter 'Stage' is String, expected a parameter of type Integer"),
        ("'x'", "'{parameter.Wide}'", "parameter 'Wide' is Float, expected a parameter of type Integer"),
        ("'x'", "'{parameter.Count}0'", "expected a whole number of at least 1 or one reference such as"),
        ("'x'", "{execution: PipelineName}", "got {execution}, expected a whole number of at least 1 or {parameter"),
        ("{paramete: Stage}", "1", "got {paramete}, expected text or {parameter: Name}"),
        (
            "{jsonGet: {stepName: First}}",
            "1",
            "got jsonGet with stepName, expected jsonPath, propertyFile, stepName or",
        ),
        ("{property: First}", "1", "got 'First', expected a step and a property such as"),
    ],
)
def test_what_is_wrong_with_a_reference_is_said(argument: str, count: str, said: str) -> None:
    found = [str(each) for each in check_document(parse(TEXT % (count, argument), "p.yaml"))]
    assert any(said in each for each in found), found
