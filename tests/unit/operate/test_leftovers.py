"""What a manifest does not want any more, found and deleted on an embedded AWS."""

from __future__ import annotations

import copy
import io
import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_cicd.cli import main
from model_cicd.operate.manifest import topologies
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology
from model_cicd.sagemaker_model_cicd.topology.outputs import promotion_parameters
from tests.unit.promotion.conftest import BUILD, DEPLOY, REGION, TOOLING, Lab, until

pytestmark = pytest.mark.slow

GROUP: dict[str, Any] = {
    "name": "live",
    "sourceBranch": "main",
    "buildEnvironment": {"name": "train", "account": BUILD, "region": REGION, "type": "preprod"},
    "deployEnvironments": [
        {"name": "train", "account": BUILD, "type": "preprod"},
        {"name": "shop", "account": DEPLOY, "type": "prod"},
    ],
}
OTHER = {**copy.deepcopy(GROUP), "name": "fresh-food", "sourceBranch": "food"}


def manifest(directory: Path, *groups: dict[str, Any], module: str = "m") -> Path:
    """A manifest with one module, in a project of its own."""
    directory.mkdir(exist_ok=True)
    (directory / "seedfarmer.yaml").write_text("project: shop\n", encoding="utf-8")
    parameters = {"infra-repo": {"name": "infra"}, "model-build-repo": {"name": "code"}, "deployment-groups": groups}
    content = {
        "name": "prices",
        "toolchainRegion": REGION,
        "groups": [
            {
                "name": "models",
                "modules": [
                    {
                        "name": module,
                        "path": "modules/sagemaker/sagemaker-model-cicd",
                        "targetAccount": "tooling",
                        "parameters": [{"name": name, "value": value} for name, value in parameters.items()],
                    }
                ],
            }
        ],
        "targetAccountMappings": [{"alias": "tooling", "accountId": TOOLING, "default": True}],
    }
    path = directory / "deployment.yaml"
    path.write_text(yaml.safe_dump(json.loads(json.dumps(content))), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Three accounts, bootstrapped for the CDK."""
    from rehearsal.embedded_aws import EmbeddedAws

    world = EmbeddedAws(accounts=[TOOLING, BUILD, DEPLOY])
    made = Lab(world)
    for account in (TOOLING, BUILD, DEPLOY):
        for kind in ("lookup", "deploy"):
            made.role(role(kind, account), account, {"AWS": f"arn:aws:iam::{TOOLING}:root"})
        made.role(role("cfn-exec", account), account, {"Service": "cloudformation.amazonaws.com"})
    try:
        yield made
    finally:
        world.close()


def role(kind: str, account: str) -> str:
    return f"cdk-hnb659fds-{kind}-role-{account}-{REGION}"


def trust(lab: Lab, kind: str, account: str, whom: str) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{whom}:root"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    lab.client("iam", account).update_assume_role_policy(RoleName=role(kind, account), PolicyDocument=policy)


def stacks_of(topology: Topology, group: GroupTopology) -> list[tuple[str, str]]:
    """A group's stacks, each with its account, in the order in which they are deleted."""
    endpoints = [(each.environment.account, each.stack_name) for each in group.promotion.targets]
    return [
        (TOOLING, group.tooling_stack_name),
        *sorted(endpoints),
        (BUILD, group.build_stack_name),
        (TOOLING, group.promotion.stack_name),
    ]


def parameters(named: dict[str, str]) -> dict[str, Any]:
    return {
        f"P{number}": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": name, "Type": "String", "Value": value},
        }
        for number, (name, value) in enumerate(named.items())
    }


def create(lab: Lab, account: str, name: str, resources: dict[str, Any]) -> None:
    """A stack in the place of one that is deployed."""
    client = lab.client("cloudformation", account)
    client.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
    until(lambda: name in there(lab, account))


