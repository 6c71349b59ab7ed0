from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_cicd.sagemaker_pipeline.environment import read_environment
from model_cicd.sagemaker_pipeline.read import PipelineModule
from model_cicd.settings.seedfarmer import variable
from model_cicd.text.errors import ProblemsError

CONTEXT = {
    "SEEDFARMER_PROJECT_NAME": "mlops",
    "SEEDFARMER_DEPLOYMENT_NAME": "local",
    "SEEDFARMER_MODULE_NAME": "models-price",
    "CDK_DEFAULT_ACCOUNT": "111111111111",
    "CDK_DEFAULT_REGION": "us-east-1",
}
PARAMETERS: dict[str, Any] = {
    "projectName": "price",
    "modelPackageGroupName": "prices",
    "pipeline": {
        "steps": [
            {
                "name": "Prepare",
                "type": "Processing",
                "processing": {
                    "imageUri": "xgboost:1.7-1",
                    "instanceType": "ml.m5.xlarge",
                    "scriptS3Uri": "file:scripts/prepare.py",
                    "outputs": [{"outputName": "train"}],
                },
            }
        ]
    },
}
Read = Callable[..., PipelineModule]
Refused = Callable[..., list[str]]


def environment(parameters: dict[str, Any]) -> dict[str, str]:
    values = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
    return CONTEXT | {variable(name): value for name, value in values.items()}


@pytest.fixture
def parameters() -> dict[str, Any]:
    """Good parameters, to be changed by a test."""
    return copy.deepcopy(PARAMETERS)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """The module's directory in Seed-Farmer's bundle, with the script."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "prepare.py").write_text("print('ready')\n")
    return tmp_path


@pytest.fixture
def read(bundle: Path) -> Read:
    """What the module makes of parameters."""

    def of(parameters: dict[str, Any]) -> PipelineModule:
        return read_environment(environment(parameters), bundle)[0]

    return of


@pytest.fixture
def refused(read: Read) -> Refused:
    """The problems of parameters, one a line."""

    def of(parameters: dict[str, Any]) -> list[str]:
        with pytest.raises(ProblemsError) as error:
            read(parameters)
        return str(error.value).splitlines()

    return of
