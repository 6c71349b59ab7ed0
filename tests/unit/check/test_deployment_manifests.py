from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import ROOT, Project

DEPLOYMENT = "manifests/deployment.yaml"
MODELS = "manifests/models.yaml"


def test_a_good_manifest_and_the_modules_it_names(project: Project) -> None:
    found = project.command(DEPLOYMENT)
    assert (found.returncode, found.stdout, found.stderr) == (0, "ok: no problems in 2 files\n", "")


def test_the_manifest_of_this_repository(project: Project) -> None:
    found = project.command(str(ROOT / "manifests/local/deployment.yaml"))
    assert found.stdout == "ok: no problems in 2 files\n"


def test_the_example_manifest(project: Project) -> None:
    example = ROOT.parent / "shared/examples/sagemaker-model-cicd-module.yaml"
    if not example.exists():
        pytest.skip("the example stands outside this repository")
    assert project.command(str(example)).stdout == "ok: no problems in 1 file\n"


def test_text_output_is_one_line_a_problem_and_a_sum(project: Project) -> None:
    project.change(MODELS, "'123456789016'", "123456789016")
    project.change(MODELS, "type: prod\n", "tpye: prod\n")
    found = project.command(DEPLOYMENT)
    assert found.returncode == 1
    assert found.stdout.splitlines() == [
        f"{MODELS}:24: deployment-groups[0].deployEnvironments[0].account: "
        "got the number 123456789016, expected text: put it in quotes, '123456789016'",
        f"{MODELS}:26: deployment-groups[0].deployEnvironments[1].type: missing, but required",
        f"{MODELS}:28: deployment-groups[0].deployEnvironments[1].tpye: "
        "unknown key, expected one of name, account, region, type, kind, endpoint, batch, async, monitoring, "
        "requireApproval, tests (did you mean 'type'?)",
        "3 problems in 2 files",
    ]
    assert found.stderr == ""


def test_an_account_id_that_yaml_reads_as_an_octal_number(project: Project) -> None:
    project.change(MODELS, "'123456789016'", "012345671233")
    [problem] = project.check()
    assert problem.endswith(
        "got 012345671233 without quotes, which YAML reads as the number 1402434203; expected '012345671233', in quotes"
    )


def test_an_account_id_of_the_wrong_length_without_quotes(project: Project) -> None:
    project.change(MODELS, "'123456789016'", "12345678901")
    [problem] = project.check()
    assert problem.endswith("got the number 12345678901 (11 digits), expected an account id of 12 digits in quotes")


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("toolchainRegion", "toolchainRegoin", 2, "toolchainRegoin: unknown key, expected one of name"),
        ("us-east-1\ngroups", "us-east-11\ngroups", 2, "toolchainRegion: got 'us-east-11', expected an AWS region"),
        ("manifests/models.yaml", "manifests/modles.yaml", 5, "groups[0].path: got 'manifests/modles.yaml', expected"),
        ("    path: manifests/models.yaml\n", "", 4, "groups[0]: got neither, expected one of path and modules"),
        ("'123456789010'", "123456789010", 8, "accountId: got the number 123456789010, expected text: put it in"),
        (
            "alias: tooling",
            "alias: tools",
            3,
            "targetAccount: got 'tooling', expected an alias of targetAccountMappings",
        ),
        ("region: us-east-1", "region: us-east-9", 11, "regionMappings[0].region: got 'us-east-9', expected an AWS"),
        ("name: models", "name: my models", 4, "groups[0].name: got 'my models', expected letters, digits and any"),
        ("name: local\n", "", 1, "name: expected one of name and nameGenerator"),
        ("name: local\n", f"name: {'x' * 65}\n", 1, "name: got 65 characters, expected at most 64"),
        ("default: true\n    region", "default: yes please\n    region", 9, "default: got 'yes please', expected true"),
    ],
)
def test_seed_farmers_own_keys(project: Project, old: str, new: str, line: int, expected: str) -> None:
    project.change(DEPLOYMENT, old, new)
    found = project.check()
    assert any(f":{line}: " in problem and expected in problem for problem in found), found


