"""A group that leaves the manifest is taken down by the next deployment, on an embedded AWS."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology, build
from model_cicd.sagemaker_model_cicd.topology.derive_sources import identity_stack
from model_cicd.sagemaker_model_cicd.topology.outputs import promotion_parameters
from model_cicd.settings import names
from model_cicd.settings.names import Names

from .conftest import BUILD, DEPLOY, REGION, TOOLING, Lab, until
from .test_teardown import ENVIRONMENT, GOOD, GROUP

PLACE = {"CDK_DEFAULT_ACCOUNT": TOOLING, "CDK_DEFAULT_REGION": REGION}


def settings(*groups: dict[str, Any]) -> dict[str, str]:
    return {**ENVIRONMENT, "SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS": json.dumps(groups)}


def group(name: str) -> dict[str, Any]:
    return {**copy.deepcopy(GROUP), "name": name, "sourceBranch": name}


@pytest.fixture(scope="module")
def topology(lab: Lab) -> Topology:
    """Two groups; the tooling and the build account are bootstrapped, that of `shop` is not."""
    for account in (TOOLING, BUILD):
        for kind in ("lookup", "deploy"):
            trust = {"AWS": f"arn:aws:iam::{TOOLING}:root"}
            lab.role(f"cdk-hnb659fds-{kind}-role-{account}-{REGION}", account, trust)
        cloudformation = {"Service": "cloudformation.amazonaws.com"}
        lab.role(f"cdk-hnb659fds-cfn-exec-role-{account}-{REGION}", account, cloudformation)
    return build(*load({**settings(group("stays"), group("leaves")), **PLACE}))


def stacks_of(topology: Topology, found: GroupTopology) -> list[tuple[str, str]]:
    """The group's stacks, each with its account."""
    return [
        (TOOLING, found.tooling_stack_name),
        (BUILD, found.build_stack_name),
        (BUILD, found.promotion.targets[0].stack_name),
        (TOOLING, found.promotion.stack_name),
    ]


def deploy(lab: Lab, topology: Topology, found: GroupTopology) -> None:
    """Stacks in the place of the group's, and what its promotion publishes."""
    parameters: dict[str, Any] = {
        f"P{number}": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": found.parameter(key), "Type": "String", "Value": value},
        }
        for number, (key, value) in enumerate(promotion_parameters(topology, found).items())
    }
    for account, name in stacks_of(topology, found):
        own: dict[str, Any] = copy.deepcopy(GOOD)
        own["Properties"]["Name"] = f"/of/{name}"
        resources = parameters if name == found.promotion.stack_name else {"It": own}
        template = json.dumps({"Resources": resources})
        lab.client("cloudformation", account).create_stack(StackName=name, TemplateBody=template)
        until(lambda account=account, name=name: name in there(lab, account))  # type: ignore[misc]


def there(lab: Lab, account: str) -> list[str]:
    found = lab.client("cloudformation", account).describe_stacks()["Stacks"]
    return [each["StackName"] for each in found if each["StackStatus"] == "CREATE_COMPLETE"]


def test_what_left_is_taken_down_and_what_stayed_is_not(lab: Lab, topology: Topology) -> None:
    stays, leaves = topology.groups
    for each in (stays, leaves):
        deploy(lab, topology, each)
    both = lab.run("model_cicd.operate.departed", **settings(group("stays"), group("leaves")))
    assert (both.returncode, both.stdout, both.stderr) == (0, "", "")
    done = lab.run("model_cicd.operate.departed", **settings(group("stays")))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("group leaves is not in the manifest any more: its registry and releases are kept\n")
    # nobody bootstrapped that account, so nothing serves there
    assert f"environment shop (account {DEPLOY}) was not looked at" in done.stdout
    deleted = [line.split()[2] for line in done.stdout.splitlines() if line.startswith("deleting stack ")]
    training, registry, endpoint, promotion = (name for _, name in stacks_of(topology, leaves))
    # who has the record goes last
    assert deleted == [training, endpoint, registry, promotion]
    assert [name for account, name in stacks_of(topology, stays) if name not in there(lab, account)] == []
    assert [name for account, name in stacks_of(topology, leaves) if name in there(lab, account)] == []
    # and its record with it
    again = lab.run("model_cicd.operate.departed", **settings(group("stays")))
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_what_redeployed_goes_with_the_infra_repository(lab: Lab, topology: Topology) -> None:
    stack = topology.tooling.infra_stack_name
    template: dict[str, Any] = copy.deepcopy(GOOD)
    template["Properties"]["Name"] = f"/of/{stack}"
    body = json.dumps({"Resources": {"It": template}})
    lab.client("cloudformation", TOOLING).create_stack(StackName=stack, TemplateBody=body)
    until(lambda: stack in there(lab, TOOLING))
    kept = lab.run("model_cicd.operate.departed", **settings(group("stays")))
    assert (kept.returncode, kept.stdout, stack in there(lab, TOOLING)) == (0, "", True)
    without = {name: value for name, value in settings(group("stays")).items() if not name.endswith("INFRA_REPO")}
    done = lab.run("model_cicd.operate.departed", **without)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"deleting stack {stack}" in done.stdout and stack not in there(lab, TOOLING)


