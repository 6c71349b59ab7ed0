"""A pipeline definition (JSON) in the place of a pipeline YAML: deployed as it is, with rights that follow from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from model_cicd.pipeline.raw_definition import raw_config
from model_cicd.text.errors import ProblemsError

from .conftest import Make
from .declared import ACCOUNT, PARAMETERS, RAW, RAW_DEFINITION, REGION, Declared

HEAD: dict[str, Any] = {"project_name": "price", "model_package_group_name": None, "additional_read_bucket_names": []}
IMAGE = "arn:aws:ecr:eu-west-1:141502667606:repository/sagemaker-xgboost"


@pytest.fixture(scope="module")
def raw(make: Make) -> Declared:
    return make(without=tuple(name for name in PARAMETERS if name not in RAW), **RAW)


@pytest.fixture(scope="module")
def granted(raw: Declared, one: Any) -> dict[str, Any]:
    (policy,) = one(raw.template, "AWS::IAM::Role")["Properties"]["Policies"]
    return {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}


def test_the_definition_is_that_of_the_file_with_the_modules_role(raw: Declared, one: Any) -> None:
    body = one(raw.template, "AWS::SageMaker::Pipeline")["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"]
    expected = RAW_DEFINITION.read_text().replace(
        "arn:aws:iam::999999999999:role/other", raw.topology.execution_role.arn
    )
    assert json.loads(body if isinstance(body, str) else body["Fn::Sub"]) == json.loads(expected)


def test_rights_follow_from_the_definition(granted: dict[str, Any]) -> None:
    assert {each for each in granted["Read"]["Resource"] if "raw-data" in each} == {
        "arn:aws:s3:::raw-data/in/*",
        "arn:aws:s3:::raw-data/out/*/train*",
        "arn:aws:s3:::raw-data/models*",
    }
    assert {each for each in granted["Write"]["Resource"] if "raw-data" in each} == {
        "arn:aws:s3:::raw-data/out/*/train*",
        "arn:aws:s3:::raw-data/models*",
    }
    assert granted["Images"]["Resource"] == IMAGE
    assert granted["Invoke"]["Resource"] == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:tell"
    assert granted["Register"]["Condition"] == {
        "StringEquals": {"sagemaker:ModelApprovalStatus": ["PendingManualApproval"]}
    }
    assert f"arn:aws:kms:{REGION}:{ACCOUNT}:key/out" in granted["Key"]["Resource"]
    assert f"arn:aws:kms:{REGION}:{ACCOUNT}:key/vol" in granted["JobVolumes"]["Resource"]
    assert f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/subnet-01234567" in granted["NetworkInterfaces"]["Resource"]


def test_no_right_for_what_the_definition_has_not(granted: dict[str, Any]) -> None:
    jobs = " ".join(granted["Jobs"]["Action"])
    assert "TrainingJob" in jobs and "ProcessingJob" in jobs
    assert "TransformJob" not in jobs
    assert "Ask" not in granted
    assert "Experiments" not in granted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "expected a pipeline definition"),
        ('{"Version": "1", "Steps": [{"Name": "a", "Type": "Fail"}]}', "got '1', expected '2020-12-01'"),
        ('{"Version": "2020-12-01", "Steps": []}', "expected a pipeline definition"),
        ('{"Version": "2020-12-01", "Steps": [{"Name": "a", "Type": "EMR"}]}', "got 'EMR', expected one of Processing"),
        ('{"Version": "2020-12-01", "Steps": [{"Name": "a", "Type": "Trainin"}]}', "(did you mean 'Training'?)"),
    ],
)
def test_what_is_no_definition(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "raw.json").write_text(text)
    with pytest.raises(ProblemsError) as caught:
        raw_config(tmp_path / "raw.json", shown="raw.json", head=HEAD)
    assert any(said in each.message for each in caught.value.problems)


def test_not_beside_a_pipeline(make: Make) -> None:
    with pytest.raises(ProblemsError, match="got it beside definitionFile, expected one of them"):
        make(definitionFile="raw.json")
