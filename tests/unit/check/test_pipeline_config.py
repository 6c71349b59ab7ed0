"""Pipelines that deployment groups declare, in a manifest and in the module's environment."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_cicd.sagemaker_model_cicd.declared_pipelines import demand_groups, group_config, group_parameters
from model_cicd.text.errors import ProblemsError

from .conftest import Project

MODELS = "manifests/models.yaml"
SETTINGS = Path(__file__).parents[3] / "docs" / "settings.md"


@pytest.fixture
def example() -> dict[str, Any]:
    """The example of docs/settings.md."""
    (text,) = re.findall(r"```yaml\npipelineConfig:\n(.*?)```", SETTINGS.read_text(encoding="utf-8"), re.DOTALL)
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@pytest.fixture
def declared(project: Project, example: dict[str, Any]) -> Project:
    text = yaml.safe_dump({"pipelineConfig": example}, sort_keys=False)
    project.append(MODELS, "".join(f"        {line}\n" for line in text.splitlines()))
    return project


def test_the_example_is_right(declared: Project) -> None:
    assert declared.check() == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("scriptS3Uri: file:scripts/prepare.py", "scriptS3Uri: scripts/prepare.py", "got 'scripts/prepare.py'"),
        ("stepOutput: Prepare.train", "stepOutput: Prepare.trian", "did you mean 'train'?"),
        ("modelDataStep: Train", "modelDataStep: Trian", "unknown step 'Trian'"),
        ("s3://our-data/prices/", "s3://data-{{acount}}/", "expected one of account, partition, region"),
        (
            "modelDataStep: Train",
            "modelDataStep: Train\n              modelPackageGroupName: other",
            "models of a deployment group are registered in its own",
        ),
        (
            "modelDataStep: Train",
            "modelDataStep: Train\n              approvalStatus: Approved",
            "got 'Approved', expected PendingManualApproval",
        ),
    ],
)
def test_problems_stand_where_they_are(declared: Project, old: str, new: str, expected: str) -> None:
    text = (declared.folder / MODELS).read_text()
    line = text[: text.index(old)].count("\n") + 1 + new.count("\n")
    declared.change(MODELS, old, new)
    (problem,) = declared.check()
    assert problem.startswith(f"{MODELS}:{line}: deployment-groups[0].pipelineConfig.steps[")
    assert expected in problem


def test_something_else_than_a_mapping(project: Project) -> None:
    project.append(MODELS, "        pipelineConfig: pipeline.yaml\n")
    (problem,) = project.check()
    assert problem.endswith("deployment-groups[0].pipelineConfig: got 'pipeline.yaml', expected a mapping")


def test_the_module_refuses_what_the_check_refuses(example: dict[str, Any]) -> None:
    example["steps"][1]["training"]["imageUrl"] = "x"
    group = {"buildEnvironment": {"account": "123456789012", "region": "us-east-1"}, "pipelineConfig": example}
    env = {"SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS": json.dumps([group])}
    with pytest.raises(ProblemsError) as error:
        demand_groups(group_parameters(env))
    assert str(error.value).startswith(
        "SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS: deployment-groups[0].pipelineConfig.steps[1].training.imageUrl: "
    )


def test_parameters_of_the_group_stand_in_the_place_of_defaults(example: dict[str, Any]) -> None:
    example["parameters"].append({"name": "Data", "type": "String", "defaultValue": "s3://one/{{region}}"})
    made = group_config(example, {"Data": "s3://two/x"}, account="123456789012", region="eu-west-1")
    assert {each.name: each.default_value for each in made.pipeline.parameters} == {
        "CommitId": "unknown",
        "Data": "s3://two/x",
    }