def test_an_account_that_cannot_be_reached_keeps_the_record(lab: Lab, topology: Topology) -> None:
    leaves = topology.groups[1]
    deploy(lab, topology, leaves)
    role = f"cdk-hnb659fds-deploy-role-{BUILD}-{REGION}"
    iam = lab.client("iam", BUILD)
    closed = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{DEPLOY}:root"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [closed]})
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=policy)
    done = lab.run("model_cicd.operate.departed", **settings(group("stays")))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"its stack {leaves.build_stack_name} in account {BUILD} cannot be deleted" in done.stderr
    assert "Deploy once without build-account-ids" in done.stderr
    assert [name for account, name in stacks_of(topology, leaves) if name not in there(lab, account)] == []


def test_a_departed_group_of_an_account_that_is_gone(lab: Lab, topology: Topology) -> None:
    """The role is closed since the test before."""
    abandoned = {**settings(group("stays")), "SEEDFARMER_PARAMETER_ABANDONED_ACCOUNT_IDS": json.dumps([BUILD, DEPLOY])}
    leaves = topology.groups[1]
    done = lab.run("model_cicd.operate.departed", **abandoned)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"account {BUILD} is abandoned: stack {leaves.build_stack_name} was not looked at" in done.stdout
    here = [name for account, name in stacks_of(topology, leaves) if account == TOOLING]
    assert [name for name in here if name in there(lab, TOOLING)] == []
    for account, name in stacks_of(topology, leaves):
        if account == BUILD:
            lab.client("cloudformation", BUILD).delete_stack(StackName=name)
            until(lambda name=name: name not in there(lab, BUILD))  # type: ignore[misc]


def identity(account: str) -> str:
    return identity_stack(Names((names.prefix(load({**settings(group("stays")), **PLACE})[1]),)), account)


def test_an_identity_provider_goes_with_the_last_workflow(lab: Lab, topology: Topology) -> None:
    assert topology.providers == ()
    iam = lab.client("iam", BUILD)
    role = f"cdk-hnb659fds-deploy-role-{BUILD}-{REGION}"
    opened = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{TOOLING}:root"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [opened]})
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=policy)
    stack = identity(BUILD)
    own: dict[str, Any] = copy.deepcopy(GOOD)
    own["Properties"]["Name"] = f"/of/{stack}"
    template = json.dumps({"Resources": {"It": own}})
    lab.client("cloudformation", BUILD).create_stack(StackName=stack, TemplateBody=template)
    until(lambda: stack in there(lab, BUILD))
    workflow = {**group("stays"), "training": {"runner": "github-actions", "repository": "acme/price"}}
    groups = (workflow, group("leaves"))
    assert [each.stack_name for each in build(*load({**settings(*groups), **PLACE})).providers] == [stack]
    kept = lab.run("model_cicd.operate.departed", **settings(*groups))
    assert (kept.returncode, kept.stdout, kept.stderr) == (0, "", "")
    done = lab.run("model_cicd.operate.departed", **settings(group("stays"), group("leaves")))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"deleting stack {stack} in account {BUILD}\n"
    assert stack not in there(lab, BUILD)
