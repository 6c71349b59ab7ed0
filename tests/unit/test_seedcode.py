"""The seeded training repository: its own tests, its data, and that its parts fit each other and the product."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

from model_cicd.pipeline.checks import parse_config
from model_cicd.pipeline.reports.ending import Ending
from model_cicd.pipeline.reports.publish import PREFIX
from model_cicd.pipeline.run_options import SOURCES
from model_cicd.pipeline.steps.condition import ConditionConfig
from model_cicd.pipeline.steps.register import RegisterConfig
from model_cicd.text.source import load

REPOSITORY = Path(__file__).parents[2]
SEED = REPOSITORY / "seedcode" / "model-build"
ABALONE = REPOSITORY.parent / "shared" / "data" / "abalone.csv"


def test_the_data_is_the_package_s() -> None:
    import numpy as np
    from sklearn.datasets import load_diabetes

    data = load_diabetes(scaled=False)
    with (SEED / "data" / "diabetes.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    assert header == [*data.feature_names, "target"]
    assert np.array_equal(np.array(rows, dtype=float), np.column_stack([data.data, data.target]))


@pytest.mark.slow
def test_another_data_set_without_a_header_trains_too(tmp_path: Path) -> None:
    import numpy as np
    import xgboost

    if not ABALONE.exists():
        pytest.skip("the abalone data is not there")
    (tmp_path / "input-data").mkdir()
    (tmp_path / "input-data" / "abalone.csv").write_bytes(ABALONE.read_bytes())

    def script(name: str, *arguments: str) -> None:
        command = [sys.executable, str(SEED / "scripts" / name), *arguments]
        environment = os.environ | {"PROCESSING_DIR": str(tmp_path)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr

    script("validate_data.py", "--target-column", "-1")
    script("preprocess.py", "--target-column", "-1")
    rows = np.loadtxt(tmp_path / "train" / "train.csv", delimiter=",")
    assert rows.shape == (2924, 11)
    booster = xgboost.train({"max_depth": 4, "eta": 0.1}, xgboost.DMatrix(rows[:, 1:], rows[:, 0]), 50)
    booster.save_model(str(tmp_path / "xgboost-model"))
    (tmp_path / "model").mkdir()
    with tarfile.open(tmp_path / "model" / "model.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "xgboost-model", "xgboost-model")
    script("evaluate.py")
    report = json.loads((tmp_path / "evaluation" / "evaluation.json").read_text(encoding="utf-8"))
    assert report["rows"] == 626
    assert 3 < report["regression_metrics"]["mse"]["value"] < 6


def test_the_pipeline_is_the_one_that_the_readme_describes() -> None:
    config = parse_config(load(SEED / "pipeline.yaml"), {})
    names = [step.name for step in config.pipeline.steps]
    readme = (SEED / "README.md").read_text(encoding="utf-8")
    table = [line.split("|")[1].strip() for line in readme.splitlines() if line.startswith("| ")][1:]
    assert sorted(names) == sorted(table)
    gate = config.pipeline.step("CheckMSE")
    assert gate is not None
    assert (condition := gate.get(ConditionConfig)) is not None
    assert condition.if_steps == ["RegisterModel"]
    assert condition.else_steps == ["ModelBelowThreshold"]


def test_the_model_carries_its_metrics_and_where_it_comes_from() -> None:
    step = parse_config(load(SEED / "pipeline.yaml"), {}).pipeline.step("RegisterModel")
    assert step is not None
    register = step.get(RegisterConfig)
    assert register is not None
    assert {"Mse", "Rmse", "Mae", "R2", "CommitId", "Branch", "Repository", "PipelineExecutionArn"} <= set(
        register.customer_metadata
    )
    assert register.model_metrics is not None
    assert register.approval_status == "PendingManualApproval"


def test_every_script_is_used_and_no_file_is_missing() -> None:
    text = (SEED / "pipeline.yaml").read_text(encoding="utf-8")
    alone = parse_config(load(SEED / "evaluation.yaml"), {})
    assert [step.type for step in alone.pipeline.steps] == ["Processing", "Processing", "Condition", "Fail"]
    for path in (SEED / "scripts").glob("*.py"):
        assert f"file:scripts/{path.name}" in text


def test_the_buildspec_runs_the_runner_it_is_given() -> None:
    spec = yaml.safe_load((SEED / "buildspec.yml").read_text(encoding="utf-8"))
    assert spec["version"] == 0.2
    install = " ".join(spec["phases"]["install"]["commands"])
    assert "$MODEL_CICD_RUNNER" in install
    assert "$MODEL_CICD_RUNNER_FILE" in install
    (run,) = spec["phases"]["build"]["commands"]
    assert run == ".runner/venv/bin/model-cicd run pipeline.yaml --report json --report junit --report env"
    assert spec["artifacts"]["files"] == ["run.json", "junit.xml"]
    names = {f"{PREFIX}{name}" for name in Ending(file="pipeline.yaml").facts}
    assert {*spec["env"]["exported-variables"]} == names


def test_the_runner_reads_the_variables_of_the_training_job() -> None:
    variables = {variable for source in SOURCES.values() for variable in source.variables}
    assert {"ASSUME_ROLE_ARN", "SAGEMAKER_PIPELINE_NAME", "SAGEMAKER_PIPELINE_ROLE_ARN", "ARTIFACT_BUCKET"} <= variables
