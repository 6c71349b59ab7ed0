"""Decisions of the compiler that the golden files show but do not explain."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from model_cicd.pipeline.checks import parse_config
from model_cicd.pipeline.compile import compile_pipeline
from model_cicd.pipeline.document import NetworkConfig
from model_cicd.pipeline.environment import PipelineEnvironment
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.text.errors import ModelCicdError
from model_cicd.text.source import parse

CONTEXT = PipelineEnvironment(
    pipeline_name="churn",
    region="eu-west-1",
    role_arn="arn:aws:iam::111122223333:role/training",
    bucket="registry",
    kms_key="alias/registry",
    model_package_group_name="churn-models",
)
STEP = """projectName: churn
pipeline:
  parameters: [{name: Kind, defaultValue: ml.g5.xlarge}, {name: Free}, {name: Rounds, type: Integer, defaultValue: 3}]
  steps:
    - name: Train
      type: Training
      training:
        imageUri: xgboost:1.7-1
        instanceType: %s
        hyperparameters: {num_round: {parameter: Rounds}, eta: 0.2, objective: {parameter: Free}}
        inputChannels: [{channelName: train, s3Uri: %s}]
"""


def config(instance: str = "ml.m5.large", uri: str = "s3://bucket/d.csv") -> PipelineConfig:
    return parse_config(parse(STEP % (instance, uri), "p.yaml"), {})


def arguments(instance: str = "ml.m5.large", **context: Any) -> dict[str, Any]:
    definition = compile_pipeline(config(instance), dataclasses.replace(CONTEXT, **context))
    return definition["Steps"][0]["Arguments"]  # type: ignore[no-any-return]


def test_the_same_input_gives_the_same_bytes() -> None:
    assert json.dumps(compile_pipeline(config(), CONTEXT)) == json.dumps(compile_pipeline(config(), CONTEXT))


@pytest.mark.parametrize(
    ("instance", "takes"),
    [
        ("ml.m5.large", True),
        ("ml.c6i.xlarge", True),
        ("ml.p3.2xlarge", True),
        ("ml.m5d.large", False),
        ("ml.g4dn.xlarge", False),
        ("ml.g5.xlarge", False),
        ("ml.p4d.24xlarge", False),
        ("{parameter: Kind}", False),
        ("{parameter: Free}", True),
    ],
)
def test_volumes_have_the_key_where_the_instance_type_takes_one(instance: str, takes: bool) -> None:
    assert ("VolumeKmsKeyId" in arguments(instance)["ResourceConfig"]) is takes


def test_hyperparameters_are_text_whatever_they_were() -> None:
    joined = {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Rounds"}]}}
    expected = {"num_round": joined, "eta": "0.2", "objective": {"Get": "Parameters.Free"}}
    assert arguments()["HyperParameters"] == expected


def test_models_lie_under_the_prefix_that_other_accounts_may_read_apart_by_execution() -> None:
    parts = arguments()["OutputDataConfig"]["S3OutputPath"]["Std:Join"]["Values"]
    assert parts == ["s3://registry/models/churn/Train", {"Get": "Execution.PipelineExecutionId"}]


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("role_arn", "SAGEMAKER_PIPELINE_ROLE_ARN"),
        ("bucket", "ARTIFACT_BUCKET"),
        ("kms_key", "ARTIFACT_BUCKET_KMS_ID"),
        ("pipeline_name", "SAGEMAKER_PIPELINE_NAME"),
        ("region", "AWS_REGION"),
    ],
)
def test_what_the_context_lacks_is_said(missing: str, said: str) -> None:
    with pytest.raises(ModelCicdError, match=f"is not given: set {said}"):
        arguments(**{missing: ""})


def test_local_files_need_an_uri() -> None:
    with pytest.raises(ModelCicdError, match=r"file:d\.csv is a local file that was not uploaded"):
        compile_pipeline(config(uri="file:d.csv"), CONTEXT)
    files = {"file:d.csv": "s3://registry/data/1/d.csv"}
    definition = compile_pipeline(config(uri="file:d.csv"), dataclasses.replace(CONTEXT, files=files))
    channel = definition["Steps"][0]["Arguments"]["InputDataConfig"][0]
    assert channel["DataSource"]["S3DataSource"]["S3Uri"] == "s3://registry/data/1/d.csv"


@pytest.mark.parametrize(
    ("count", "more", "group", "encrypted"),
    [
        ("1", "", None, None),
        ("1", "", False, False),
        ("2", "", None, True),
        ("2", "", False, True),  # a group that does not ask for it
        ("2", ", encryptInterContainerTraffic: false", True, False),
        ("{parameter: Rounds}", "", None, True),  # may be several
        ("1", ", encryptInterContainerTraffic: true", False, True),
    ],
)
@pytest.mark.parametrize("kind", ["Training", "Processing", "Tuning"])
def test_containers_of_several_instances_speak_encrypted(
    kind: str, count: str, more: str, group: bool | None, encrypted: bool | None
) -> None:
    tuning = "objective: {metricName: m, type: Minimize}, "
    tuning += "ranges: {continuous: [{name: eta, minValue: 0, maxValue: 1}]}, maxJobs: 1, maxParallelJobs: 1, "
    text = f"""projectName: churn
pipeline:
  parameters: [{{name: Rounds, type: Integer, defaultValue: 1}}]
  steps:
    - name: Only
      type: {kind}
      {kind.lower()}: {{imageUri: "xgboost:1.7-1", instanceType: ml.m5.large, instanceCount: {count}{more},
        {tuning if kind == "Tuning" else ""}{"" if kind == "Processing" else "hyperparameters: {num_round: 1}"}}}
"""
    network = NetworkConfig.model_construct(encrypt_inter_container_traffic=group)
    definition = compile_pipeline(
        parse_config(parse(text, "p.yaml"), {}), dataclasses.replace(CONTEXT, network=network)
    )
    made = definition["Steps"][0]["Arguments"]
    made = made.get("NetworkConfig", {}) if kind == "Processing" else made.get("TrainingJobDefinition", made)
    assert made.get("EnableInterContainerTrafficEncryption") is encrypted