def deploy(lab: Lab, topology: Topology) -> None:
    """Stacks in the place of all of the module's, and what their promotions publish."""
    shared = {f"{topology.parameter_path}/model-build-repository-name": "code"}
    create(lab, TOOLING, topology.tooling.stack_name, parameters(shared))
    create(lab, TOOLING, topology.tooling.infra_stack_name, parameters({f"{topology.parameter_path}/infra": "x"}))
    for group in topology.groups:
        published = {group.parameter(key): value for key, value in promotion_parameters(topology, group).items()}
        for account, name in stacks_of(topology, group):
            own = parameters({group.parameter(f"of/{name.rpartition('-')[2]}-{account}"): "x"})
            create(lab, account, name, parameters(published) if name == group.promotion.stack_name else own)


def there(lab: Lab, account: str) -> list[str]:
    found = lab.client("cloudformation", account).describe_stacks()["Stacks"]
    return [each["StackName"] for each in found if each["StackStatus"] == "CREATE_COMPLETE"]


@dataclass(frozen=True)
class Done:
    """What a command ended with."""

    returncode: int
    stdout: str
    stderr: str


def run(lab: Lab, *arguments: str | Path) -> Done:
    """`model-cicd leftovers ARGUMENTS` as administrator of the tooling account, where nobody can answer."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "stdin", io.StringIO())
        for name, value in lab.world.client_environment(TOOLING, REGION).items():
            patch.setenv(name, value)
        patch.delenv("AWS_SESSION_TOKEN", raising=False)
        code = main(["leftovers", *map(str, arguments)])
    return Done(code, out.getvalue(), err.getvalue())


def found(lab: Lab, path: Path) -> dict[str, Any]:
    done = run(lab, path, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def names(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["account"], each["stack"]) for each in answer["leftovers"]]


@pytest.fixture(scope="module")
def both(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Topology]:
    """A deployed module with two groups."""
    path = manifest(tmp_path_factory.mktemp("both"), GROUP, OTHER)
    (topology,) = topologies(path)
    deploy(lab, topology)
    return path, topology


def test_nothing_is_left_of_what_is_wanted(lab: Lab, both: tuple[Path, Topology]) -> None:
    done = run(lab, both[0])
    assert done.stdout == (
        "nothing is left of deployment prices of project shop that its manifest does not want; 3 places were looked at"
        "\n"
    )
    deleted = run(lab, both[0], "--delete")
    assert (deleted.returncode, deleted.stdout) == (0, done.stdout)


def test_another_deployment_with_a_name_that_begins_alike_is_left_alone(
    lab: Lab, both: tuple[Path, Topology], tmp_path: Path
) -> None:
    # of the deployment `prices-b`: its names begin with `shop-prices-`, too
    alike = "shop-prices-b-models-m-live-promotion"
    create(lab, TOOLING, alike, parameters({"/shop-model-cicd/prices-b/models-m/live/promotion/group": "{}"}))
    create(lab, DEPLOY, "shop-prices-b-models-m-live-shop-01234567-endpoint", parameters({"/of/an-endpoint": "x"}))
    create(lab, DEPLOY, "shop-prices-models-of-somebody", parameters({"/of/somebody": "x"}))
    assert found(lab, both[0])["leftovers"] == []


def test_a_module_of_the_other_kind_is_wanted_as_long_as_the_manifest_has_it(
    lab: Lab, both: tuple[Path, Topology], tmp_path: Path
) -> None:
    name = "shop-prices-models-churn-training"
    create(lab, TOOLING, name, parameters({"/shop-model-cicd/prices/models-churn/pipeline-arn": "x"}))
    (left,) = found(lab, both[0])["leftovers"]
    assert (left["stack"], left["module"]) == (name, "models-churn")
    path = manifest(tmp_path / "with", GROUP, OTHER)
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    other = {"name": "churn", "path": "modules/sagemaker/sagemaker-pipeline", "targetAccount": "tooling"}
    content["groups"][0]["modules"].append(other)
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    assert found(lab, path)["leftovers"] == []
    lab.client("cloudformation", TOOLING).delete_stack(StackName=name)
    until(lambda: name not in there(lab, TOOLING))


def without(path: Path, tmp_path: Path) -> Path:
    return manifest(tmp_path / "project", GROUP)


def test_a_group_that_left_in_the_order_of_deletion(lab: Lab, both: tuple[Path, Topology], tmp_path: Path) -> None:
    answer = found(lab, without(both[0], tmp_path))
    assert names(answer) == stacks_of(both[1], both[1].groups[1])
    assert {each["group"] for each in answer["leftovers"]} == {"fresh-food"}
    serving = [(each["environment"], each["type"]) for each in answer["leftovers"] if each["kind"] == "endpoint"]
    assert serving == [("train", "preprod"), ("shop", "prod")]
    assert answer["unseen"] == []


def test_text_has_80_columns_but_for_names_and_says_the_command(
    lab: Lab, both: tuple[Path, Topology], tmp_path: Path
) -> None:
    path = without(both[0], tmp_path)
    text = run(lab, path).stdout
    assert text.startswith("5 leftovers of deployment prices of project shop; 3 places were looked at\n")
    assert f"delete them: model-cicd leftovers {path} --delete\n" in text
    long = [line for line in text.splitlines() if len(line) > 80]
    assert [line for line in long if " " in line.strip() and not line.strip().startswith(("stack ", "delete "))] == []
    assert re.search(r"endpoint of group fresh-food, environment shop \(prod\)\n  account 333333333333 eu-west-1", text)


def test_an_account_that_cannot_be_looked_at_is_said(lab: Lab, both: tuple[Path, Topology], tmp_path: Path) -> None:
    trust(lab, "lookup", DEPLOY, DEPLOY)
    try:
        done = run(lab, without(both[0], tmp_path))
    finally:
        trust(lab, "lookup", DEPLOY, TOOLING)
    assert done.returncode == 0
    shown = " ".join(done.stdout.partition("not looked at, and there may be leftovers:")[2].split())
    assert shown.startswith(f"account {DEPLOY} {REGION} ") and "sts:AssumeRole" in shown
    assert done.stdout.startswith("4 leftovers of")


def test_nothing_is_deleted_without_a_word(lab: Lab, both: tuple[Path, Topology], tmp_path: Path) -> None:
    done = run(lab, without(both[0], tmp_path), "--delete")
    assert done.returncode == 1
    assert done.stderr == (
        f"deleting 5 stacks takes down what serves in shop (prod, account {DEPLOY}), train (preprod, account {BUILD}); "
        "not done: add --yes to go on without being asked\n"
    )
    assert len(found(lab, without(both[0], tmp_path))["leftovers"]) == 5


def test_a_run_that_failed_is_repeated(lab: Lab, both: tuple[Path, Topology], tmp_path: Path) -> None:
    path, (stays, leaves) = without(both[0], tmp_path), both[1].groups
    trust(lab, "deploy", DEPLOY, DEPLOY)
    try:
        failed = run(lab, path, "--delete", "--yes")
    finally:
        trust(lab, "deploy", DEPLOY, TOOLING)
    assert failed.returncode == 1 and "Traceback" not in failed.stderr
    assert f"may not sts:AssumeRole on arn:aws:iam::{DEPLOY}:role/{role('deploy', DEPLOY)}" in failed.stderr
    assert "the same command goes on from here" in failed.stderr
    # who has the record of the group stays with what is left of it
    endpoint = next(each for each in leaves.promotion.targets if each.environment.name == "shop")
    left = [(DEPLOY, endpoint.stack_name), (TOOLING, leaves.promotion.stack_name)]
    assert names(found(lab, path)) == left
    done = run(lab, path, "--delete", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.rstrip().splitlines()[-1].startswith("nothing is left of deployment prices")
    assert [line.split()[2] for line in done.stdout.splitlines() if line.startswith("deleting stack ")] == [
        name for _, name in left
    ]
    assert [name for account, name in stacks_of(both[1], stays) if name not in there(lab, account)] == []


def test_an_environment_that_nobody_remembers_is_known_by_its_name(
    lab: Lab, both: tuple[Path, Topology], tmp_path: Path
) -> None:
    odd = {**copy.deepcopy(GROUP), "name": "a-b"}
    odd["deployEnvironments"] = [{"name": "c-d-e", "account": DEPLOY, "type": "dev"}]
    (topology,) = topologies(manifest(tmp_path / "odd", odd))
    target = next(each for each in topology.groups[0].promotion.targets if each.environment.name == "c-d-e")
    create(lab, DEPLOY, target.stack_name, parameters({"/of/odd": "x"}))
    (left,) = found(lab, both[0])["leftovers"]
    assert (left["module"], left["group"], left["environment"], left["type"]) == ("models-m", "a-b", "c-d-e", None)
    assert run(lab, both[0], "--delete", "--yes").returncode == 0
    assert target.stack_name not in there(lab, DEPLOY)


def kinds(answer: dict[str, Any]) -> list[tuple[str, Sequence[str]]]:
    return [(each["kind"], each["name"]) for each in answer["kept"]]


def test_what_is_retained_is_listed_apart_and_never_deleted(
    lab: Lab, both: tuple[Path, Topology], tmp_path: Path
) -> None:
    name, bucket = "shop-prices-models-m-gone-build", f"shop-prices-models-m-gone-registry-{BUILD}-{REGION}"
    retained = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    allowed = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{BUILD}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    resources = {
        **parameters({"/shop-model-cicd/prices/models-m/gone/x": "x"}),
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket}, **retained},
        "Key": {
            "Type": "AWS::KMS::Key",
            "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": [allowed]}},
            **retained,
        },
        "Alias": {
            "Type": "AWS::KMS::Alias",
            "Properties": {
                "AliasName": "alias/shop-prices-models-m-gone-registry",
                "TargetKeyId": {"Ref": "Key"},
            },
            **retained,
        },
    }
    create(lab, BUILD, name, resources)
    assert names(found(lab, both[0])) == [(BUILD, name)]
    done = run(lab, both[0], "--delete", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert name not in there(lab, BUILD)
    answer = found(lab, both[0])
    assert answer["leftovers"] == []
    assert kinds(answer) == [("bucket", bucket), ("key", "alias/shop-prices-models-m-gone-registry")]
    lab.client("s3", BUILD).head_bucket(Bucket=bucket)
    text = run(lab, both[0]).stdout
    assert f"    bucket, charged by the gigabyte\n      {bucket}\n" in text


def test_of_a_module_that_is_not_deployed_nothing_is_wanted(
    lab: Lab, both: tuple[Path, Topology], tmp_path: Path
) -> None:
    """As after a destroy that left endpoints behind: the manifest has them, and nothing promotes to them."""
    client = lab.client("cloudformation", TOOLING)
    client.delete_stack(StackName=both[1].tooling.stack_name)
    until(lambda: both[1].tooling.stack_name not in there(lab, TOOLING))
    answer = found(lab, both[0])
    assert {each["group"] for each in answer["leftovers"]} == {"live", None}
    assert len(answer["leftovers"]) == 6
    assert [each["kind"] for each in answer["leftovers"]][-1] == "redeployment"


def test_a_renamed_module_leaves_the_old_one(lab: Lab, both: tuple[Path, Topology], tmp_path: Path) -> None:
    renamed = manifest(tmp_path / "renamed", GROUP, OTHER, module="other")
    answer = found(lab, renamed)
    assert {each["module"] for each in answer["leftovers"]} == {"models-m"}
    assert run(lab, renamed, "--delete", "--yes").returncode == 0
    assert found(lab, renamed)["leftovers"] == []


def test_wrong_usage(lab: Lab, both: tuple[Path, Topology], tmp_path: Path) -> None:
    assert run(lab, both[0], "--yes").returncode == 2
    missing = run(lab, tmp_path / "nowhere.yaml")
    assert missing.returncode == 1 and "Traceback" not in missing.stderr
