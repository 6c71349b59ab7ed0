"""Training repositories written with the SageMaker SDK, from push to prod, on a kept rehearsal."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.promotions import Promotions

if TYPE_CHECKING:
    from tests.e2e.by_hand import Kept

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kept")]

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / "manifests" / "local" / "deployment.yaml"
TOOLING, PROD, BRANCH = "123456789010", "prod-deployment-group", "main"
ABALONE = "0.455,0.365,0.095,0.514,0.2245,0.101,0.15,0,0,1"  # of 15 rings, the first of the data
INSTALLED = 300.0  # seconds for a build that downloads the SDK


@pytest.mark.parametrize("seed", ["sdk-v2", "sdk-v3"])
def test_a_repository_with_the_sdk_goes_from_push_to_prod(kept: Kept, tmp_path: Path, seed: str) -> None:
    group = Promotions(kept, PROD, TOOLING, MANIFEST)
    before = {each["version"] for each in group.status()["versions"]}
    clone = kept.clone("model-build-repo", tmp_path / "clone")
    for path in clone.iterdir():
        if path.is_dir() and path.name != ".git":
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()
    shutil.copytree(ROOT / "seedcode" / f"model-build-{seed}", clone, dirs_exist_ok=True)
    commit = kept.push(clone, BRANCH, f"Train with {seed}")
    ended = kept.wait_for(_training(kept), commit, INSTALLED)
    assert ended["status"] == "Succeeded", kept.rehearse("logs").stdout[-3000:]
    (version,) = {each["version"] for each in group.status()["versions"]} - before
    package = group.version(version)
    (container,) = package["InferenceSpecification"]["Containers"]
    assert container["Image"].endswith("sagemaker-xgboost:1.7-1")
    assert "/models/pipelines-" in container["ModelDataUrl"]
    assert package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"].endswith("/evaluation/evaluation.json")
    group.promoted(version)
    (rings,) = group.answer(group.places[-1], ABALONE)
    assert 6 < rings < 18


def _training(kept: Kept) -> str:
    found = kept.client("codepipeline", TOOLING).list_pipelines()["pipelines"]
    return next(str(each["name"]) for each in found if each["name"].endswith("prod-deployment-group-training"))
