"""A repository with an image of its own and a model of scikit-learn, from push to prod in one rehearsal."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.job.project import copy
from tests.e2e.by_hand import BIN, ROOT, plain_environment

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("own-image")]

BUILD, PROD = "123456789015", "123456789017"
HERE = Path(__file__).with_name("own_image")
MODULE = "modules/sagemaker/sagemaker-model-cicd"


def manifest() -> dict[str, Any]:
    """One group that trains and serves in a build account, then serves in prod."""
    deployment: dict[str, Any] = yaml.safe_load((ROOT / "manifests" / "local" / "deployment.yaml").read_text())
    module = yaml.safe_load((ROOT / "manifests" / "local" / "models-modules.yaml").read_text())
    for parameter in module["parameters"]:
        if parameter["name"] == "model-build-repo":
            parameter["value"]["seed"] = "./own-image"
        if parameter["name"] == "deployment-groups":
            parameter["value"] = [
                {
                    "name": "own",
                    "sourceBranch": "main",
                    "images": [{"name": "model", "path": "images/model"}],
                    "buildEnvironment": {
                        "name": "train", "account": BUILD, "region": "us-east-1", "type": "preprod",
                    },
                    "deployEnvironments": [{"name": "shop", "account": PROD, "type": "prod"}],
                }
            ]  # fmt: skip
    deployment["groups"] = [{"name": "models", "modules": [module]}]
    return deployment


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """The report of the rehearsal, and what it printed."""
    directory = tmp_path_factory.mktemp("own-image")
    project = directory / "project"
    copy(ROOT, project)
    seed = project / MODULE / "own-image"
    shutil.copytree(HERE, seed)
    (seed / "data").mkdir()
    shutil.copy2(ROOT / "seedcode" / "model-build" / "data" / "diabetes.csv", seed / "data")
    shutil.copy2(ROOT / "seedcode" / "model-build" / "buildspec.yml", seed)
    path = project / "deployment.yaml"
    path.write_text(yaml.safe_dump(manifest()), encoding="utf-8")
    ended = subprocess.run(
        [BIN / "rehearse", path, "--report", "report.json"],
        cwd=directory, env=plain_environment(directory), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-3000:]
    return json.loads((directory / "report.json").read_text(encoding="utf-8")), ended.stdout


def test_what_is_registered_and_serves_is_the_images_digest(rehearsed: tuple[dict[str, Any], str]) -> None:
    report, printed = rehearsed
    assert report["passed"] is True
    (group,) = report["groups"]
    assert group["pipeline_status"] == "Succeeded"
    assert [step["name"] for step in group["steps"]] == ["TrainModel", "EvaluateModel", "CheckMSE", "RegisterModel"]
    image = re.search(rf"{BUILD}\.dkr\.ecr\.us-east-1\.amazonaws\.com/\S+/model@sha256:[0-9a-f]{{64}}", printed)
    assert image, printed[-3000:]
