"""The definitions that pipelines compile to, as files.

After a change that is meant: `UPDATE_GOLDEN=1 pytest tests/golden`, and read the difference.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from model_cicd.pipeline.checks import parse_config
from model_cicd.pipeline.compile import compile_pipeline
from model_cicd.pipeline.document import NetworkConfig
from model_cicd.pipeline.environment import PipelineEnvironment
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.pipeline.steps.registry import TYPES
from model_cicd.pipeline.walk import find
from model_cicd.text.source import load

REPOSITORY = Path(__file__).parents[2]
SHARED = REPOSITORY.parent / "shared"
CASES_DIRECTORY = Path(__file__).parent / "cases"
CONTEXT = PipelineEnvironment(
    pipeline_name="group-pipeline",
    region="us-east-1",
    role_arn="arn:aws:iam::111122223333:role/training",
    bucket="registry",
    kms_key="arn:aws:kms:us-east-1:111122223333:key/k",
    model_package_group_name="group-models",
)


# the context's, and those that settings.yaml names
KEYS = (CONTEXT.kms_key, "alias/outputs", "arn:aws:kms:us-east-1:111122223333:key/own")


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
                "file:suites.json": "s3://registry/data/0/suites.json",
                "file:data/no-data-set-before.json": "s3://registry/data/0/no-data-set-before.json",
                "file:data/no-version-serves.txt": "s3://registry/data/0/no-version-serves.txt",
                "file:scripts/validate_data.py": "s3://registry/code/0/validate_data.py",
                "file:scripts/preprocess.py": "s3://registry/code/0/preprocess.py",
                "file:scripts/evaluate.py": "s3://registry/code/0/evaluate.py",
            },
            "network": NetworkConfig.model_construct(
                enable_network_isolation=True, encrypt_inter_container_traffic=True
            ),
        },
    ),
    Case("types", CASES_DIRECTORY / "types.yaml"),
    Case("settings", CASES_DIRECTORY / "settings.yaml", placeholders={"environment": "dev"}),
    Case(
        "source-code",
        CASES_DIRECTORY / "source-code.yaml",
        context={"files": {"file:processing": "s3://registry/code/0/sourcedir.tar.gz"}},
    ),
    Case("expressions", CASES_DIRECTORY / "expressions.yaml"),
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


def config_of(case: Case) -> PipelineConfig:
    if not case.path.exists():
        pytest.skip(f"{case.path.name} is not there")
    # the files that a case names need not exist: its context says where they were uploaded to
    return parse_config(dataclasses.replace(load(case.path), file=case.path.name), case.placeholders)


def compiled(case: Case) -> dict[str, Any]:
    return compile_pipeline(config_of(case), dataclasses.replace(CONTEXT, **case.context))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_definition_is_the_golden_one(case: Case) -> None:
    text = json.dumps(compiled(case), indent=1) + "\n"
    golden = CASES_DIRECTORY / f"{case.name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


# What the service takes and the schema does not have, each with the page that says so; the path leads into the schema.
AMENDMENTS: tuple[tuple[tuple[str, ...], Callable[[Any], None]], ...] = (
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Bias.html
    (
        ("RegisterModelStep", "properties", "Arguments", "properties", "ModelMetrics", "properties", "Bias"),
        lambda bias: bias["properties"].update(
            dict.fromkeys(("PreTrainingReport", "PostTrainingReport"), bias["properties"]["Report"])
        ),
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HyperParameterTuningJobWarmStartConfig.html
    (
        ("TuningStep", "properties", "Arguments", "properties", "WarmStartConfig"),
        lambda warm: warm.pop("required"),
    ),
)


@pytest.fixture(scope="module")
def shape() -> jsonschema.Draft7Validator:
    path = SHARED / "schema" / "pipeline-definition.schema.json"
    if not path.exists():
        pytest.skip("the schema is not there")
    schema = json.loads(path.read_text(encoding="utf-8"))
    for place, amend in AMENDMENTS:
        amend(functools.reduce(lambda part, key: part[key], place, schema["definitions"]))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_definition_has_the_shape_that_the_service_takes(case: Case, shape: jsonschema.Draft7Validator) -> None:
    assert [error.message for error in shape.iter_errors(compiled(case))] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_so_has_one_that_stands_alone(case: Case, shape: jsonschema.Draft7Validator) -> None:
    alone = PipelineEnvironment(
        region="us-east-1", runs="", models="", standalone=True, files=case.context.get("files", {})
    )
    definition = compile_pipeline(config_of(case), alone)
    assert [error.message for error in shape.iter_errors(definition)] == []
    assert "arn:aws:iam::111122223333:role/training" not in json.dumps(definition)


def test_the_cases_have_every_step_type_and_every_key() -> None:
    configs = [config_of(case) for case in CASES]
    assert {kind.name for kind in TYPES} == {step.kind.name for each in configs for step in each.pipeline.steps}
    used: dict[type, set[str]] = {}
    known: dict[type, set[str]] = {}
    for each in configs:
        for _, model in find(each, Model):
            for name in type(model).model_fields:
                # a key that several blocks share is one key
                owner = next(kind for kind in reversed(type(model).__mro__) if name in inspect.get_annotations(kind))
                known.setdefault(owner, set()).add(name)
                if name in model.model_fields_set:
                    used.setdefault(owner, set()).add(name)
    unused = {f"{owner.__name__}.{name}" for owner, names in known.items() for name in names - used.get(owner, set())}
    assert unused == set()


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
            assert outputs["KmsKeyId"] in KEYS
        if "OutputDataConfig" in arguments:
            uri = arguments["OutputDataConfig"]["S3OutputPath"]
            assert execution in uri["Std:Join"]["Values"], step["Name"]
            assert arguments["OutputDataConfig"]["KmsKeyId"] in KEYS
            seen.append(json.dumps(uri))
    assert len(seen) == len(set(seen))


def test_every_golden_file_belongs_to_a_case() -> None:
    assert {path.stem for path in CASES_DIRECTORY.glob("*.json")} == {case.name for case in CASES}
