"""The example configurations word for word, with scripts and data where they expect them."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

import pytest

from tests.executor.conftest import Bench

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
EXAMPLES = SHARED / "examples"
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are not here"),
]

PREPROCESS = """
import pandas
data = pandas.read_csv("/opt/ml/processing/input-data/data.csv", header=None)
data = pandas.get_dummies(data, columns=[0], dtype=int)
target = data.pop(8)
data.insert(0, "target", target)
data = data.sample(frac=1, random_state=1)
parts = {"train": data[:3000], "validation": data[3000:3600], "test": data[3600:]}
for name, part in parts.items():
    part.to_csv(f"/opt/ml/processing/{name}/{name}.csv", header=False, index=False)
"""
EVALUATE = """
import json, tarfile, pandas, xgboost
with tarfile.open("/opt/ml/processing/model/model.tar.gz") as archive:
    archive.extract("xgboost-model")
model = xgboost.Booster()
model.load_model("xgboost-model")
test = pandas.read_csv("/opt/ml/processing/test/test.csv", header=None).to_numpy()
errors = model.predict(xgboost.DMatrix(test[:, 1:])) - test[:, 0]
report = {"regression_metrics": {"mse": {"value": float((errors**2).mean())}}}
with open("/opt/ml/processing/evaluation/evaluation.json", "w") as file:
    json.dump(report, file)
"""


def test_the_comprehensive_example_trains_gates_and_registers(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    bench.write("scripts/preprocessing.py", PREPROCESS)
    bench.write("scripts/evaluate.py", EVALUATE)
    bench.write("dataset/data.csv", (SHARED / "data" / "abalone.csv").read_text(encoding="utf-8"))
    ran = bench.run(
        EXAMPLES / "sagemaker-pipeline-comprehensive.yaml",
        f"--upload={bench.directory / 'scripts'}=s3://test-bucket/scripts",
        f"--upload={bench.directory / 'dataset'}=s3://test-bucket/dataset",
        f"--image={REGISTRY}/train=xgboost:1.7-1",
    )
    assert ran.code == 0, ran.out + ran.err
    assert ran.statuses == dict.fromkeys(
        ("PreprocessData", "TrainModel", "EvaluateModel", "CheckMSE", "RegisterModel"), "Succeeded"
    )
    report = json.loads((ran.output("EvaluateModel", "evaluation") / "evaluation.json").read_text(encoding="utf-8"))
    assert 3 < report["regression_metrics"]["mse"]["value"] <= 6
    (package,) = ran.report["ModelPackages"]
    assert package["ModelPackageGroupName"] == "test-mpg"
    assert package["ModelApprovalStatus"] == "PendingManualApproval"


def test_the_minimal_example_runs_what_stands_in_for_its_image(bench: Bench) -> None:
    file = EXAMPLES / "sagemaker-pipeline-minimal.yaml"
    refused = bench.run(file)
    assert refused.code == 1
    assert "PreprocessData" in refused.out
    program = "open('/opt/ml/processing/output/done', 'w').write('yes')"
    ran = bench.run(file, f"--entrypoint=PreprocessData={shlex.join(['python3', '-c', program])}")
    assert ran.code == 0, ran.out + ran.err
    assert (ran.output("PreprocessData", "output") / "done").read_text(encoding="utf-8") == "yes"
