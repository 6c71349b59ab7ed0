"""Code of several files with packages of its own: `sourceDir` of Training and Processing steps, run for real."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from model_cicd.pipeline.source_archive import archive

PIPELINE = """projectName: several
pipeline:
  parameters: [{name: Rows, type: Integer, defaultValue: 4}]
  steps:
    - name: Prepare
      type: Processing
      processing:
        imageUri: xgboost:1.7-1
        instanceType: ml.m5.large
        sourceDir: file:processing
        entryPoint: steps/prepare.py
        arguments: [--rows, {parameter: Rows}]
        outputs: [{outputName: train}]
    - name: Train
      type: Training
      training:
        imageUri: xgboost:1.7-1
        instanceType: ml.m5.large
        sourceDir: file:training
        entryPoint: train.py
        hyperparameters: {depth: 3}
        inputChannels: [{channelName: train, stepOutput: Prepare.train}]
"""
PREPARE = """
import argparse, sys
from pathlib import Path
sys.path.insert(0, str(Path.cwd()))
import rows
parser = argparse.ArgumentParser()
parser.add_argument("--rows", type=int)
Path("/opt/ml/processing/train/train.csv").write_text(rows.made(parser.parse_args().rows))
"""
TRAIN = """
import argparse, json, os
from pathlib import Path
import helper
import tiny_package
parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int)
rows = helper.count(Path(os.environ["SM_CHANNEL_TRAIN"], "train.csv"))
found = {"depth": parser.parse_args().depth, "rows": rows, "package": tiny_package.NAME}
Path(os.environ["SM_MODEL_DIR"], "model.json").write_text(json.dumps(found))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with two folders of code, one of which wants a package that it brings along."""
    files = {
        "pipeline.yaml": PIPELINE,
        "processing/steps/prepare.py": PREPARE,
        "processing/rows.py": "def made(count):\n    return '1,2\\n' * count\n",
        "training/train.py": TRAIN,
        "training/helper.py": "def count(path):\n    return len(path.read_text().splitlines())\n",
        "training/requirements.txt": "./tiny\n",
        "training/tiny/pyproject.toml": '[project]\nname = "tiny-package"\nversion = "1"\n',
        "training/tiny/tiny_package.py": 'NAME = "tiny"\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_both_kinds_of_steps_run_their_program_with_its_modules_and_packages(project: Path) -> None:
    command = [str(Path(sys.executable).with_name("rehearse")), "pipeline", "pipeline.yaml", "--store", "store"]
    ended = subprocess.run(
        [*command, "--output", "report.json"], cwd=project, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-2000:]
    report = json.loads((project / "report.json").read_text(encoding="utf-8"))
    assert [each["StepStatus"] for each in report["PipelineExecutionSteps"]] == ["Succeeded"] * 2
    (model,) = (project / "store").rglob("model.tar.gz")
    with tarfile.open(model) as packed:
        content = packed.extractfile("model.json")
        assert content is not None
        assert json.loads(content.read()) == {"depth": 3, "rows": 4, "package": "tiny"}


def test_the_archive_is_the_same_bytes_for_the_same_files(project: Path, tmp_path: Path) -> None:
    first = archive(project / "training")
    (project / "training" / "helper.py").touch()
    (project / "training" / "__pycache__").mkdir()
    (project / "training" / "__pycache__" / "helper.pyc").write_bytes(b"compiled")
    assert archive(project / "training") == first
    (project / "training" / "helper.py").write_text("other")
    assert archive(project / "training") != first
