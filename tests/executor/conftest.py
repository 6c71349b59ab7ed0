"""The command as a subprocess, and definitions of small steps."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[1] / "data" / "sdk"
COMMAND = [str(Path(sys.executable).with_name("rehearse")), "pipeline"]
ROOT = "/opt/ml/processing"
SCRIPTS: dict[str, str] = {}  # what the steps of this process run, by the part of their URI


@dataclass(frozen=True)
class Ran:
    """How a run ended, and what its output file says."""

    code: int
    out: str
    err: str
    report: dict[str, Any]

    @property
    def steps(self) -> dict[str, dict[str, Any]]:
        return {row["StepName"]: row for row in self.report["PipelineExecutionSteps"]}

    @property
    def statuses(self) -> dict[str, str]:
        return {name: row["StepStatus"] for name, row in self.steps.items()}

    def output(self, step: str, name: str) -> Path:
        rows = self.report["Outputs"]
        return Path(next(row["Path"] for row in rows if (row["StepName"], row["OutputName"]) == (step, name)))


class Bench:
    """A directory of its own, a store in it, and ways to write and run definitions."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.store = directory / "store"

    def write(self, name: str, content: str) -> Path:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return path

    def define(self, *steps: dict[str, Any], parameters: Any = (), name: str = "definition.json") -> Path:
        for number, script in SCRIPTS.items():
            self.write(f"code/{number}/script.py", script)
        document = {"Version": "2020-12-01", "Parameters": list(parameters), "Steps": list(steps)}
        return self.write(name, json.dumps(document))

    def command(self, file: Path, *options: str, store: bool = True) -> list[str]:
        output = self.directory / "output.json"
        output.unlink(missing_ok=True)
        kept = ["--store", str(self.store)] if store else []
        code = ["--upload", "code=s3://bench-code"] if (self.directory / "code").exists() else []
        return [*COMMAND, str(file), "--output", str(output), *kept, *code, *options]

    def run(self, file: Path, *options: str, store: bool = True) -> Ran:
        command = self.command(file, *options, store=store)
        done = subprocess.run(command, cwd=self.directory, capture_output=True, text=True, timeout=120, check=False)
        return self.ended(done.returncode, done.stdout, done.stderr)

    def ended(self, code: int, out: str, err: str) -> Ran:
        assert "Traceback" not in err
        output = self.directory / "output.json"
        return Ran(code, out, err, json.loads(output.read_text()) if output.exists() else {})


def get(text: str) -> dict[str, str]:
    return {"Get": text}


def processing(name: str, script: str, *, inputs: Any = (), outputs: Any = (), **more: Any) -> dict[str, Any]:
    """A step that runs a Python script; inputs are name -> URI, outputs names."""
    number = f"{zlib.crc32(script.encode()):08x}"
    SCRIPTS[number] = script
    code = {"code": f"s3://bench-code/{number}/script.py"}
    entry = {"ImageUri": "own/image:1", "ContainerEntrypoint": ["python3", f"{ROOT}/code/script.py"]}
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "AppSpecification": entry,
            "ProcessingInputs": [
                {
                    "InputName": key,
                    "S3Input": {
                        "S3Uri": uri,
                        "LocalPath": f"{ROOT}/{key}",
                        "S3DataType": "S3Prefix",
                        "S3InputMode": "File",
                    },
                }
                for key, uri in (code | dict(inputs)).items()
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": key,
                        "S3Output": {
                            "S3Uri": f"s3://bench/{name}/{key}",
                            "LocalPath": f"{ROOT}/{key}",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                    for key in outputs
                ]
            },
            "ProcessingResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 30}
            },
        },
        **more,
    }


def write(output: str, file: str, content: str) -> str:
    """A script that writes a file of an output."""
    return f"open('{ROOT}/{output}/{file}', 'w').write('''{content}''')"


def uri(step: str, output: str) -> dict[str, str]:
    return get(f"Steps.{step}.ProcessingOutputConfig.Outputs['{output}'].S3Output.S3Uri")


def fail(name: str, message: Any, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}, **more}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """One store for the tests of a module that do not disturb each other."""
    return Bench(tmp_path_factory.mktemp("bench"))