def test_keys_in_snake_case_are_seed_farmers_as_well(project: Project) -> None:
    project.change(DEPLOYMENT, "toolchainRegion", "toolchain_region")
    project.change(DEPLOYMENT, "targetAccountMappings", "target_account_mappings")
    project.change(MODELS, "targetAccount", "target_account")
    assert project.check() == []


def test_account_ids_may_come_from_the_environment(project: Project) -> None:
    project.change(
        DEPLOYMENT, "accountId: '123456789010'", "accountId:\n      valueFrom:\n        envVariable: TOOLING"
    )
    project.change(MODELS, "'123456789016'", "${APPROVAL_ACCOUNT}")
    assert project.check() == []


def test_a_target_account_that_is_not_mapped(project: Project) -> None:
    project.change(MODELS, "targetAccount: tooling", "targetAccount: tolling")
    assert project.check() == [
        f"{MODELS}:3: targetAccount: got 'tolling', expected an alias of targetAccountMappings: tooling "
        "(did you mean 'tooling'?)"
    ]


def test_a_target_region_that_is_not_mapped(project: Project) -> None:
    project.change(MODELS, "targetAccount: tooling", "targetAccount: tooling\ntargetRegion: eu-west-1")
    assert project.check() == [
        f"{MODELS}:4: targetRegion: got 'eu-west-1', expected a region of its target account: us-east-1"
    ]


def test_a_misspelt_target_account_key(project: Project) -> None:
    project.change(MODELS, "targetAccount: tooling", "targetAcount: tooling")
    [problem] = project.check()
    assert problem.startswith(f"{MODELS}:3: targetAcount: unknown key")
    assert problem.endswith("(did you mean 'targetAccount'?)")


def test_the_modules_region_decides_the_partition(project: Project) -> None:
    project.change(DEPLOYMENT, "region: us-east-1", "region: us-gov-east-1")
    [problem] = project.check()
    assert "expected a region of the tooling account's partition aws-us-gov" in problem


def test_inline_modules_are_checked_in_place(project: Project) -> None:
    inline = "".join(f"        {line}\n" for line in (project.folder / MODELS).read_text().splitlines())
    inline = inline.replace("        name: price", "      - name: price", 1).replace(
        "sourceBranch: main", "sourceBranch: a..b"
    )
    project.change(DEPLOYMENT, "    path: manifests/models.yaml\n", f"    modules:\n{inline}")
    [problem] = project.check()
    assert problem.startswith(f"{DEPLOYMENT}:21: deployment-groups[0].sourceBranch: got 'a..b'")


def test_files_of_several_modules(project: Project) -> None:
    project.append(
        MODELS,
        "---\n"
        "name: price\n"
        "path: modules/network\n"
        "parameters:\n"
        "  - name: source\n"
        "    valueFrom:\n"
        "      moduleMetadata: {group: modles, name: price, key: bucket}\n"
        "  - name: neither\n",
    )
    assert project.check() == [
        f"{MODELS}:30: name: got the module name 'price' again in the group 'models', first at {MODELS}:1",
        f"{MODELS}:31: path: got 'modules/network', expected a folder of the repository",
        f"{MODELS}:35: parameters[0].valueFrom.moduleMetadata: got 'modles-price', expected a module of this "
        "deployment (did you mean 'models-price'?)",
        f"{MODELS}:36: parameters[1]: got neither, expected one of value and valueFrom",
    ]


def test_a_group_without_modules(project: Project) -> None:
    project.write(MODELS, "# nothing yet\n")
    assert project.check() == [f"{DEPLOYMENT}:5: groups[0].path: got 'manifests/models.yaml', which has no modules"]


def test_a_second_document_that_is_empty(project: Project) -> None:
    project.append(MODELS, "---\n")
    [problem] = project.check()
    assert problem.startswith(f"{MODELS}:30: : got nothing, expected a mapping with the keys")


def test_a_misspelt_module_folder_has_a_suggestion(project: Project) -> None:
    project.change(MODELS, "sagemaker-model-cicd", "sagemaker-model-cidc")
    assert project.check() == [
        f"{MODELS}:2: path: got 'modules/sagemaker/sagemaker-model-cidc', expected a folder of the repository "
        "(did you mean 'modules/sagemaker/sagemaker-model-cicd'?)"
    ]


