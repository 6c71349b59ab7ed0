"""QualityCheck steps: a baseline is made, held against, violated, registered and found again."""

from __future__ import annotations

import json
from typing import Any

from .conftest import ROOT, Bench
from .test_stubs import PACKAGE

IMAGE = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer:latest"
GOOD = "age,income\n" + "".join(f"{20 + number % 40},{1000 + number}\n" for number in range(200))
DRIFTED = "age,income\n" + "".join(f"{20 + number % 40},text\n" for number in range(200))


def check(data: str, output: str, **more: Any) -> dict[str, Any]:
    """A step over the data at a URI, as the compiler writes it."""
    place = {"S3Uri": data, "LocalPath": f"{ROOT}/input/baseline_dataset_input", "S3DataType": "S3Prefix"}
    result = {"S3Uri": f"s3://bench/{output}", "LocalPath": f"{ROOT}/output", "S3UploadMode": "EndOfJob"}
    return {
        "Name": "Quality",
        "Type": "QualityCheck",
        "CheckType": "DATA_QUALITY",
        **more,
        "Arguments": {
            "AppSpecification": {"ImageUri": IMAGE},
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
            },
            "Environment": {
                "output_path": f"{ROOT}/output",
                "publish_cloudwatch_metrics": "Disabled",
                "dataset_format": json.dumps({"csv": {"header": True, "output_columns_position": "START"}}),
                "dataset_source": f"{ROOT}/input/baseline_dataset_input",
            },
            "ProcessingInputs": [{"InputName": "baseline_dataset_input", "S3Input": place | {"S3InputMode": "File"}}],
            "ProcessingOutputConfig": {"Outputs": [{"OutputName": "quality_check_output", "S3Output": result}]},
        },
    }


def registered() -> dict[str, Any]:
    """A version with the baseline that the check used."""
    uris = {
        name: {"ContentType": "application/json", "S3Uri": {"Get": f"Steps.Quality.BaselineUsedForDriftCheck{name}"}}
        for name in ("Constraints", "Statistics")
    }
    model = {"Image": "own/image:1", "ModelDataUrl": "s3://bench/model/m.tar.gz"}
    package = PACKAGE | {
        "InferenceSpecification": PACKAGE["InferenceSpecification"] | {"Containers": [model]},
        "ModelApprovalStatus": "Approved",
        "DriftCheckBaselines": {"ModelDataQuality": uris},
    }
    return {"Name": "Register", "Type": "RegisterModel", "Arguments": package, "DependsOn": ["Quality"]}


def test_a_baseline_is_made_registered_and_held_against(bench: Bench) -> None:
    upload = []
    for file, text in (("good/set.csv", GOOD), ("drifted/set.csv", DRIFTED), ("model/m.tar.gz", "a model")):
        named = bench.write(file, text).parent.name
        upload += ["--upload", f"{named}=s3://bench/{named}"]
    group = {"ModelPackageGroupName": "g"}

    none = bench.run(bench.define(check("s3://bench/good", "none", SuppliedBaselineStatistics="")), *upload)
    assert none.code == 1
    assert "there is no baseline to check against" in none.steps["Quality"]["FailureReason"]

    first = check("s3://bench/good", "first", SkipCheck=True, RegisterNewBaseline=True, **group)
    made = bench.run(bench.define(first, registered()), *upload)
    assert made.code == 0, made.out
    shown = made.steps["Quality"]["Metadata"]["QualityCheck"]
    assert shown["BaselineUsedForDriftCheckConstraints"] == "s3://bench/first/constraints.json"
    constraints = json.loads((made.output("Quality", "quality_check_output") / "constraints.json").read_text())
    assert [each["name"] for each in constraints["features"]] == ["age", "income"]

    same = bench.run(bench.define(check("s3://bench/good", "second", **group)), *upload)
    assert same.code == 0, same.out
    shown = same.steps["Quality"]["Metadata"]["QualityCheck"]
    assert shown["BaselineUsedForDriftCheckStatistics"] == "s3://bench/first/statistics.json"
    assert shown["CalculatedBaselineStatistics"] == "s3://bench/second/statistics.json"
    assert "ViolationReport" not in shown

    drifted = bench.run(bench.define(check("s3://bench/drifted", "third", **group)), *upload)
    assert drifted.code == 1
    reason = drifted.steps["Quality"]["FailureReason"]
    assert "CompletedWithViolations" in reason and "s3://bench/third/constraint_violations.json has them" in reason

    passed = bench.run(bench.define(check("s3://bench/drifted", "fourth", FailOnViolation=False, **group)), *upload)
    assert passed.code == 0, passed.out
    report = passed.output("Quality", "quality_check_output")
    violations = json.loads((report / "constraint_violations.json").read_text())["violations"]
    assert {each["feature_name"] for each in violations} == {"income"}
    suggested = json.loads((report / "constraints.json").read_text())["features"]
    assert [each["inferred_type"] for each in suggested] == ["Integral", "String"]
