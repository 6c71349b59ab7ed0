"""What this check believes about Seed-Farmer, held against Seed-Farmer itself."""

from __future__ import annotations

import pytest

from model_cicd.check import manifests
from model_cicd.check.parameters import kebab
from model_cicd.settings.seedfarmer import PREFIX, variable

pytest.importorskip("seedfarmer", reason="Seed-Farmer is a tool of the tests")

PAIRS = {
    "Deployment": "DeploymentManifest",
    "Group": "ModulesManifest",
    "Module": "ModuleManifest",
    "Parameter": "ModuleParameter",
    "DataFile": "DataFile",
    "RegionMapping": "RegionMapping",
    "TargetAccount": "TargetAccountMapping",
    "NetworkMapping": "NetworkMapping",
    "NameGenerator": "NameGenerator",
}


@pytest.mark.parametrize(("ours", "theirs"), PAIRS.items())
def test_keys(ours: str, theirs: str) -> None:
    import seedfarmer.models.manifests as seedfarmer_manifests

    own = {field.alias or name: field for name, field in getattr(manifests, ours).model_fields.items()}
    other = {field.alias or name: field for name, field in getattr(seedfarmer_manifests, theirs).model_fields.items()}
    assert set(own) == set(other)
    assert {key for key in own if own[key].is_required()} == {key for key in other if other[key].is_required()}


@pytest.mark.parametrize(
    "name",
    ["infra-repo", "infraRepo", "InfraRepo", "infra_repo", "INFRA_REPO", "s3-access-logs-bucket-arn", "custom-tags"],
)
def test_variables_of_parameters(name: str) -> None:
    from seedfarmer.utils import upper_snake_case

    assert variable(kebab(name)) == PREFIX + upper_snake_case(name)
