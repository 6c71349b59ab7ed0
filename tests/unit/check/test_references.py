"""`valueFrom` is followed as far as files go."""

from __future__ import annotations

import pytest

from .conftest import Project

DEPLOYMENT = "manifests/deployment.yaml"
MODELS = "manifests/models.yaml"
GLOBALS = "    parametersGlobal: {orgId: o-a1b2c3d4e5, team: ml}\n    regionMappings:"


@pytest.fixture
def shared(project: Project) -> Project:
    """A project whose tooling account has parameters that modules may name."""
    project.change(DEPLOYMENT, "    regionMappings:", GLOBALS)
    project.change(
        DEPLOYMENT, "        default: true\n", "        default: true\n        parametersRegional: {zone: a}\n"
    )
    assert project.check(DEPLOYMENT) == []
    return project


def add(project: Project, name: str, reference: str, more: str = "") -> list[str]:
    """What is said of the parameter with this `valueFrom`."""
    project.append(MODELS, f"  - name: {name}\n    valueFrom: {{{reference}}}\n{more}")
    return [each.partition("valueFrom.")[2] or each for each in project.check(DEPLOYMENT)]


def test_a_parameter_value_that_is_not_there(shared: Project) -> None:
    assert add(shared, "organization-id", "parameterValue: orgIdd") == [
        "parameterValue: got 'orgIdd', expected a name in parametersGlobal or parametersRegional of the module's "
        "target account and region: orgId, team, zone (did you mean 'orgId'?)"
    ]


def test_a_parameter_value_that_is_there_is_checked_like_any_other(shared: Project) -> None:
    assert add(shared, "organization-id", "parameterValue: orgId") == []
    [problem] = add(shared, "custom-tags", "parameterValue: team")
    assert "custom-tags: got 'ml', expected a mapping" in problem


def test_a_wrong_value_by_reference_is_found(shared: Project) -> None:
    [problem] = add(shared, "organization-id", "parameterValue: zone")
    assert "organization-id: got 'a', expected an organization id" in problem


@pytest.mark.parametrize(
    ("reference", "wrong"),
    [
        ("parameterStore: /mlops/boundary", None),
        ("parameterStore: mlops-boundary", None),
        ("parameterStore: /teams/boundary", "expected a name that begins with the project's, '/mlops/...'"),
        ("parameterStore: '/mlops/boundary:3'", "Seed-Farmer takes neither ARNs nor versions"),
        (
            "secretsManager: boundary",
            "got the secret 'boundary', which the builds' role may not read; expected its ARN",
        ),
        (
            "secretsManager: 'arn:aws:secretsmanager:us-east-1:123456789010:secret:boundary-AbCdEf'",
            "expected the secret's name: Seed-Farmer makes an ARN of it",
        ),
        ("envVariable: BOUNDARY", None),
    ],
)
def test_what_the_builds_role_may_read(project: Project, reference: str, wrong: str | None) -> None:
    found = add(project, "permissions-boundary-name", reference)
    assert len(found) == (wrong is not None), found
    assert wrong is None or wrong in found[0]


def test_a_secret_that_the_modules_role_is_given(project: Project) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789010:secret:groups-AbCdEf"
    groups = (project.folder / MODELS).read_text().partition("  - name: deployment-groups\n")[0]
    project.write(MODELS, groups)
    more = f"  - name: secret-arns\n    value: ['{arn}']\n"
    assert add(project, "deployment-groups", "secretsManager: groups", more) == []
    project.change(MODELS, "secretsManager: groups", "secretsManager: group")
    assert "got the secret 'group', which the builds' role may not read" in project.check(DEPLOYMENT)[0]


@pytest.mark.parametrize(
    ("name", "reference", "wrong"),
    [
        (
            "organization-id",
            "parameterStore: /mlops/org",
            "would hand the name '/mlops/org' to the module's modulestack",
        ),
        ("organization-id", "envVariable: ORG", None),
        ("build-account-ids", "envVariable: ACCOUNTS", "modulestack.yaml takes a list with commas"),
        ("deploy-account-ids", "secretsManager: accounts", "would hand the name 'accounts'"),
    ],
)
def test_what_the_modulestack_would_get(project: Project, name: str, reference: str, wrong: str | None) -> None:
    found = add(project, name, reference)
    assert (wrong is None) == (found == [])
    assert wrong is None or any(wrong in each for each in found)


@pytest.mark.parametrize(
    ("group", "key", "wrong"),
    [
        ("first", "InfraPipelineName", None),
        ("first", "SeedFarmerDeployed", None),
        ("first", "InfraPipelineNam", "got the key 'InfraPipelineNam', expected one of ModelBuildRepositoryName"),
        ("models", "InfraPipelineName", "got 'models-price' of the same group"),
        ("last", "InfraPipelineName", "got 'last-price', which is deployed later"),
    ],
)
def test_metadata_of_other_modules(project: Project, group: str, key: str, wrong: str | None) -> None:
    other = (
        (project.folder / MODELS)
        .read_text()
        .replace("name: infra\n", "name: infra-2\n")
        .replace("name: training", "name: training-2")
    )
    for name in ("first", "last"):
        project.write(f"manifests/{name}.yaml", other.replace("infra-2", f"infra-{name}").replace("ng-2", f"ng-{name}"))
    line = "  - name: models\n    path: manifests/models.yaml\n"
    listed = "".join(line.replace("models", name) for name in ("first", "models", "last"))
    project.change(DEPLOYMENT, line, listed)
    found = add(project, "permissions-boundary-name", f"moduleMetadata: {{group: {group}, name: price, key: {key}}}")
    assert len(found) == (wrong is not None), found
    assert wrong is None or wrong in found[0]
