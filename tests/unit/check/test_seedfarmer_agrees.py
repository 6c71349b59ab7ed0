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


@pytest.mark.programs
def test_values_by_reference_are_handed_on_as_names() -> None:
    """`secretsManager` and `parameterStore` reach CodeBuild, and a modulestack.yaml, as the name that stands there."""
    from seedfarmer.commands._parameter_commands import load_parameter_values
    from seedfarmer.models.manifests import DeploymentManifest, ModuleParameter
    from seedfarmer.types.parameter_types import EnvVar, EnvVarType

    manifest = DeploymentManifest(name="local", toolchain_region="us-east-1", groups=[])
    given = [
        ModuleParameter.model_validate({"name": "deployment-groups", "valueFrom": {"secretsManager": "groups"}}),
        ModuleParameter.model_validate({"name": "organization-id", "valueFrom": {"parameterStore": "/mlops/org"}}),
    ]
    found = load_parameter_values("local", given, manifest, "123456789010", "us-east-1")
    assert [each.value for each in found] == [
        EnvVar("groups", EnvVarType.SECRETS_MANAGER),
        EnvVar("/mlops/org", EnvVarType.PARAMETER_STORE),
    ]


@pytest.mark.programs
def test_a_parameter_value_that_is_not_there_ends_the_apply() -> None:
    from seedfarmer.commands._parameter_commands import load_parameter_values
    from seedfarmer.errors import InvalidManifestError
    from seedfarmer.models.manifests import DeploymentManifest, ModuleParameter

    mapping = {
        "alias": "tooling",
        "accountId": "123456789010",
        "default": True,
        "parametersGlobal": {"orgId": "o-a1b2c3d4e5", "zone": "global"},
        "regionMappings": [{"region": "us-east-1", "default": True, "parametersRegional": {"zone": "regional"}}],
    }
    manifest = DeploymentManifest.model_validate(
        {"name": "local", "toolchainRegion": "us-east-1", "groups": [], "targetAccountMappings": [mapping]}
    )

    def value(name: str) -> object:
        given = ModuleParameter.model_validate({"name": "x", "valueFrom": {"parameterValue": name}})
        return load_parameter_values("local", [given], manifest, "123456789010", "us-east-1")[0].value

    assert (value("orgId"), value("zone")) == ("o-a1b2c3d4e5", "regional")
    with pytest.raises(InvalidManifestError):
        value("orgIdd")
