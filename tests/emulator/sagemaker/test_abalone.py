"""The whole way on real data: preprocess, train, evaluate, judge, register."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

ABALONE = Path(__file__).parents[4] / "shared" / "data" / "abalone.csv"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not ABALONE.exists(), reason="the shared test data is not beside this checkout"),
]


PREPROCESS = """
import pathlib, pandas
data = pandas.read_csv(next(pathlib.Path("/opt/ml/processing/raw").iterdir()), header=None)
data = pandas.get_dummies(data, columns=[0], dtype=int)
target = data.pop(8)
data.insert(0, "target", target)
data = data.sample(frac=1, random_state=7)
cuts = {"train": data[:3000], "validation": data[3000:3600], "test": data[3600:]}
for name, part in cuts.items():
    part.to_csv(f"/opt/ml/processing/{name}/{name}.csv", header=False, index=False)
"""
EVALUATE = """
import json, pathlib, tarfile, pandas, xgboost
from sklearn.metrics import mean_squared_error
with tarfile.open("/opt/ml/processing/model/model.tar.gz") as archive:
    archive.extract("xgboost-model")
booster = xgboost.Booster()
booster.load_model("xgboost-model")
test = pandas.read_csv("/opt/ml/processing/test/test.csv", header=None).to_numpy()
mse = mean_squared_error(test[:, 0], booster.predict(xgboost.DMatrix(test[:, 1:])))
report = {"regression_metrics": {"mse": {"value": mse}}}
pathlib.Path("/opt/ml/processing/evaluation/evaluation.json").write_text(json.dumps(report))
"""


def get(text: str) -> dict[str, str]:
    return {"Get": text}


def steps(lab: Any) -> list[dict[str, Any]]:
    run = {"Std:Join": {"On": "/", "Values": [f"s3://{lab.bucket}/runs", get("Execution.PipelineExecutionId")]}}

    def under(name: str) -> dict[str, Any]:
        return {"Std:Join": {"On": "/", "Values": [run, name]}}

    def output(step: str, name: str) -> dict[str, str]:
        return get(f"Steps.{step}.ProcessingOutputConfig.Outputs['{name}'].S3Output.S3Uri")

    raw = lab.put("data/abalone.csv", ABALONE.read_bytes())
    parts = {name: under(name) for name in ("train", "validation", "test")}
    train = lab.training(
        {"objective": "reg:linear", "num_round": "40", "max_depth": "5", "eta": "0.2", "subsample": "0.8"},
        {name: output("Preprocess", name) for name in ("train", "validation")},
        f"s3://{lab.bucket}/models",
    )
    model = get("Steps.Train.ModelArtifacts.S3ModelArtifacts")
    evaluate = lab.processing(
        EVALUATE,
        inputs={"model": model, "test": output("Preprocess", "test")},
        outputs={"evaluation": under("evaluation")},
    )
    mse = {"PropertyFile": get("Steps.Evaluate.PropertyFiles.Report"), "Path": "regression_metrics.mse.value"}
    statistics = {"Std:Join": {"On": "/", "Values": [output("Evaluate", "evaluation"), "evaluation.json"]}}
    register = {
        "ModelPackageGroupName": "abalone",
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": {
            "Containers": [{"Image": lab.xgboost, "ModelDataUrl": model}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        "ModelMetrics": {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": statistics}}},
        "CustomerMetadataProperties": {
            "mse": {"Std:Join": {"On": "", "Values": [{"Std:JsonGet": mse}]}},
            "commit": get("Parameters.Commit"),
        },
        "MetadataProperties": {"CommitId": get("Parameters.Commit"), "Repository": "model-build"},
    }
    condition = {
        "Type": "LessThanOrEqualTo",
        "LeftValue": {"Std:JsonGet": mse},
        "RightValue": get("Parameters.Threshold"),
    }
    report = {"PropertyFileName": "Report", "OutputName": "evaluation", "FilePath": "evaluation.json"}
    failed = {"Std:Join": {"On": " ", "Values": ["mse is over", get("Parameters.Threshold")]}}
    cached = {"Enabled": True, "ExpireAfter": "P1D"}
    # not in topological order, as the SDK emits them
    return [
        {
            "Name": "Judge",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [condition],
                "IfSteps": [{"Name": "Register", "Type": "RegisterModel", "Arguments": register}],
                "ElseSteps": [{"Name": "Refuse", "Type": "Fail", "Arguments": {"ErrorMessage": failed}}],
            },
        },
        {"Name": "Train", "Type": "Training", "Arguments": train, "CacheConfig": cached},
        {"Name": "Evaluate", "Type": "Processing", "Arguments": evaluate, "PropertyFiles": [report]},
        {
            "Name": "Preprocess",
            "Type": "Processing",
            "Arguments": lab.processing(PREPROCESS, inputs={"raw": raw}, outputs=parts),
            "CacheConfig": cached,
        },
    ]


PARAMETERS = [
    {"Name": "Threshold", "Type": "Float", "DefaultValue": 6.0},
    {"Name": "Commit", "Type": "String", "DefaultValue": "none"},
]


@pytest.fixture(scope="module")
def trained(lab: Any) -> str:
    lab.sagemaker.create_model_package_group(ModelPackageGroupName="abalone")
    lab.pipeline("abalone", steps(lab), PARAMETERS)
    arn = str(lab.start("abalone", PipelineParameters=[{"Name": "Commit", "Value": "abc123"}]))
    found = lab.wait(arn)
    assert found["PipelineExecutionStatus"] == "Succeeded", lab.steps(arn)
    return arn


def test_a_good_model_is_registered_with_its_metrics(lab: Any, trained: str) -> None:
    rows = lab.steps(trained)
    assert {name: row["StepStatus"] for name, row in rows.items()} == dict.fromkeys(
        ["Preprocess", "Train", "Evaluate", "Judge", "Register"], "Succeeded"
    )
    assert rows["Judge"]["Metadata"]["Condition"]["Outcome"] == "True"
    arn = rows["Register"]["Metadata"]["RegisterModel"]["Arn"]
    package = lab.sagemaker.describe_model_package(ModelPackageName=arn)
    assert package["ModelPackageVersion"] == 1
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    assert package["MetadataProperties"] == {"CommitId": "abc123", "Repository": "model-build", "GeneratedBy": trained}
    report = json.loads(lab.get(package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]))
    mse = report["regression_metrics"]["mse"]["value"]
    assert 3 < mse < 6  # what gradient boosting reaches on this data; a constant prediction has 10
    assert package["CustomerMetadataProperties"] == {"mse": str(mse), "commit": "abc123"}


def test_the_model_artifact_and_the_metrics_are_those_of_the_job(lab: Any, trained: str) -> None:
    arn = lab.steps(trained)["Train"]["Metadata"]["TrainingJob"]["Arn"]
    name = arn.rpartition("/")[2]
    assert name.startswith(f"pipelines-{trained.rpartition('/')[2]}-Train-")
    job = lab.sagemaker.describe_training_job(TrainingJobName=name)
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{lab.bucket}/models/{name}/output/model.tar.gz"
    with tarfile.open(fileobj=io.BytesIO(lab.get(job["ModelArtifacts"]["S3ModelArtifacts"]))) as archive:
        assert archive.getnames() == ["xgboost-model"]
    metrics = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    assert set(metrics) == {"train:rmse", "validation:rmse"}
    assert metrics["train:rmse"] < metrics["validation:rmse"] < 2.6
    log = lab.job_log(name)
    assert "[0]#011train-rmse:" in log
    assert "[39]#011train-rmse:" in log
    assert "Train matrix has 3000 rows and 10 columns" in log


def test_a_bad_model_is_not_registered_and_what_did_not_change_is_not_run_again(lab: Any, trained: str) -> None:
    arn = lab.start("abalone", PipelineParameters=[{"Name": "Threshold", "Value": "0.5"}])
    found = lab.wait(arn)
    assert found["PipelineExecutionStatus"] == "Failed"
    assert found["FailureReason"] == "Step failure: One or multiple steps failed."
    rows = lab.steps(arn)
    assert rows["Judge"]["Metadata"]["Condition"]["Outcome"] == "False"
    assert "Register" not in rows
    assert rows["Refuse"]["StepStatus"] == "Failed"
    assert rows["Refuse"]["Metadata"]["Fail"]["ErrorMessage"] == "mse is over 0.5"
    hit = {"SourcePipelineExecutionArn": trained}
    assert rows["Preprocess"]["CacheHitResult"] == hit
    assert rows["Train"]["CacheHitResult"] == hit
    assert "CacheHitResult" not in rows["Evaluate"]
    versions = lab.sagemaker.list_model_packages(ModelPackageGroupName="abalone")["ModelPackageSummaryList"]
    assert [version["ModelPackageVersion"] for version in versions] == [1]