@pytest.mark.parametrize(
    "path",
    [
        "git::https://example.com/repo.git//modules/sagemaker/sagemaker-model-cicd?ref=v1",
        "git::https://example.com/repo.git?ref=v1",
        "modules/sagemaker/sagemaker-model-cicd/",
    ],
)
def test_the_module_is_known_by_any_reference_to_it(project: Project, path: str) -> None:
    project.change(MODELS, "modules/sagemaker/sagemaker-model-cicd", path)
    project.change(MODELS, "sourceBranch: main", "sourceBranch: a..b")
    assert len(project.check()) == 1


def test_other_modules_parameters_are_their_own_business(project: Project) -> None:
    (project.folder / "modules/other").mkdir()
    project.append(MODELS, "---\nname: other\npath: modules/other\nparameters:\n  - {name: whatever, value: 5}\n")
    assert project.check() == []


def test_duplicates_are_named_with_the_rest(project: Project) -> None:
    project.append(
        DEPLOYMENT,
        "  - alias: tooling\n    accountId: '123456789010'\n    default: true\n",
    )
    project.change(DEPLOYMENT, "    regionMappings", "    npmMirror: x\n    npmMirror: y\n    regionMappings")
    found = project.check()
    assert [problem.split(": ")[1] for problem in found] == [
        "targetAccountMappings[0].npmMirror",
        "targetAccountMappings[1].alias",
        "targetAccountMappings[1].accountId",
        "targetAccountMappings[1].default",
    ]


def test_the_root_is_where_seedfarmer_yaml_is(project: Project, tmp_path: Path) -> None:
    found = project.command(f"{tmp_path}/{DEPLOYMENT}")
    assert found.stdout == "ok: no problems in 2 files\n"
    (tmp_path / "seedfarmer.yaml").unlink()
    assert project.command(DEPLOYMENT).stdout == "ok: no problems in 2 files\n"


def test_the_modules_region_decides_where_groups_build(project: Project) -> None:
    project.change(DEPLOYMENT, "region: us-east-1", "region: eu-west-1")
    line = (project.folder / MODELS).read_text().splitlines().index("          region: us-east-1") + 1
    assert project.check() == [
        f"{MODELS}:{line}: deployment-groups[0].buildEnvironment.region: got 'us-east-1', expected 'eu-west-1', where "
        "the module and its pipelines are"
    ]


def test_a_target_region_in_which_seedfarmer_cannot_build(project: Project) -> None:
    project.change(DEPLOYMENT, "      - region: us-east-1", "      - region: mx-central-1")
    found = [each for each in project.check(DEPLOYMENT) if "CodeBuild" in each]
    assert found == [
        f"{DEPLOYMENT}:11: targetAccountMappings[0].regionMappings[0].region: got 'mx-central-1', which has no "
        "CodeBuild; expected a region with it, because Seed-Farmer builds modules there"
    ]


def test_deployments_and_modules_have_a_path_of_parameters_of_their_own(project: Project) -> None:
    project.change(DEPLOYMENT, "name: local\n", "name: a+b\n")
    module = (project.folder / MODELS).read_text(encoding="utf-8")
    other = module.replace("name: infra\n", "name: infra-2\n").replace("name: training\n", "name: training-2\n")
    project.append(MODELS, "---\n" + other.replace("name: price\n", "name: x.y\n", 1))
    project.append(MODELS, "---\n" + other.replace("name: price\n", "name: x+y\n", 1).replace("-2\n", "-3\n"))
    project.append(MODELS, "---\n" + other.replace("name: price\n", "name: x=y\n", 1).replace("-2\n", "-4\n"))
    assert project.check() == [
        f"{DEPLOYMENT}:1: name: got 'a+b', expected letters, digits and any of _.-, such as 'a-b': paths of SSM "
        "parameters take no others, so that the parameters of the deployments 'a+b' and 'a-b' would overwrite each "
        "other",
        f"{MODELS}:88: name: got the module name 'x=y' in the group 'models', expected one whose SSM parameters have a "
        f"path of their own: models-x=y and models-x+y ({MODELS}:59) would overwrite each other's",
    ]
    project.change(DEPLOYMENT, "name: a+b\n", "name: a.b\n")
    assert len(project.check()) == 1
