from __future__ import annotations

import pytest

from .conftest import Project

MODELS = "manifests/models.yaml"


def test_a_module_manifest_by_itself(project: Project) -> None:
    assert project.check(MODELS) == []


def test_every_key_of_the_peers_settings_is_taken(project: Project) -> None:
    """The keys of aiops-modules' module of the same name: `deployEnvironments` may be left out or empty there."""
    project.write(
        "manifests/peer.yaml",
        """\
name: model
path: git::https://git.example.org/aiops.git//modules/sagemaker/sagemaker-model-cicd?ref=release/3.2.0&depth=1
targetAccount: tooling
parameters:
  - name: infra-repo
    value: {host: codecommit, name: mlops-infra-repo, branch: trunk}
  - name: model-build-repo
    value: {host: codecommit, name: mlops-build-repo}
  - name: deployment-groups
    value:
      - name: experimentation
        sourceBranch: dev
        buildEnvironment: {name: dev, account: "123456789012", region: us-east-1, type: dev}
      - name: trial
        sourceBranch: trial
        buildEnvironment: {name: dev, account: "123456789012", region: us-east-1, type: dev}
        deployEnvironments: []
      - name: production
        sourceBranch: main
        buildEnvironment: {name: train, account: "123456789015", region: us-east-1, type: preprod}
        deployEnvironments:
          - {name: approval, account: "123456789016", type: preprod}
          - {name: live, account: "123456789017", type: prod}
  - name: permissions-boundary-name
    value: my-boundary
  - name: s3-access-logs-bucket-arn
    value: arn:aws:s3:::my-access-logs
""",
    )
    assert project.check("manifests/peer.yaml") == []


def test_an_unknown_parameter(project: Project) -> None:
    project.change(MODELS, "- name: model-build-repo", "- name: model-bild-repo")
    found = project.check(MODELS)
    assert found == [
        f"{MODELS}:4: model-build-repo: missing, but required",
        f"{MODELS}:9: parameters[1].name: 'model-bild-repo': unknown key, expected one of infra-repo, "
        "model-build-repo, deployment-groups, permissions-boundary-name, s3-access-logs-bucket-arn, organization-id, "
        "build-account-ids, deploy-account-ids, abandoned-account-ids, secret-arns, builds, github, notifications, "
        "dashboards, cdk-qualifier, access-acknowledgements, "
        "custom-tags "
        "(did you mean 'model-build-repo'?)",
    ]


@pytest.mark.parametrize("name", ["infraRepo", "infra_repo", "InfraRepo", "INFRA_REPO", "infra-repo"])
def test_names_are_one_when_they_give_one_environment_variable(project: Project, name: str) -> None:
    project.change(MODELS, "- name: infra-repo", f"- name: {name}")
    assert project.check(MODELS) == []


def test_a_parameter_that_stands_twice(project: Project) -> None:
    project.append(MODELS, "  - name: infraRepo\n    value: {name: other}\n")
    [problem] = project.check(MODELS)
    assert problem == f"{MODELS}:29: parameters[3].name: got 'infraRepo' again, first in line 6; expected it once"


def test_value_from_cannot_be_checked_and_is_not_missing(project: Project) -> None:
    project.change(
        MODELS,
        "  - name: infra-repo\n    value:\n      host: codecommit\n      name: infra\n",
        "  - name: infra-repo\n    valueFrom:\n      parameterValue: infraRepo\n",
    )
    project.append(MODELS, "  - name: organization-id\n    value: ${ORGANIZATION}\n")
    assert project.check(MODELS) == []


def test_a_misspelt_value_from(project: Project) -> None:
    project.append(MODELS, "  - name: organization-id\n    valueFrom:\n      envVarible: ORG\n")
    [problem] = project.check(MODELS)
    assert problem.startswith(f"{MODELS}:31: parameters[3].valueFrom.envVarible: unknown key")
    assert problem.endswith("(did you mean 'envVariable'?)")


def test_json_text_is_read_as_the_module_reads_it(project: Project) -> None:
    project.append(MODELS, '  - name: custom-tags\n    value: \'{"aws:team": "ml"}\'\n')
    [problem] = project.check(MODELS)
    assert problem.startswith(f"{MODELS}:30: custom-tags.aws:team: got the tag key 'aws:team'")


def test_a_module_without_parameters(project: Project) -> None:
    project.write(MODELS, "name: price\npath: modules/sagemaker/sagemaker-model-cicd\n")
    assert project.check(MODELS) == [
        f"{MODELS}:1: {name}: missing, but required" for name in ("deployment-groups", "model-build-repo")
    ]


