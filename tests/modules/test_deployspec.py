"""What Seed-Farmer runs, and that what it installs is pinned."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml


def test_seedfarmer_reads_it(root: Path) -> None:
    models = pytest.importorskip("seedfarmer.models._deploy_spec")
    spec = models.DeploySpec(**yaml.safe_load((root / "deployspec.yaml").read_text()))
    assert spec.publish_generic_env_variables is True
    build, destroy = spec.deploy.phases.build.commands, spec.destroy.phases.build.commands
    assert [command for command in build if " deploy " in command] == [
        "npx cdk deploy --all --app cdk.out --require-approval never --concurrency 4 --outputs-file cdk-exports.json"
    ]
    # endpoint stacks are made by promotions: the CDK does not know them
    assert destroy == ["python -m model_cicd.promotion.teardown", "npx cdk destroy --all --force"]
    # nothing is changed before access is known to be as expected
    assert build[:2] == ["npx cdk synth --quiet", "python -m model_cicd.cli access --app cdk.out --check"]
    assert build.index("python -m model_cicd.promotion.teardown --failed") < build.index("python -m model_cicd.adopt")


def test_versions_are_exact(root: Path) -> None:
    lines = [line for line in (root / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert {line.split("==")[0] for line in lines} == {
        "aws-cdk-lib",
        "boto3",
        "cdk-nag",
        "constructs",
        "pydantic",
        "pyyaml",
    }
    assert all(re.fullmatch(r"[\w-]+==[\d.]+", line) for line in lines)
    package = json.loads((root / "package.json").read_text())
    assert re.fullmatch(r"2\.[\d.]+", package["devDependencies"]["aws-cdk"])


def test_the_synthesis_of_the_tests_uses_the_modules_versions(root: Path) -> None:
    from importlib.metadata import version

    lines = [line for line in (root / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert {line: version(line.split("==")[0]) for line in lines} == {line: line.split("==")[1] for line in lines}
