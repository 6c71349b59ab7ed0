"""Pipeline files nobody would write: `check` and `compile` agree, and what compiles the service's schema takes."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from model_cicd import cli
from model_cicd.check.files import check

from .strategies import HOSTILE, mutated

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared"
SCHEMA = SHARED / "schema" / "pipeline-definition.schema.json"
VALID: dict[str, Any] = {
    "projectName": "churn",
    "pipeline": {
        "parameters": [
            {"name": "Data", "type": "String", "defaultValue": "s3://data-of-ours/customers.csv"},
            {"name": "MaxMse", "type": "Float", "defaultValue": 6},
            {"name": "Kind", "defaultValue": "ml.m5.large", "enumValues": ["ml.m5.large", "ml.m5.xlarge"]},
        ],
        "steps": [
            {
                "name": "Prepare",
                "type": "Processing",
                "cache": {"enabled": True, "expireAfter": "P30D"},
                "processing": {
                    "imageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/prepare:1",
                    "instanceType": {"parameter": "Kind"},
                    "scriptS3Uri": "s3://code-of-ours/prepare.py",
                    "arguments": ["--mode", "fast"],
                    "environment": {"MODE": "fast"},
                    "inputs": [{"inputName": "data", "s3Uri": {"parameter": "Data"}}],
                    "outputs": [{"outputName": "train"}, {"outputName": "test"}],
                },
            },
            {
                "name": "Train",
                "type": "Training",
                "training": {
                    "imageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/train:1",
                    "instanceType": "ml.m5.xlarge",
                    "hyperparameters": {"rounds": "50", "eta": "0.2"},
                    "inputChannels": [{"channelName": "train", "stepOutput": "Prepare.train"}],
                },
            },
            {
                "name": "Measure",
                "type": "Processing",
                "processing": {
                    "imageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/train:1",
                    "instanceType": "ml.m5.large",
                    "inputs": [{"inputName": "model", "stepOutput": "Train.modelArtifacts"}],
                    "outputs": [{"outputName": "report"}],
                    "propertyFiles": [
                        {"propertyFileName": "Report", "outputName": "report", "filePath": "report.json"}
                    ],
                },
            },
            {
                "name": "Gate",
                "type": "Condition",
                "condition": {
                    "conditions": [
                        {
                            "operator": "LessThanOrEqualTo",
                            "stepName": "Measure",
                            "propertyFile": "Report",
                            "jsonPath": "mse",
                            "threshold": {"parameter": "MaxMse"},
                        }
                    ],
                    "ifSteps": ["Register"],
                    "elseSteps": ["Bad"],
                },
            },
            {
                "name": "Register",
                "type": "RegisterModel",
                "register": {
                    "imageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/train:1",
                    "modelDataStep": "Train",
                    "contentTypes": ["text/csv"],
                    "responseTypes": ["text/csv"],
                },
            },
            {"name": "Bad", "type": "Fail", "fail": {"errorMessage": "worse than allowed"}},
        ],
    },
}


def compiled(document: Any, target: str = "json") -> tuple[int, str, int]:
    """Exit code of `compile`, what it wrote, and the number of problems that `check` finds."""
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder, "pipeline.yaml"), Path(folder, "out.json")
        file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        code = cli.main(["compile", str(file), "--to", target, "-o", str(out)])
        return code, out.read_text(encoding="utf-8") if out.exists() else "", len(check([file]).problems)


def test_what_is_mutated_is_valid() -> None:
    code, text, problems = compiled(VALID)
    assert (code, problems) == (0, 0)
    assert [step["Name"] for step in json.loads(text)["Steps"]] == ["Prepare", "Train", "Measure", "Gate"]


@given(mutated(VALID))
def test_check_and_compile_agree_and_the_schema_takes_what_they_accept(document: dict[str, Any]) -> None:
    if not SCHEMA.is_file():
        pytest.skip("the schema is not here")
    if "{{" in repr(document):
        return  # placeholders are compile's, `check` says nothing about them
    code, text, problems = compiled(document)
    looks_like_one = {"projectName", "pipeline"} <= set(document)
    assert code in (0, 1)
    if looks_like_one:
        assert (code == 0) is (problems == 0)
    if code == 0:
        jsonschema.validate(json.loads(text), json.loads(SCHEMA.read_text(encoding="utf-8")))


@given(st.sampled_from([text for text in HOSTILE if text.strip() and "\0" not in text and len(text) < 257]))
def test_texts_of_users_arrive_as_they_are_in_every_target(text: str) -> None:
    document = json.loads(json.dumps(VALID))
    document["pipeline"]["steps"][0]["processing"]["arguments"] = ["--say", text]
    code, definition, _ = compiled(document)
    if "{" in text and code:
        return  # what looks like a placeholder or an expression, and is none that there is
    assert code == 0
    assert json.loads(definition)["Steps"][0]["Arguments"]["AppSpecification"]["ContainerArguments"] == ["--say", text]
    code, template, _ = compiled(document, "cloudformation")
    assert code == 0
    resources = json.loads(template)["Resources"].values()
    (pipeline,) = [each["Properties"] for each in resources if each["Type"] == "AWS::SageMaker::Pipeline"]
    arguments = json.loads(resolved(pipeline["PipelineDefinition"]))["Steps"][0]["Arguments"]
    assert arguments["AppSpecification"]["ContainerArguments"] == ["--say", text]


def resolved(definition: Any) -> str:
    """The body as CloudFormation would make it: joined, with something for each reference. There is no Fn::Sub."""
    body = definition["PipelineDefinitionBody"]
    if isinstance(body, str):
        return body
    separator, parts = body["Fn::Join"]
    return str(separator).join(part if isinstance(part, str) else "reference" for part in parts)
