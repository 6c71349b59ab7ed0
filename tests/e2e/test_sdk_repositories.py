"""Repositories with the SageMaker SDK from push to prod, on an AWS where changes act late and events come twice.

Two modules of one deployment, one for each version of the SDK, whose groups have the same name.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from rehearsal.job.project import copy
from tests.e2e.by_hand import ROOT, whole_rehearsal

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("sdk-repositories")]

SEEDS = {"sdk-v2": "11112222", "sdk-v3": "33334444"}  # and how the accounts of each begin


def module(seed: str, accounts: str) -> dict[str, Any]:
    """A module with a repository of its own, and one group that builds in one account and serves in another too."""
    group = {
        "name": "own",
        "sourceBranch": "main",
        "buildEnvironment": {"name": "train", "account": f"{accounts}0001", "region": "us-east-1", "type": "preprod"},
        "deployEnvironments": [{"name": "live", "account": f"{accounts}0002", "type": "prod"}],
    }
    parameters = {
        "model-build-repo": {"host": "codecommit", "name": f"models-{seed}", "seed": seed},
        "deployment-groups": [group],
    }
    return {
        "name": seed,
        "path": "modules/sagemaker/sagemaker-model-cicd",
        "targetAccount": "tooling",
        "parameters": [{"name": name, "value": value} for name, value in parameters.items()],
    }


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report of a rehearsal of both."""
    directory = tmp_path_factory.mktemp("sdk-repositories")
    copy(ROOT, directory / "project")
    path = directory / "project" / "manifests" / "local" / "deployment.yaml"
    manifest = yaml.safe_load(path.read_text(encoding="utf-8"))
    manifest["groups"] = [{"name": "models", "modules": [module(*each) for each in SEEDS.items()]}]
    path.write_text(yaml.safe_dump(manifest), encoding="utf-8")
    return whole_rehearsal(directory, path, "--latency", "aws")[1]


def test_each_goes_from_push_to_prod(report: dict[str, Any]) -> None:
    assert [each["module"] for each in report["groups"]] == list(SEEDS)
    for each in report["groups"]:
        assert each["pipeline_status"] == "Succeeded"
        assert [step["status"] for step in each["steps"]] == ["Succeeded"] * 5
        assert [place["version"] for place in each["environments"]] == [each["version"]] * 2
        assert 0 < each["value"] <= each["threshold"]


def test_what_is_denied_is_what_the_sdk_does_without(report: dict[str, Any]) -> None:
    actions = {each["action"] for each in report["iam"]["denied"]}
    assert actions == {"s3:ListAllMyBuckets", "iam:SimulatePrincipalPolicy"}
