"""Endpoint stacks go before everything else, on an embedded AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, build

from .conftest import BUILD, DEPLOY, REGION, TOOLING, Lab, until

GROUP = {
    "name": "live",
    "sourceBranch": "main",
    "buildEnvironment": {"name": "train", "account": BUILD, "region": REGION, "type": "preprod"},
    "deployEnvironments": [{"name": "shop", "account": DEPLOY, "type": "prod"}],
}
ENVIRONMENT = {
    "SEEDFARMER_PROJECT_NAME": "shop",
    "SEEDFARMER_DEPLOYMENT_NAME": "models",
    "SEEDFARMER_MODULE_NAME": "training-prices",
    "SEEDFARMER_PARAMETER_INFRA_REPO": json.dumps({"name": "infra"}),
    "SEEDFARMER_PARAMETER_MODEL_BUILD_REPO": json.dumps({"name": "model-build"}),
    "SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS": json.dumps([GROUP]),
}
GOOD = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/made-by-a-promotion", "Type": "String", "Value": "-"}}
BROKEN = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "No Bucket Has This Name"}}


@pytest.fixture(scope="module")
def targets(lab: Lab) -> dict[str, EndpointTarget]:
    """The environments; the account of `shop` is bootstrapped, that of `train` is not."""
    lab.role(f"cdk-hnb659fds-deploy-role-{DEPLOY}-{REGION}", DEPLOY, {"AWS": f"arn:aws:iam::{TOOLING}:root"})
    lab.role(f"cdk-hnb659fds-lookup-role-{TOOLING}-{REGION}", TOOLING, {"AWS": f"arn:aws:iam::{TOOLING}:root"})
    lab.role(f"cdk-hnb659fds-cfn-exec-role-{DEPLOY}-{REGION}", DEPLOY, {"Service": "cloudformation.amazonaws.com"})
    place = {"CDK_DEFAULT_ACCOUNT": TOOLING, "CDK_DEFAULT_REGION": REGION}
    topology = build(*load({**ENVIRONMENT, **place}))
    return {target.environment.name: target for target in topology.groups[0].promotion.targets}


def teardown(lab: Lab, *arguments: str) -> Any:
    return lab.run("model_cicd.promotion.teardown", *arguments, **ENVIRONMENT)


def status(lab: Lab, name: str) -> str | None:
    stacks = lab.client("cloudformation", DEPLOY).describe_stacks()["Stacks"]
    return next((each["StackStatus"] for each in stacks if each["StackName"] == name), None)


def deploy(lab: Lab, name: str, resource: dict[str, Any], expected: str) -> None:
    template = json.dumps({"Resources": {"It": resource}})
    lab.client("cloudformation", DEPLOY).create_stack(StackName=name, TemplateBody=template)
    until(lambda: status(lab, name) == expected)


def test_everything_that_serves_is_deleted(lab: Lab, targets: dict[str, EndpointTarget]) -> None:
    name = targets["shop"].stack_name
    deploy(lab, name, GOOD, "CREATE_COMPLETE")
    done = teardown(lab)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"deleting stack {name} in account {DEPLOY}" in done.stdout
    assert status(lab, name) is None
    # nobody bootstrapped the other account, so nothing was promoted to it
    assert f"environment train (account {BUILD}) was not looked at" in done.stdout


def test_nothing_to_delete(lab: Lab, targets: dict[str, EndpointTarget]) -> None:
    assert status(lab, targets["shop"].stack_name) is None
    done = teardown(lab)
    assert (done.returncode, done.stderr) == (0, "") and "deleting" not in done.stdout


def test_only_what_never_served_is_deleted_before_a_deployment(lab: Lab, targets: dict[str, EndpointTarget]) -> None:
    name = targets["shop"].stack_name
    deploy(lab, name, BROKEN, "ROLLBACK_COMPLETE")
    done = teardown(lab, "--failed")
    assert (done.returncode, done.stderr) == (0, "")
    assert status(lab, name) is None
    deploy(lab, name, GOOD, "CREATE_COMPLETE")
    done = teardown(lab, "--failed")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert status(lab, name) == "CREATE_COMPLETE"


def test_wrong_usage_and_bad_settings(lab: Lab) -> None:
    assert teardown(lab, "--all").returncode == 2
    done = lab.run("model_cicd.promotion.teardown", **{**ENVIRONMENT, "SEEDFARMER_PROJECT_NAME": ""})
    assert done.returncode == 1 and "Traceback" not in done.stderr
