"""The definitions that pipelines compile to, as files.

After a change that is meant: `UPDATE_GOLDEN=1 pytest tests/golden`, and read the difference.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from model_cicd.pipeline.checks import parse_config
from model_cicd.pipeline.compile import CompileContext, compile_pipeline
from model_cicd.pipeline.schema import NetworkConfig
from model_cicd.source import load

REPOSITORY = Path(__file__).parents[2]
SHARED = REPOSITORY.parent / "shared"
CASES_DIRECTORY = Path(__file__).parent / "cases"
CONTEXT = CompileContext(
    pipeline_name="group-pipeline",
    region="us-east-1",
    role_arn="arn:aws:iam::111122223333:role/training",
    bucket="registry",
    kms_key="arn:aws:kms:us-east-1:111122223333:key/k",
    model_package_group_name="group-models",
)


@dataclass(frozen=True)
class Case:
    """A pipeline YAML and what it is compiled with; the expected definition is cases/<name>.json."""

    name: str
    path: Path
    placeholders: dict[str, str] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)


CASES = [
    Case("example-minimal", SHARED / "examples" / "sagemaker-pipeline-minimal.yaml"),
    Case(
        "example-comprehensive",
        SHARED / "examples" / "sagemaker-pipeline-comprehensive.yaml",
        placeholders={
            "partition": "aws",
            "region": "us-east-1",
            "account": "111122223333",
            "context:account-2": "222233334444",
            "context:account-3": "333344445555",
        },
    ),
    Case(
        "seedcode",
        REPOSITORY / "seedcode" / "model-build" / "pipeline.yaml",
        context={
            "files": {
                "file:data/diabetes.csv": "s3://registry/data/0/diabetes.csv",
                "file:scripts/validate_data.py": "s3://registry/code/0/validate_data.py",
                "file:scripts/preprocess.py": "s3://registry/code/0/preprocess.py",
                "file:scripts/evaluate.py": "s3://registry/code/0/evaluate.py",
            },
            "network": NetworkConfig.model_construct(
                enable_network_isolation=True, encrypt_inter_container_traffic=True
            ),
        },
    ),
    Case(
        "knobs",
        CASES_DIRECTORY / "knobs.yaml",
        placeholders={"region": "us-east-1", "org": "acme"},
        context={
            "files": {
                "file:data/set.csv": "s3://registry/data/0/set.csv",
                "file:scripts/prepare.py": "s3://registry/code/0/prepare.py",
            }
        },
    ),
]


def compiled(case: Case) -> dict[str, Any]:
    if not case.path.exists():
        pytest.skip(f"{case.path.name} is not there")
    # the files that a case names need not exist: its context says where they were uploaded to
    document = dataclasses.replace(load(case.path), file=case.path.name)
    return compile_pipeline(parse_config(document, case.placeholders), dataclasses.replace(CONTEXT, **case.context))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_definition_is_the_golden_one(case: Case) -> None:
    text = json.dumps(compiled(case), indent=1) + "\n"
    golden = CASES_DIRECTORY / f"{case.name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_definition_has_the_shape_that_the_service_takes(case: Case) -> None:
    path = SHARED / "schema" / "pipeline-definition.schema.json"
    if not path.exists():
        pytest.skip("the schema is not there")
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    errors = [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(compiled(case))]
    assert errors == []


def steps_of(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    pending = list(definition["Steps"])
    while pending:
        step = pending.pop(0)
        yield step
        pending += step["Arguments"].get("IfSteps", []) + step["Arguments"].get("ElseSteps", [])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_execution_writes_to_its_own_place_and_encrypted(case: Case) -> None:
    execution = {"Get": "Execution.PipelineExecutionId"}
    seen = []
    for step in steps_of(compiled(case)):
        arguments = step["Arguments"]
        outputs = arguments.get("ProcessingOutputConfig", {})
        for output in outputs.get("Outputs", []):
            uri = output["S3Output"]["S3Uri"]
            assert execution in uri["Std:Join"]["Values"], step["Name"]
            seen.append(json.dumps(uri))
        if outputs:
            assert outputs["KmsKeyId"] == CONTEXT.kms_key
        if "OutputDataConfig" in arguments:
            uri = arguments["OutputDataConfig"]["S3OutputPath"]
            assert execution in uri["Std:Join"]["Values"], step["Name"]
            assert arguments["OutputDataConfig"]["KmsKeyId"] == CONTEXT.kms_key
            seen.append(json.dumps(uri))
    assert len(seen) == len(set(seen))


def test_every_golden_file_belongs_to_a_case() -> None:
    assert {path.stem for path in CASES_DIRECTORY.glob("*.json")} == {case.name for case in CASES}
