"""What an approval is about, on an embedded AWS: `model-cicd describe-change-set` as its build runs it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from model_cicd.promotion.describe import in_words
from model_cicd.promotion.plan import PlannedEnvironment

from .conftest import DEPLOY, REGION, Lab, until
from .test_prepare import plan, variables

pytestmark = pytest.mark.slow
STACK = "endpoint-of-described"


def template(*names: str) -> dict[str, Any]:
    value = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "Version"}}}
    return {"Parameters": {"Version": {"Type": "String"}}, "Resources": dict.fromkeys(names, value)}


def made(lab: Lab, name: str, body: dict[str, Any], version: str) -> None:
    """A change set that makes the stack, or changes it."""
    stacks = lab.client("cloudformation", DEPLOY)
    known = [each["StackName"] for each in stacks.describe_stacks()["Stacks"]]
    stacks.create_change_set(
        StackName=STACK, ChangeSetName=name, ChangeSetType="UPDATE" if STACK in known else "CREATE",
        TemplateBody=json.dumps(body), Parameters=[{"ParameterKey": "Version", "ParameterValue": version}],
    )  # fmt: skip
    until(lambda: not stacks.describe_change_set(StackName=STACK, ChangeSetName=name)["Status"].endswith("_PENDING"))


def described(
    lab: Lab, directory: Path, name: str, body: dict[str, Any], version: str
) -> subprocess.CompletedProcess[str]:
    environment = PlannedEnvironment("shop", "prod", DEPLOY, REGION, STACK, lab.lookup)
    (directory / "promotion.json").write_text(plan(lab, environments=(environment,)).to_json())
    (directory / "template.json").write_text(json.dumps(body))
    (directory / "shop.json").write_text(json.dumps({"Parameters": {}}))
    return lab.run(
        *("model_cicd.cli", "describe-change-set", str(directory / "promotion.json")),
        *("--output", str(directory / "promotion.env")),
        DEPLOY_ENVIRONMENT="shop", CHANGE_SET=name, CHANGE_SET_TEMPLATE="template.json",
        CHANGE_SET_CONFIGURATION="shop.json", CHANGE_SET_PARAMETERS=json.dumps({"Version": version}),
    )  # fmt: skip


def test_an_approval_says_what_is_added_changed_and_removed(lab: Lab, tmp_path: Path) -> None:
    stacks = lab.client("cloudformation", DEPLOY)
    made(lab, "first", template("Kept", "Gone"), "1")
    done = described(lab, tmp_path, "first", template("Kept", "Gone"), "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert variables(tmp_path, ["Changes"]) == {"Changes": "adds Gone (SSM Parameter), Kept (SSM Parameter)"}
    stacks.execute_change_set(StackName=STACK, ChangeSetName="first")
    until(lambda: stacks.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE")
    made(lab, "second", template("Kept", "New"), "2")
    assert described(lab, tmp_path, "second", template("Kept", "New"), "2").returncode == 0
    text = "removes Gone (SSM Parameter); adds New (SSM Parameter); changes Kept (SSM Parameter)"
    assert variables(tmp_path, ["Changes"]) == {"Changes": text}
    made(lab, "nothing", template("Kept", "Gone"), "1")
    assert described(lab, tmp_path, "nothing", template("Kept", "Gone"), "1").returncode == 0
    assert variables(tmp_path, ["Changes"]) == {"Changes": "it changes nothing"}


def test_a_change_set_of_another_template_or_version_is_refused(lab: Lab, tmp_path: Path) -> None:
    made(lab, "exchanged", template("Attack"), "7")
    done = described(lab, tmp_path, "exchanged", template("Other"), "7")
    assert done.returncode == 1 and "has another template than template.json" in done.stderr
    done = described(lab, tmp_path, "exchanged", template("Attack"), "8")
    assert done.returncode == 1 and "has Version 7, expected 8" in done.stderr
    assert not (tmp_path / "promotion.env").exists() and "Traceback" not in done.stderr


def test_a_change_set_that_is_not_there_is_refused_in_one_line(lab: Lab, tmp_path: Path) -> None:
    done = described(lab, tmp_path, "missing", template("Kept"), "1")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_what_is_replaced_and_rights_come_first() -> None:
    def change(name: str, kind: str, action: str = "Modify", replacement: str = "False") -> dict[str, Any]:
        shown = {"LogicalResourceId": name, "ResourceType": f"AWS::{kind}", "Action": action}
        return {"ResourceChange": shown | {"Replacement": replacement}}

    changes = [
        change("Endpoint", "SageMaker::Endpoint"),
        change("ModelRole", "IAM::Role"),
        change("Model", "SageMaker::Model", replacement="True"),
        change("Key", "KMS::Key", "Add"),
    ]
    assert in_words(changes) == (
        "replaces Model (SageMaker Model); adds Key (KMS Key); "
        "changes ModelRole (IAM Role), Endpoint (SageMaker Endpoint)"
    )
    many = in_words([change(f"Resource{number:03}", "IAM::Role", "Add") for number in range(50)])
    assert len(many) <= 249 and many.endswith(" and more")