BAD = {
    "sourceBranch: main": ("sourceBranch: 'a b'", "got 'a b', expected a branch name with no spaces"),
    "name: prod-group": (f"name: {'g' * 64}", "got 64 characters, expected at most 63"),
    "region: us-east-1": ("region: us-east-1b", "got 'us-east-1b', expected an AWS region"),
    "type: preprod\n        deploy": ("type: dev\n        deploy", "got 'prod' in a group that builds in a dev"),
    "name: live": ("name: approval", "got the environment name 'approval' again"),
    "            type: prod\n": (
        "            type: prod\n            region: eu-west-1\n",
        "got 'eu-west-1', expected the build",
    ),
    "name: training": ("name: infra", "got 'infra', which is the infra-repo as well"),
}


@pytest.mark.parametrize("old", BAD)
def test_the_modules_own_rules(project: Project, old: str) -> None:
    new, expected = BAD[old]
    project.change(MODELS, old, new)
    [problem] = project.check(MODELS)
    assert expected in problem


def test_two_groups_on_one_branch_and_of_one_name(project: Project) -> None:
    text = (project.folder / MODELS).read_text()
    group = text[text.index("      - name: prod-group") :]
    project.append(MODELS, "")
    project.write(MODELS, text + group)
    found = project.check(MODELS)
    assert [problem.split(": ")[1] for problem in found] == [
        "deployment-groups[1].name",
        "deployment-groups[1].sourceBranch",
    ]


def test_no_groups(project: Project) -> None:
    text = (project.folder / MODELS).read_text()
    project.write(MODELS, text[: text.index("    value:\n      - name: prod-group")] + "    value: []\n")
    [problem] = project.check(MODELS)
    assert problem.endswith("deployment-groups: got an empty list, expected at least 1 entry")


def test_build_accounts_listed_once_more_are_exactly_the_build_accounts(project: Project) -> None:
    project.append(MODELS, "  - name: build-account-ids\n    value: ['123456789099']\n")
    [problem] = project.check()
    assert problem == (
        f"{MODELS}:30: build-account-ids[0]: got '123456789099', which no group builds in; "
        "expected only accounts of buildEnvironments"
    )
    project.change(MODELS, "name: prod-group", "name: first-group")
    project.append(MODELS, "")
    text = (project.folder / MODELS).read_text().replace("['123456789099']", "['123456789015']")
    group = text[text.index("      - name: first-group") : text.index("  - name: build-account-ids")]
    other = group.replace("first-group", "second").replace("main", "dev").replace("'123456789015'", "'123456789018'")
    project.write(MODELS, text.replace(group, group + other))
    [problem] = project.check()
    assert problem.endswith(
        "got a list without 123456789018, expected every build account other than the tooling account"
    )
    assert project.check(MODELS) == [], "which account is the tooling account is not known here"


def test_a_seed_of_ones_own_is_a_folder_of_the_bundle(project: Project) -> None:
    project.change(MODELS, "      name: training\n", "      name: training\n      seed: ./seeds/own\n")
    [problem] = project.check(MODELS)
    assert problem.startswith(
        f"{MODELS}:13: model-build-repo.seed: got './seeds/own', expected a folder with a buildspec"
    )
    project.append(MODELS, "dataFiles:\n  - filePath: seeds/own/buildspec.yml\n")
    project.write("seeds/own/buildspec.yml", "version: 0.2\n")
    assert project.check(MODELS) == []


def test_images_need_a_dockerfile_and_a_user_where_the_seed_is_known(project: Project) -> None:
    project.change(MODELS, "      name: training\n", "      name: training\n      seed: ./seeds/own\n")
    images = "        sourceBranch: main\n        images: [{name: model, path: images/model}]\n"
    project.change(MODELS, "        sourceBranch: main\n", images)
    name = "seeds/own/images/model/Dockerfile"
    project.append(MODELS, f"dataFiles:\n  - filePath: seeds/own/buildspec.yml\n  - filePath: {name}x\n")
    project.write("seeds/own/buildspec.yml", "version: 0.2\n")
    project.write(f"{name}x", "FROM python:3.11-slim\n")
    [problem] = project.check(MODELS)
    assert f"images[0].path: got '{name}', expected a file of the module's folder" in problem
    project.change(MODELS, f"{name}x", name)
    project.write(name, "FROM python:3.11-slim\n")
    [problem] = project.check(MODELS)
    assert problem.endswith(f"{name} has no USER, so its containers run as root; expected one, such as USER 1000")
    project.write(name, "FROM python:3.11-slim\nUSER 1000\n")
    assert project.check(MODELS) == []
