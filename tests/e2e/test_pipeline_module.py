"""A declared pipeline from end to end: deployed by seedfarmer, started by somebody with the starter policy only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.e2e.by_hand import ROOT, Kept, kept_rehearsal

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("pipeline-module")]

MANIFEST = ROOT / "manifests" / "sagemaker-pipeline" / "deployment.yaml"
ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """`rehearse --keep` on the manifest of the module."""
    with kept_rehearsal(tmp_path_factory.mktemp("declared"), str(MANIFEST)) as running:
        yield running


@pytest.fixture(scope="module")
def published(declared: Kept) -> dict[str, str]:
    """The SSM parameters of the module."""
    path = "/modelcicd-model-cicd/declared/pipelines-diabetes"
    found = declared.client("ssm", ACCOUNT).get_parameters_by_path(Path=path)["Parameters"]
    return {each["Name"].rpartition("/")[2]: each["Value"] for each in found}


def test_the_report_shows_the_registered_model(declared: Kept) -> None:
    assert declared.report["passed"] is True
    assert declared.report["groups"] == []
    (result,) = declared.report["pipelines"]
    assert (result["module"], result["account"], result["status"]) == ("diabetes", ACCOUNT, "Succeeded")
    assert [step["name"] for step in result["steps"]] == [
        "PreprocessData",
        "TrainModel",
        "EvaluateModel",
        "CheckMSE",
        "RegisterModel",
    ]
    assert {step["status"] for step in result["steps"]} == {"Succeeded"}
    assert 0 < result["value"] <= result["threshold"]
    assert (result["version"], result["approval_status"]) == (1, "PendingManualApproval")
    assert ":model-package/diabetes-progression/1" in result["model_package"]
    for text in ("diabetes-progression", "mse", "<= 4000", "starter policy"):
        assert text in " ".join(declared.output.split())
    assert re.search(r"^rehearsal: passed in \d+ s$", declared.output, re.MULTILINE)


def test_the_pipeline_is_the_declared_one(declared: Kept, published: dict[str, str]) -> None:
    manifest = yaml.safe_load((MANIFEST.parent / "pipelines-modules.yaml").read_text(encoding="utf-8"))
    wanted = next(each["value"] for each in manifest["parameters"] if each["name"] == "pipeline")
    found = declared.client("sagemaker", ACCOUNT).describe_pipeline(PipelineName=published["pipeline-name"])
    assert found["PipelineArn"] == published["pipeline-arn"]
    assert found["RoleArn"] == published["execution-role-arn"]
    definition = json.loads(found["PipelineDefinition"])
    assert [each["Name"] for each in definition["Parameters"]] == [each["name"] for each in wanted["parameters"]]
    volume = definition["Steps"][0]["Arguments"]["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"]
    assert volume.endswith(f":key/{published['key-id']}")


def test_the_model_lies_where_other_accounts_may_read_it(declared: Kept, published: dict[str, str]) -> None:
    (result,) = declared.report["pipelines"]
    place = f"s3://{published['bucket-name']}/models/{published['pipeline-name']}/"
    assert result["model_data"].startswith(place)


def test_module_metadata_is_kept_by_seedfarmer(declared: Kept, published: dict[str, str]) -> None:
    name = "/modelcicd/declared/pipelines/diabetes/metadata"
    kept: dict[str, Any] = json.loads(declared.client("ssm", ACCOUNT).get_parameter(Name=name)["Parameter"]["Value"])
    assert kept["PipelineName"] == published["pipeline-name"]
    assert kept["KeyArn"].endswith(published["key-id"])
    assert kept["ModelPackageGroupName"] == "diabetes-progression"
