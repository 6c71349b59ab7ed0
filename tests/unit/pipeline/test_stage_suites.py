"""Versions are registered with the digest of the suites of their commit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from model_cicd.pipeline import stage_suites
from model_cicd.text.errors import ModelCicdError


def asset(directory: Path) -> Any:
    (directory / "tests/stage").mkdir(parents=True, exist_ok=True)
    (directory / "tests/stage/golden.yaml").write_text("rows: [{body: '1,2', expected: 3}]\n")
    return stage_suites.suites(directory, "registry")


def test_every_registration_has_the_digest_also_behind_a_condition(tmp_path: Path) -> None:
    made = asset(tmp_path)
    register: dict[str, Any] = {"Name": "Register", "Type": "RegisterModel", "Arguments": {}}
    condition = {"Name": "Gate", "Type": "Condition", "Arguments": {"IfSteps": [register], "ElseSteps": []}}
    stage_suites.marked({"Steps": [condition]}, made)
    digest = register["Arguments"]["CustomerMetadataProperties"]["StageTests"]
    assert made.uri == f"s3://registry/code/stage-tests/{digest.removeprefix('sha256:')}.json"


def test_a_version_with_fifty_entries_has_no_place_for_it(tmp_path: Path) -> None:
    properties = {f"key{number}": "value" for number in range(50)}
    register = {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {"CustomerMetadataProperties": properties},
    }
    with pytest.raises(ModelCicdError, match="Register: customerMetadata has 50 entries, expected at most 49"):
        stage_suites.marked({"Steps": [register]}, asset(tmp_path))


def test_a_repository_without_suites_publishes_none(tmp_path: Path) -> None:
    assert stage_suites.suites(tmp_path, "registry") is None
