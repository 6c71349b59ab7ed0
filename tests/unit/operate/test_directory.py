"""The groups of a manifest, and those that a deployment published: the same."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from model_cicd.operate.access import Access
from model_cicd.operate.directory import groups, parse
from model_cicd.operate.manifest import topologies
from model_cicd.sagemaker_model_cicd.topology.outputs import GROUP_KEY, promotion_parameters
from model_cicd.text.errors import ModelCicdError
from tests.unit.operate.conftest import BUILD, REGION, TOOLING

if TYPE_CHECKING:
    from rehearsal.embedded_aws import EmbeddedAws

ROOT = Path(__file__).parents[3]
LOCAL = ROOT / "manifests" / "local" / "deployment.yaml"


def no_access() -> Access:
    raise AssertionError("a manifest says everything")


def project(folder: Path, parameters: str, deployment: str = "") -> Path:
    (folder / "seedfarmer.yaml").write_text("project: p\n", encoding="utf-8")
    mapping = f"""
        name: d
        toolchainRegion: {REGION}
        groups: [{{name: g, path: modules.yaml}}]
        targetAccountMappings:
          - {{alias: a, accountId: '{TOOLING}', default: true, regionMappings: [{{region: {REGION}, default: true}}]}}
        """
    (folder / "deployment.yaml").write_text(textwrap.dedent(deployment or mapping), encoding="utf-8")
    text = "name: m\npath: modules/sagemaker/sagemaker-model-cicd\nparameters:\n" + textwrap.indent(
        textwrap.dedent(parameters), "  "
    )
    (folder / "modules.yaml").write_text(text, encoding="utf-8")
    return folder / "deployment.yaml"


PARAMETERS = f"""
- {{name: infra-repo, value: {{host: codecommit, name: infra}}}}
- {{name: model-build-repo, value: {{host: codecommit, name: models}}}}
- name: deployment-groups
  value:
    - name: churn
      sourceBranch: main
      buildEnvironment: {{name: train, account: '{BUILD}', region: {REGION}, type: preprod}}
      deployEnvironments:
        - {{name: live, account: '333333333333', type: prod}}
"""


def test_the_local_manifest_says_every_environment_in_order() -> None:
    first, second = groups(LOCAL, no_access)
    assert [place.name for place in first.places] == ["experiment-env1", "experiment-env2", "experiment-env3"]
    assert [(place.account, place.type, place.require_approval) for place in second.places] == [
        ("123456789015", "preprod", False),
        ("123456789016", "preprod", False),
        ("123456789017", "prod", True),
    ]
    assert second.tooling_account == "123456789010"
    assert second.package_arn(7) == f"{second.package_arn(0)[:-1]}7"
    assert len({place.endpoint_name for group in (first, second) for place in group.places}) == 6


def test_no_parameter_is_longer_than_parameter_store_takes() -> None:
    for topology in topologies(LOCAL):
        for group in topology.groups:
            for key, value in promotion_parameters(topology, group).items():
                assert key.startswith("promotion/")
                assert len(value) < 4096


def test_variables_of_the_environment_are_filled_in_as_seedfarmer_does(tmp_path: Path) -> None:
    path = project(tmp_path, PARAMETERS.replace("sourceBranch: main", "sourceBranch: ${BRANCH}"))
    (topology,) = topologies(path, {"BRANCH": "trunk"})
    assert topology.groups[0].branch == "trunk"
    with pytest.raises(ModelCicdError, match="environment variable BRANCH, which is not set"):
        topologies(path, {})


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "npm_password"])
def test_credentials_do_not_get_into_what_is_shown(tmp_path: Path, name: str) -> None:
    """The manifest of a pull request says which variable of the job is written into the plan's comment."""
    secret = {name: "s3cret"}
    with pytest.raises(ModelCicdError, match=f"environment variable {name}: credentials are not shown"):
        topologies(project(tmp_path, PARAMETERS.replace("Branch: main", f"Branch: ${{{name}}}")), secret)
    more = f"- name: cdk-qualifier\n  valueFrom: {{envVariable: {name}}}\n"
    assert "s3cret" not in repr(topologies(project(tmp_path, PARAMETERS + more), secret))


