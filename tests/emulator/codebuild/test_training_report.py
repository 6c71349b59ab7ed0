"""The seed's build, with a runner that writes what a run does: its facts are exported, whether it ended well or not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_cicd.pipeline.report import ModelPackage, RunReport
from model_cicd.pipeline.reports.ending import Ending
from model_cicd.pipeline.reports.option import report_option
from model_cicd.pipeline.reports.publish import publish

from .conftest import Builder

SEED = Path(__file__).parents[3] / "seedcode/model-build/buildspec.yml"


def seed_build(environment_file: str, code: int) -> str:
    """The seed's buildspec; what it installs is a program that writes `environment_file` and ends with `code`."""
    spec: dict[str, Any] = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    script = f"#!/bin/bash\ntouch run.json junit.xml\ncat >run.env <<'END'\n{environment_file}END\nexit {code}\n"
    runner = ".runner/venv/bin/model-cicd"
    commands = [f"mkdir -p {Path(runner).parent}", f"cat >{runner} <<'SCRIPT'\n{script}SCRIPT", f"chmod +x {runner}"]
    spec["phases"]["install"]["commands"] = commands
    return json.dumps(spec)


@pytest.mark.parametrize(("code", "status"), [(0, "SUCCEEDED"), (1, "FAILED")])
def test_a_training_s_facts_are_exported(builder: Builder, tmp_path: Path, code: int, status: str) -> None:
    metrics = {"Evaluate": {'it\'s "$(id)" mse': 7.5}}
    report = RunReport("churn", "arn", "arn:execution", "Succeeded" if not code else "Failed", {}, metrics=metrics)
    report.model_package = ModelPackage("arn:package", "churn", 4, "PendingManualApproval")
    file = tmp_path / "run.env"
    assert (
        publish([report_option(f"env={file}")], Ending(file="p", report=report, message="no" * code), {}, print) == []
    )
    build = builder.run(seed_build(file.read_text(), code))
    assert build["buildStatus"] == status, builder.log(build)
    found = {each["name"]: each["value"] for each in build["exportedEnvironmentVariables"]}
    assert found["TRAINING_STATUS"] == report.status
    assert found["TRAINING_MODEL_PACKAGE_VERSION"] == "4"
    assert json.loads(found["TRAINING_METRICS"]) == metrics


def test_a_build_that_ends_before_its_run_exports_nothing(builder: Builder) -> None:
    spec = json.loads(seed_build("", 0))
    spec["phases"]["build"]["commands"] = ["false"]
    build = builder.run(json.dumps(spec))
    assert build["buildStatus"] == "FAILED"
    assert not any(each["value"] for each in build["exportedEnvironmentVariables"])
