"""Configurations in the spelling of the accelerator's SageMaker Pipeline module."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from model_cicd.pipeline.checks import check_document, parse_config
from model_cicd.text.source import Document

PAGE = Path(__file__).parents[3] / "docs" / "mdaa.md"

PREPARE: dict[str, Any] = {
    "name": "Prepare",
    "type": "Processing",
    "processing": {
        "imageUri": "xgboost:1.7-1",
        "instanceType": "ml.m5.large",
        "scriptS3Uri": "s3://raw-data/prepare.py",
        "inputs": [{"inputName": "all", "parameter": "Url"}],
        "outputs": [{"outputName": "train"}],
    },
}
TRAIN = {
    "name": "Train",
    "type": "Training",
    "training": {
        "imageUri": "xgboost:1.7-1",
        "instanceType": "ml.m5.large",
        "hyperparameters": {"num_round": "5"},
        "inputChannels": [
            {"channelName": "train", "stepOutput": "Prepare.train"},
            {"channelName": "validation", "parameter": "Url", "contentType": "text/csv"},
        ],
        "outputPath": "s3://raw-data/out",
    },
}
MODEL = {
    "name": "Latest",
    "type": "Model",
    "model": {"imageUri": "xgboost:1.7-1", "modelDataStep": "Train"},
}


def document(*steps: dict[str, Any], **head: Any) -> Document:
    parameters = [{"name": "Url", "defaultValue": "s3://raw-data/a.csv"}]
    pipeline = {"parameters": parameters, "steps": [PREPARE, TRAIN, *steps]}
    return Document(
        "pipeline.yaml", {"projectName": "prices", "modelPackageGroupName": "prices", "pipeline": pipeline} | head
    )


def step(given: Document, name: str) -> Any:
    found = parse_config(given, {}).pipeline.step(name)
    assert found is not None
    return found.block


def test_inputs_and_channels_name_parameters() -> None:
    assert step(document(), "Prepare").inputs[0].s3_uri == step(document(), "Train").input_channels[1].s3_uri
    own = copy.deepcopy(PREPARE)
    own["processing"]["inputs"] = [{"inputName": "all", "s3Uri": {"parameter": "Url"}}]
    given = document()
    renamed = Document("", {**given.data, "pipeline": {**given.data["pipeline"], "steps": [own, TRAIN]}})
    assert step(given, "Prepare") == step(renamed, "Prepare")


@pytest.mark.parametrize(
    ("given", "own"),
    [
        ({"modelData": "Train.modelArtifacts"}, {"modelDataStep": "Train"}),
        ({"modelData": "s3://raw-data/model.tar.gz"}, {"modelDataUrl": "s3://raw-data/model.tar.gz"}),
    ],
)
def test_model_data_is_a_step_or_a_uri(given: dict[str, str], own: dict[str, str]) -> None:
    blocks = []
    for each in (given, own):
        register = {"imageUri": "xgboost:1.7-1", **each}
        blocks.append(step(document({"name": "Register", "type": "RegisterModel", "register": register}), "Register"))
    assert blocks[0] == blocks[1]
    assert blocks[0].content_types == blocks[0].response_types == ["text/csv"]


def test_transforms() -> None:
    theirs = {"modelNameStep": "Latest", "inputDataStepOutput": "Prepare.train", "strategy": "MultiRecord"}
    ours = {"modelStep": "Latest", "stepOutput": "Prepare.train", "batchStrategy": "MultiRecord"}
    blocks = []
    for each in (theirs | {"maxPayloadInMB": 6}, ours | {"maxPayloadInMb": 6}):
        transform = {"instanceType": "ml.m5.large", "outputPath": "s3://raw-data/scores", **each}
        blocks.append(step(document(MODEL, {"name": "Score", "type": "Transform", "transform": transform}), "Score"))
    assert blocks[0] == blocks[1]
    transform = {"instanceType": "ml.m5.large", "modelNameStep": "Latest", "inputDataUri": "s3://raw-data/in"}
    given = document(MODEL, {"name": "Score", "type": "Transform", "transform": transform})
    assert step(given, "Score").s3_uri == "s3://raw-data/in"


def test_both_spellings_are_one_too_many() -> None:
    transform = {"instanceType": "ml.m5.large", "modelNameStep": "Latest", "modelStep": "Latest", "s3Uri": "s3://a-b/c"}
    (problem,) = check_document(document(MODEL, {"name": "Score", "type": "Transform", "transform": transform}))
    assert problem.path == "pipeline.steps[3].transform.modelNameStep"


@pytest.mark.parametrize(
    "key", ["baseJobPrefix", "sagemakerBlueprint", "service_catalog_product_config", "nag_suppressions"]
)
def test_what_has_no_place_here_is_refused_with_its_reason(key: str) -> None:
    (problem,) = check_document(document(**{key: {}}))
    assert problem.message.startswith(f"got {key}, expected none: ")
    assert f"`{key}`" in PAGE.read_text(encoding="utf-8")


def test_a_model_package_is_refused_with_its_reason() -> None:
    latest = {"name": "Latest", "type": "Model", "model": {"modelPackageArn": {"parameter": "Url"}}}
    found = check_document(document(latest))
    assert any("image and model of a package are not known beforehand" in each.message for each in found)


def test_what_is_around_the_definition_is_taken() -> None:
    around = {
        "pipelineName": "nightly",
        "createModelPackageGroup": False,
        "additionalReadBucketNames": ["more-data"],
        "pipelineBucketName": "core-bucket",
        "pipelineKmsKeyArn": "arn:aws:kms:us-east-1:111111111111:key/1234",
    }
    assert check_document(document(**around)) == []
