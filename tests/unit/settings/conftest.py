from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

_GROUP = {
    "name": "prod-group",
    "sourceBranch": "main",
    "buildEnvironment": {"name": "train", "account": "123456789015", "region": "us-east-1", "type": "preprod"},
    "deployEnvironments": [
        {"name": "approval", "account": "123456789016", "type": "preprod"},
        {"name": "live", "account": "123456789017", "type": "prod"},
    ],
}
_PARAMETERS: dict[str, Any] = {
    "infra-repo": {"host": "codecommit", "name": "infra"},
    "model-build-repo": {"host": "codecommit", "name": "training"},
    "deployment-groups": [_GROUP],
}


@pytest.fixture
def parameters() -> dict[str, Any]:
    """Good parameters of the module, to be changed by a test."""
    return copy.deepcopy(_PARAMETERS)


@pytest.fixture
def environment() -> Callable[[dict[str, Any]], dict[str, str]]:
    """The environment Seed-Farmer makes of parameters."""

    def make(parameters: dict[str, Any]) -> dict[str, str]:
        env = {
            "SEEDFARMER_PROJECT_NAME": "mlops",
            "SEEDFARMER_DEPLOYMENT_NAME": "local",
            "SEEDFARMER_MODULE_NAME": "models-price",
            "SEEDFARMER_HASH": "abcdef12",
            "CDK_DEFAULT_ACCOUNT": "123456789010",
            "CDK_DEFAULT_REGION": "us-east-1",
        }
        for name, value in parameters.items():
            variable = f"SEEDFARMER_PARAMETER_{name.replace('-', '_').upper()}"
            env[variable] = value if isinstance(value, str) else json.dumps(value)
        return env

    return make
