"""Three modules of one deployment with other training repositories: those of the SDK's two versions, and own images."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from rehearsal.job.project import copy
from tests.e2e.by_hand import ROOT, Kept, kept_rehearsal

MODULE = "modules/sagemaker/sagemaker-model-cicd"
SDK = {"sdk-v2": "11112222", "sdk-v3": "33334444"}
OWN_IMAGE = {"own-image": "55556666"}
ACCOUNTS = SDK | OWN_IMAGE
"""How the two accounts of each begin."""


def _module(seed: str, accounts: str, **of_group: object) -> dict[str, Any]:
    """A module with a repository of its own, and one group that builds in one account and serves in another too."""
    group: dict[str, Any] = {
        "name": "own",
        "sourceBranch": "main",
        "buildEnvironment": {"name": "train", "account": f"{accounts}0001", "region": "us-east-1", "type": "preprod"},
        "deployEnvironments": [{"name": "live", "account": f"{accounts}0002", "type": "prod"}],
        **of_group,
    }
    parameters: Mapping[str, Any] = {
        "model-build-repo": {
            "host": "codecommit",
            "name": f"models-{seed}",
            "seed": f"./{seed}" if seed in OWN_IMAGE else seed,
        },
        "deployment-groups": [group],
    }
    return {
        "name": seed,
        "path": MODULE,
        "targetAccount": "tooling",
        "parameters": [{"name": name, "value": value} for name, value in parameters.items()],
    }


@contextmanager
def rehearsed(directory: Path) -> Iterator[Kept]:
    """The rehearsal of all, kept up after it passed, on an AWS where changes act late and events come twice."""
    project = directory / "project"
    copy(ROOT, project)
    seed, model_build = project / MODULE / "own-image", ROOT / "seedcode" / "model-build"
    shutil.copytree(Path(__file__).with_name("own_image"), seed)
    (seed / "data").mkdir()
    shutil.copy2(model_build / "data" / "diabetes.csv", seed / "data")
    shutil.copy2(model_build / "buildspec.yml", seed)
    path = project / "manifests" / "local" / "deployment.yaml"
    manifest = yaml.safe_load(path.read_text(encoding="utf-8"))
    images = [{"name": "model", "path": "images/model"}]
    modules = [_module(*each) for each in SDK.items()]
    modules += [_module(*each, images=images) for each in OWN_IMAGE.items()]
    manifest["groups"] = [{"name": "models", "modules": modules}]
    path.write_text(yaml.safe_dump(manifest), encoding="utf-8")
    with kept_rehearsal(directory, str(path), "--latency", "aws") as running:
        yield running
