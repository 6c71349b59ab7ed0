"""What the rehearsal reads out of a deployment manifest."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from rehearsal.errors import RehearsalError
from rehearsal.job.plan import Group, Module, read

ROOT = Path(__file__).parents[3]
LOCAL = ROOT / "manifests" / "local" / "deployment.yaml"


def write(folder: Path, text: str) -> Path:
    (folder / "seedfarmer.yaml").write_text("project: p\n", encoding="utf-8")
    path = folder / "deployment.yaml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def test_the_local_manifest_has_two_groups_over_seven_accounts() -> None:
    plan = read(LOCAL, ROOT)
    assert plan.root == ROOT
    (module,) = plan.modules
    assert [(group.name, group.branch, group.build_account) for group in module.groups] == [
        ("experimenation-deployment-group", "dev", "123456789012"),
        ("prod-deployment-group", "main", "123456789015"),
    ]
    assert module.account == "123456789010"
    assert plan.accounts == [f"12345678901{digit}" for digit in "0234567"]
    assert ("123456789017", "us-east-1") in plan.environments
    assert plan.aliases == {"tooling": "123456789010"}


def test_only_the_accounts_that_deploy_are_trusted() -> None:
    plan = read(LOCAL, ROOT)
    assert plan.deployers("123456789012") == ["123456789010"]
    assert plan.deployers("123456789010") == []


def test_modules_inside_the_manifest_and_regions_of_their_own(tmp_path: Path) -> None:
    plan = read(
        write(
            tmp_path,
            """
            name: inline
            toolchainRegion: eu-west-1
            groups:
              - name: g
                modules:
                  - name: m
                    path: modules/x
                    targetRegion: eu-central-1
                    parameters:
                      - {name: model-build-repo, value: {host: codecommit, name: r}}
                      - name: deployment-groups
                        value:
                          - name: a
                            sourceBranch: main
                            buildEnvironment: {name: b, account: '111111111111', region: eu-north-1, type: dev}
                            deployEnvironments:
                              - {name: d, account: '222222222222', type: dev}
                              - {name: e, account: '222222222222', region: eu-west-3, type: dev}
            targetAccountMappings:
              - {alias: tooling, accountId: '333333333333', regionMappings: [{region: eu-west-1, default: true}]}
            """,
        ),
        ROOT,
    )
    assert plan.places == {"g/m": ("333333333333", "eu-central-1")}
    assert plan.environments == (
        ("111111111111", "eu-north-1"),
        ("222222222222", "eu-north-1"),
        ("222222222222", "eu-west-3"),
        ("333333333333", "eu-central-1"),
        ("333333333333", "eu-west-1"),
    )
    assert plan.targets == (("333333333333", "eu-west-1"),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: x\n", "with `groups`"),
        ("name: x\ngroups: [{name: g, path: nowhere.yaml}]\n", "targetAccountMappings"),
        (
            "groups: [{name: g, path: nowhere.yaml}]\n"
            "targetAccountMappings: [{alias: a, accountId: '1', regionMappings: []}]\n",
            "accountId '1': expected 12 digits",
        ),
        (
            "groups: [{name: g, path: nowhere.yaml}]\n"
            "targetAccountMappings: [{alias: a, accountId: '111111111111', regionMappings: [{region: us-east-1}]}]\n",
            "nowhere.yaml: cannot be read",
        ),
    ],
)
def test_a_manifest_that_says_too_little_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(RehearsalError, match=expected):
        read(write(tmp_path, text), ROOT)


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(RehearsalError, match=r"nope\.yaml: no such file"):
        read(tmp_path / "nope.yaml", ROOT)


def test_modules_that_declare_a_pipeline(tmp_path: Path) -> None:
    plan = read(
        write(
            tmp_path,
            """
            name: declared
            groups:
              - name: g
                modules:
                  - {name: one, path: m, targetAccount: training, parameters: [{name: pipeline, value: {}}]}
                  - {name: two, path: m, targetRegion: eu-west-3, parameters: [{name: config-file, value: p.yaml}]}
                  - {name: three, path: m, parameters: [{name: other, value: x}]}
            targetAccountMappings:
              - alias: tooling
                accountId: '111111111111'
                default: true
                regionMappings: [{region: eu-west-1, default: true}]
              - {alias: training, accountId: '222222222222', regionMappings: [{region: eu-west-1, default: true}]}
            """,
        ),
        ROOT,
    )
    assert [(each.name, each.account, each.region) for each in plan.pipelines] == [
        ("one", "222222222222", "eu-west-1"),
        ("two", "111111111111", "eu-west-3"),
    ]
    assert plan.modules == ()
    one, two = "111111111111", "222222222222"
    assert plan.environments == ((one, "eu-west-1"), (one, "eu-west-3"), (two, "eu-west-1"))
    assert plan.deployers("222222222222") == []


def test_the_organization_is_the_one_that_a_module_is_given(tmp_path: Path) -> None:
    text = """
        name: d
        groups:
          - name: g
            modules:
              - {name: a, path: a}
              - {name: m, path: m, parameters: [{name: organization-id, value: o-abcdefghij}]}
        targetAccountMappings:
          - {alias: t, accountId: '111111111111', default: true, regionMappings: [{region: us-east-1, default: true}]}
        """
    assert read(write(tmp_path, text), ROOT).organization_id == "o-abcdefghij"
    assert read(LOCAL, ROOT).organization_id is None


def test_a_repository_of_a_workflow_has_the_ids_of_its_subjects(tmp_path: Path) -> None:
    build = "{account: '111111111111', region: us-east-1}"
    text = f"""
        name: d
        groups:
          - name: g
            modules:
              - name: m
                path: m
                parameters:
                  - {{name: model-build-repo, value: {{host: github, name: acme/models}}}}
                  - {{name: infra-repo, value: {{host: github, name: acme/platform, runner: github-actions}}}}
                  - {{name: github, value: {{immutableSubjects: [acme@7/models@12]}}}}
                  - name: deployment-groups
                    value:
                      - {{name: a, sourceBranch: dev, training: {{runner: github-actions}}, buildEnvironment: {build}}}
        targetAccountMappings:
          - {{alias: t, accountId: '111111111111', default: true, regionMappings: [{{region: us-east-1}}]}}
        """
    (module,) = read(write(tmp_path, text), ROOT).modules
    assert {each.name: each.ids for each in module.remotes} == {"acme/models": (7, 12), "acme/platform": None}


def test_groups_of_one_name_are_told_apart_by_their_modules() -> None:
    groups = (
        Group("a", "main", "1", "r", "codecommit", "x", False),
        Group("b", "dev", "1", "r", "codecommit", "x", False),
    )
    modules = (Module("models", "one", "1", "r", groups), Module("models", "two", "1", "r", groups[:1]))
    plan = replace(read(LOCAL, ROOT), modules=modules)
    labels = [plan.label(module, group) for module in modules for group in module.groups]
    assert labels == ["models-one/a", "b", "models-two/a"]
