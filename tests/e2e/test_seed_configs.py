"""The configurations of the seeds, word for word, in one deployed rehearsal, with the images and data they expect."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
import yaml

from rehearsal.job.project import copy
from tests.e2e.by_hand import ROOT, whole_rehearsal
from tests.executor.test_examples import EVALUATE, EXAMPLES, PREPROCESS, REGISTRY, SHARED

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.xdist_group("seed-configs"),
    pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are not here"),
]
ACCOUNT, APPROVAL, LIVE = "123456789012", "123456789016", "123456789017"
CONTEXT = {"account-2": APPROVAL, "account-3": LIVE}


def module(name: str) -> dict[str, Any]:
    """A module of a manifest, whose parameters are the keys of a configuration."""
    config = yaml.safe_load((EXAMPLES / f"sagemaker-pipeline-{name}.yaml").read_text(encoding="utf-8"))
    parameters = config | {"context": CONTEXT}
    return {
        "name": name,
        "path": "modules/sagemaker/sagemaker-pipeline",
        "targetAccount": "training",
        "parameters": [{"name": key, "value": value} for key, value in parameters.items()],
    }


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report of a rehearsal of both."""
    directory = tmp_path_factory.mktemp("seed-configs")
    copy(ROOT, directory / "project")
    manifest = yaml.safe_load((ROOT / "manifests" / "sagemaker-pipeline" / "deployment.yaml").read_text())
    manifest["groups"] = [{"name": "seeds", "modules": [module("minimal"), module("comprehensive")]}]
    path = directory / "project" / "deployment.yaml"
    path.write_text(yaml.safe_dump(manifest), encoding="utf-8")
    data = (SHARED / "data" / "abalone.csv").read_text(encoding="utf-8")
    files = {"scripts/preprocessing.py": PREPROCESS, "scripts/evaluate.py": EVALUATE, "dataset/data.csv": data}
    for name, text in files.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(text, encoding="utf-8")
    return whole_rehearsal(
        directory, path,
        f"--upload={directory / 'scripts'}=s3://test-bucket/scripts",
        f"--upload={directory / 'dataset'}=s3://test-bucket/dataset",
        "--image", f"{REGISTRY}/preprocess=xgboost:1.7-1", "--image", f"{REGISTRY}/train=xgboost:1.7-1",
        "--entrypoint", f"PreprocessData={shlex.join(['sh', '-c', 'echo 1 > /opt/ml/processing/output/rows.csv'])}",
    )[1]  # fmt: skip


def test_both_run_to_their_end(report: dict[str, Any]) -> None:
    results = {each["module"]: each for each in report["pipelines"]}
    assert [step["name"] for step in results["minimal"]["steps"]] == ["PreprocessData"]
    assert {step["status"] for each in results.values() for step in each["steps"]} == {"Succeeded"}
    steps = [step["name"] for step in results["comprehensive"]["steps"]]
    assert steps == ["PreprocessData", "TrainModel", "EvaluateModel", "CheckMSE", "RegisterModel"]
    assert results["comprehensive"]["version"] == 1
    assert results["comprehensive"]["approval_status"] == "PendingManualApproval"