def test_a_value_from_elsewhere_is_no_guess(tmp_path: Path) -> None:
    without = PARAMETERS.partition("- name: deployment-groups")[0]
    more = "- name: deployment-groups\n  valueFrom: {envVariable: X}\n"
    with pytest.raises(ModelCicdError, match=r"modules\.yaml:\d: .*deployment-groups: its value comes from elsewhere"):
        topologies(project(tmp_path, without + more), {})


def test_a_value_from_elsewhere_that_names_nothing_does_not_matter(tmp_path: Path) -> None:
    more = "- name: organization-id\n  valueFrom: {envVariable: X}\n"
    (topology,) = topologies(project(tmp_path, PARAMETERS + more), {})
    assert [group.name for group in topology.groups] == ["churn"]


def test_a_wrong_manifest_is_refused_with_file_line_and_key(tmp_path: Path) -> None:
    with pytest.raises(ModelCicdError, match=r"modules\.yaml:\d+: .*sourceBrunch.*sourceBranch"):
        topologies(project(tmp_path, PARAMETERS.replace("sourceBranch", "sourceBrunch")), {})
    (tmp_path / "other").mkdir()
    lonely = tmp_path / "other" / "deployment.yaml"
    lonely.write_text("name: x\n", encoding="utf-8")
    with pytest.raises(ModelCicdError, match="deployment manifest with groups"):
        topologies(lonely, {})
    with pytest.raises(ModelCicdError, match=r"nowhere\.yaml: cannot be read"):
        topologies(tmp_path / "nowhere.yaml", {})


def test_a_module_without_groups_is_said_to_have_none(tmp_path: Path) -> None:
    path = project(tmp_path, "[]")
    (tmp_path / "modules.yaml").write_text("name: m\npath: modules/else\n", encoding="utf-8")
    with pytest.raises(ModelCicdError, match="no module in it has deployment-groups"):
        topologies(path, {})


@pytest.mark.slow
def test_what_is_published_is_what_the_manifest_says(world: EmbeddedAws, act_in: Callable[[str], Access]) -> None:
    access = act_in(TOOLING)
    with pytest.raises(ModelCicdError, match=f"account {TOOLING} region {REGION}: no deployment groups are published"):
        groups(None, lambda: access)
    ssm = world.client("ssm", account=TOOLING, region=REGION)
    for topology in topologies(LOCAL):
        for group in topology.groups:
            for key, value in promotion_parameters(topology, group).items():
                ssm.put_parameter(Name=group.parameter(key), Value=value, Type="String")
            ssm.put_parameter(Name=group.parameter("training/pipeline-name"), Value="x", Type="String")
    found = groups(None, lambda: access)
    assert sorted(found, key=lambda each: each.name) == groups(LOCAL, no_access)
    assert json.loads(ssm.get_parameter(Name=group.parameter(GROUP_KEY))["Parameter"]["Value"])["group"] == group.name


@pytest.mark.programs
@pytest.mark.parametrize("command", ["status", "approve", "reject", "promote", "rollback"])
def test_help_needs_neither_boto3_nor_cdk(command: str) -> None:
    code = (
        "import sys, model_cicd.cli\n"
        f"try: model_cicd.cli.main([{command!r}, '--help'])\n"
        "except SystemExit as end: print(end.code, sorted({'boto3', 'botocore', 'jsii', 'pydantic'} & {*sys.modules}))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.stdout.splitlines()[-1] == "0 []", found.stdout + found.stderr


@pytest.mark.programs
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["approve"], "GROUP"),
        (["approve", "churn", "zero"], "got 'zero', expected a version number"),
        (["approve", "churn", "0"], "got '0', expected a version number"),
        (["approve", "churn", "--reason", " "], "expected a text of 1 to 1024"),
        (["rollback", "churn"], "ENVIRONMENT"),
        (["status", "--format", "yaml"], "invalid choice"),
        (["promote", "churn", "--manifst", "x"], "did you mean '--manifest'"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], expected: str) -> None:
    command = [sys.executable, "-m", "model_cicd.cli", *arguments]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 2
    assert expected in found.stderr


@pytest.mark.parametrize("text", ["{", "[]", "3", "{}", '{"group": "live"}', "null"])
def test_parameters_that_somebody_else_wrote_are_named(text: str) -> None:
    with pytest.raises(ModelCicdError, match=r"^SSM parameters below /x-model-cicd/d/m/live: got something"):
        parse({GROUP_KEY: text}, "/x-model-cicd/d/m/live")
