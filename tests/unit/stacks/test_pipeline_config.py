"""A deployment group that declares its pipeline in the manifest, beside one that does not."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from .declared import PREPARE, REGISTER, training

BUILD = "222222222222"


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    return {
        "parameters": [{"name": "Data", "type": "String", "defaultValue": "s3://nowhere/"}],
        "steps": [
            {
                "name": "Prepare",
                "type": "Processing",
                "processing": {**PREPARE, "inputs": [{"inputName": "raw", "s3Uri": {"parameter": "Data"}}]},
            },
            {"name": "Train", "type": "Training", "training": training()},
            {"name": "Register", "type": "RegisterModel", "register": REGISTER},
        ],
    }


@pytest.fixture(scope="module")
def made(synthesize: Any, parameters: Any, config: dict[str, Any]) -> Any:
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][0] |= {
        "pipelineConfig": config,
        "pipelineParameters": {"Data": "s3://raw-data/prices/"},
        "networkConfig": {"subnetIds": ["subnet-01234567"], "securityGroupIds": ["sg-01234567"]},
    }
    return synthesize(changed)


@pytest.fixture(scope="module")
def project(made: Any, one: Any) -> dict[str, Any]:
    name = made.group("research").training.project.name
    found: dict[str, Any] = one(made.training("research"), "AWS::CodeBuild::Project", Name=name)["Properties"]
    return found


def variables(project: dict[str, Any]) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in project["Environment"]["EnvironmentVariables"]}


def test_the_build_runs_the_declared_pipeline_as_the_seed_runs_its_own(project: dict[str, Any]) -> None:
    seed = yaml.safe_load((Path(__file__).parents[3] / "seedcode" / "model-build" / "buildspec.yml").read_text())
    spec = json.loads(project["Source"]["BuildSpec"])
    assert spec["phases"]["install"] == seed["phases"]["install"]
    fetch, run = spec["phases"]["build"]["commands"]
    assert fetch == 'aws s3 cp --only-show-errors "$MODEL_CICD_PIPELINE" .declared-pipeline.yaml'
    (own,) = seed["phases"]["build"]["commands"]
    assert run == own.replace("pipeline.yaml", ".declared-pipeline.yaml")
    assert spec["artifacts"] == seed["artifacts"]


def test_what_is_published_is_a_pipeline(
    made: Any, project: dict[str, Any], config: dict[str, Any], tmp_path: Path
) -> None:
    from model_cicd.pipeline.checks import parse_config
    from model_cicd.text.source import load

    key = variables(project)["MODEL_CICD_PIPELINE"].rpartition("/")[2]
    (tmp_path / "prepare.py").touch()  # of the repository, where a build puts the file
    published = shutil.copy(made.directory / f"asset.{key}", tmp_path / "declared.yaml")
    document = load(Path(published))
    assert document.data["pipeline"] == config
    assert [step.name for step in parse_config(document, {}).pipeline.steps] == ["Prepare", "Train", "Register"]


def test_the_build_reads_exactly_that_file(made: Any, project: dict[str, Any], statements: Any) -> None:
    grants = statements(made.training("research"), made.group("research").training.project.role.name)
    uris = [variables(project)[name] for name in ("MODEL_CICD_RUNNER", "MODEL_CICD_PIPELINE")]
    assert grants["Runner"]["Resource"] == [f"arn:aws:s3:::{uri.removeprefix('s3://')}" for uri in uris]


def test_the_role_may_do_what_the_steps_need(made: Any, statements: Any) -> None:
    group = made.group("research")
    grants = statements(made.build("research"), group.registry.execution_role.name)
    place = f"{group.sagemaker_pipeline.name}/*"
    assert grants["Write"]["Resource"] == [
        f"{group.registry.bucket.arn}/runs/{place}",
        f"{group.registry.bucket.arn}/models/{place}",
    ]
    assert set(grants["Read"]["Resource"]) == {
        "arn:aws:s3:::raw-data/prices/*",  # the group's value, not the default
        f"{group.registry.bucket.arn}/code/*",
        *grants["Write"]["Resource"],
    }
    assert grants["Register"]["Resource"] == [group.models.arn, group.models.packages_arn]
    assert f"arn:aws:ec2:eu-west-1:{BUILD}:subnet/subnet-01234567" in grants["NetworkInterfaces"]["Resource"]
    assert "sagemaker:UpdateModelPackage" not in json.dumps(grants)


def test_other_groups_keep_the_repositorys_own(made: Any, one: Any) -> None:
    name = made.group("live").training.project.name
    other = one(made.training("live"), "AWS::CodeBuild::Project", Name=name)["Properties"]
    assert other["Source"]["BuildSpec"] == "buildspec.yml"
    assert "MODEL_CICD_PIPELINE" not in variables(other)
