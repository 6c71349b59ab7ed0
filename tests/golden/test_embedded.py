"""`check`, the compiler and the embedded AWS agree: what one takes the next takes."""

from __future__ import annotations

import copy
import functools
import json
import operator
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_cicd.pipeline.checks import check_document, parse_config
from model_cicd.pipeline.compile import compile_pipeline
from model_cicd.pipeline.environment import PipelineEnvironment
from model_cicd.text.source import parse
from rehearsal.sagemaker.pipelines import definition_reader

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))
TYPES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "cases" / "types.yaml").read_text(encoding="utf-8"))
ENVIRONMENT = PipelineEnvironment(
    pipeline_name="churn",
    region="us-east-1",
    role_arn="arn:aws:iam::111122223333:role/training",
    bucket="registry-bucket",
    kms_key="alias/registry",
    model_package_group_name="churn-models",
)
#: what no text, name or number may be
ODD = {str: "x" * 12000, int: 10**7}


def refused(definition: str) -> list[str]:
    """Without what AWS has and the rehearsal has not, which is refused by name."""
    return [each for each in definition_reader.problems(definition) if "the embedded AWS does not support" not in each]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_embedded_aws_finds_no_problem_in_compiled_definitions(case: Path) -> None:
    assert refused(case.read_text(encoding="utf-8")) == []


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(part, (*path, key))
    else:
        yield path, value


def places() -> list[tuple[Any, ...]]:
    """The first place of each key that has a text or a number."""
    first: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for path, value in leaves(TYPES["pipeline"]["steps"]):
        if type(value) in ODD:
            first.setdefault(tuple(part for part in path if not isinstance(part, int)), path)
    return list(first.values())


def changed(path: tuple[Any, ...], value: Any) -> str:
    document = copy.deepcopy(TYPES)
    steps = document["pipeline"]["steps"]
    functools.reduce(operator.getitem, path[:-1], steps)[path[-1]] = value
    return yaml.safe_dump(document)


def test_what_check_takes_is_what_the_service_takes() -> None:
    disagree, known = [], 0
    for path in places():
        value = ODD[type(functools.reduce(operator.getitem, path, TYPES["pipeline"]["steps"]))]
        text = changed(path, value)
        if check_document(parse(text, "p.yaml")):
            known += 1
            continue
        definition = compile_pipeline(parse_config(parse(text, "p.yaml"), {}), ENVIRONMENT)
        disagree += refused(json.dumps(definition))
    assert disagree == []
    assert known > 60


@pytest.mark.parametrize(
    ("step", "key", "value", "text"),
    [
        ("Processing", "imageUri", "x" * 256, "AppSpecification.ImageUri: got 256 characters, expected 0 to 255"),
        ("CreateModel", "imageUri", "has a space", "PrimaryContainer.Image: got 'has a space', expected the pattern"),
        ("CreateModel", "subnetIds", ["subnet_1"], "VpcConfig.Subnets[0]: got 'subnet_1', expected the pattern"),
        ("Transform", "invocationsMaxRetries", 4, "InvocationsMaxRetries: got 4, expected 0 to 3"),
        ("RegisterModel", "frameworkVersion", "1", "FrameworkVersion: got 1 characters, expected 3 to 10"),
        ("RegisterModel", "responseTypes", ["csv"], "MIMETypes[0]: got 'csv', expected the pattern"),
        ("AutoML", "maxCandidates", 751, "MaxCandidates: got 751, expected 1 to 750"),
    ],
)
def test_limits_are_said_with_the_step_and_the_member(step: str, key: str, value: Any, text: str) -> None:
    index, found = next((i, each) for i, each in enumerate(TYPES["pipeline"]["steps"]) if each["type"] == step)
    block = next(name for name, part in found.items() if isinstance(part, dict) and name not in ("cache",))
    (problem,) = check_document(parse(changed((index, block, key), value), "p.yaml"))
    assert problem.path == f"pipeline.steps[{index}]"
    assert problem.line > 0
    assert text in problem.message


def test_a_default_of_a_parameter_is_held_against_the_limits_of_its_place() -> None:
    text = """projectName: limits
pipeline:
  parameters: [{name: Count, type: Integer, defaultValue: 4}, {name: Kind, defaultValue: "{{kind}}"}]
  steps:
    - {name: Make, type: Model, model: {imageUri: "xgboost:1.7-1", modelDataUrl: s3://bucket/model.tar.gz}}
    - name: Score
      type: Transform
      transform: {modelStep: Make, instanceType: ml.m5.large, s3Uri: s3://bucket/k, contentType: {parameter: Kind},
        invocationsMaxRetries: {parameter: Count}}
"""
    (problem,) = check_document(parse(text, "p.yaml"))
    assert "ModelClientConfig.InvocationsMaxRetries: got 4, expected 0 to 3" in problem.message
    assert check_document(parse(text.replace("defaultValue: 4", "defaultValue: 3"), "p.yaml")) == []
