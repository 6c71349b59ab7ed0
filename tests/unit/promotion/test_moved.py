"""What leaves a group that stays, and what would start anew somewhere else, on an embedded AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.topology import Topology, build
from model_cicd.sagemaker_model_cicd.topology.outputs import promotion_parameters

from .conftest import BUILD, DEPLOY, REGION, TOOLING, Lab, until
from .test_departed import PLACE, group, settings, there

OTHER_REGION = "eu-central-1"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Three accounts, bootstrapped for the CDK; those where a module begins in another region as well."""
    from rehearsal.embedded_aws import EmbeddedAws

    world = EmbeddedAws(accounts=[TOOLING, BUILD, DEPLOY])
    made = Lab(world)
    places = [(TOOLING, REGION), (BUILD, REGION), (DEPLOY, REGION), (TOOLING, OTHER_REGION), (BUILD, OTHER_REGION)]
    for account, region in places:
        for kind in ("lookup", "deploy"):
            name = f"cdk-hnb659fds-{kind}-role-{account}-{region}"
            made.role(name, account, {"AWS": f"arn:aws:iam::{TOOLING}:root"})
        execution = f"cdk-hnb659fds-cfn-exec-role-{account}-{region}"
        made.role(execution, account, {"Service": "cloudformation.amazonaws.com"})
    try:
        yield made
    finally:
        world.close()


def topology_of(*groups: dict[str, Any]) -> Topology:
    return build(*load({**settings(*groups), **PLACE}))


def parameters(named: dict[str, str]) -> str:
    resources = {
        f"P{number}": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": name, "Type": "String", "Value": value}}
        for number, (name, value) in enumerate(named.items())
    }
    return json.dumps({"Resources": resources})


def create(lab: Lab, account: str, name: str, template: str, region: str = REGION, **given: str) -> None:
    client = lab.world.client("cloudformation", account=account, region=region)
    client.create_stack(
        StackName=name,
        TemplateBody=template,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
    )
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


def serving(lab: Lab, account: str, name: str, release: str) -> None:
    """A stack in the place of an endpoint's."""
    template = json.loads(parameters({f"/of/{name}": "-"}))
    template["Parameters"] = {"ModelPackageArn": {"Type": "String"}}
    template["Resources"]["P0"]["Properties"]["Value"] = {"Ref": "ModelPackageArn"}
    create(lab, account, name, json.dumps(template), ModelPackageArn=release)


def publish(lab: Lab, topology: Topology, region: str = REGION) -> None:
    """What the promotions of a deployment publish."""
    (found,) = topology.groups
    values = {found.parameter(key): value for key, value in promotion_parameters(topology, found).items()}
    create(lab, TOOLING, found.promotion.stack_name, parameters(values), region)


def run(lab: Lab, *groups: dict[str, Any], before: bool = True) -> Any:
    arguments = ["--before"] if before else []
    return lab.run("model_cicd.operate.departed", *arguments, **settings(*groups))


def quiet(done: Any) -> bool:
    """Whether a run had nothing to do."""
    return (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_environment_that_left_loses_its_endpoint_before_the_rest_is_deployed(lab: Lab) -> None:
    both = group("live")
    both["deployEnvironments"].append({"name": "train", "account": BUILD, "type": "prod"})
    topology = topology_of(both)
    publish(lab, topology)
    shop, train = topology.groups[0].promotion.targets
    for target in (shop, train):
        serving(lab, target.environment.account, target.stack_name, "x")
    assert quiet(run(lab, both))
    one = {**both, "deployEnvironments": both["deployEnvironments"][1:]}
    done = run(lab, one)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"group live does not serve with {shop.stack_name} in account {DEPLOY} any more",
        f"deleting stack {shop.stack_name} in account {DEPLOY}",
    ]
    assert shop.stack_name not in there(lab, DEPLOY)
    assert train.stack_name in there(lab, BUILD)
    # and again, as long as the deployment does not come that far
    assert quiet(run(lab, one))
    lab.client("cloudformation", BUILD).delete_stack(StackName=train.stack_name)


def moved(**more: str) -> dict[str, Any]:
    """The group, which builds in another account now."""
    found = group("live")
    found["buildEnvironment"] = {**found["buildEnvironment"], "account": DEPLOY, **more}
    return found


def test_a_registry_that_would_start_anew_is_refused_until_that_is_said(lab: Lab) -> None:
    refused = run(lab, moved())
    assert refused.returncode == 1 and "Traceback" not in refused.stderr
    for part in (
        f"group live: got the build account {DEPLOY}",
        f"is in account {BUILD}",
        f"buildEnvironment: {{movedFrom: '{BUILD}'}}",
        "Nothing was changed",
    ):
        assert part in refused.stderr
    assert quiet(run(lab, moved(movedFrom=BUILD)))


def test_the_former_build_account_is_left_alone_while_anything_serves_from_there(lab: Lab) -> None:
    now = moved(movedFrom=BUILD)
    topology = topology_of(now)
    (found,) = topology.groups
    (shop,) = found.promotion.targets
    create(lab, BUILD, found.build_stack_name, parameters({found.parameter("registry-bucket-name"): "-"}))
    serving(lab, DEPLOY, shop.stack_name, f"arn:aws:sagemaker:{REGION}:{BUILD}:model-package/live-releases/1")
    held = run(lab, now, before=False)
    assert (held.returncode, held.stderr) == (0, "")
    assert f"stack {found.build_stack_name} stays in account {BUILD} for now: shop of group live serves" in held.stdout
    assert found.build_stack_name in there(lab, BUILD)
    lab.client("cloudformation", DEPLOY).update_stack(
        StackName=shop.stack_name,
        UsePreviousTemplate=True,
        Parameters=[
            {
                "ParameterKey": "ModelPackageArn",
                "ParameterValue": f"arn:aws:sagemaker:{REGION}:{DEPLOY}:model-package/live-releases/1",
            }
        ],
    )
    until(lambda: status(lab, DEPLOY, shop.stack_name) == "UPDATE_COMPLETE")
    done = run(lab, now, before=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"deleting stack {found.build_stack_name} in account {BUILD}\n"
    assert found.build_stack_name not in there(lab, BUILD)


def status(lab: Lab, account: str, name: str) -> str | None:
    stacks = lab.client("cloudformation", account).describe_stacks()["Stacks"]
    return next((each["StackStatus"] for each in stacks if each["StackName"] == name), None)


def test_a_module_is_in_one_region_of_an_account(lab: Lab) -> None:
    """The group is published in one region; the module comes to another, as bootstrapped as the first."""
    there = settings(group("live"))
    there["SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS"] = there["SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS"].replace(
        REGION, OTHER_REGION
    )
    bucket = f"shop-live-training-{TOOLING}-{REGION}"
    where = {"AWS_REGION": OTHER_REGION, "AWS_DEFAULT_REGION": OTHER_REGION}
    run_there = lab.run("model_cicd.operate.departed", "--before", **there, **where)
    assert (run_there.returncode, run_there.stderr) == (0, "")
    lab.client("s3", TOOLING).create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    refused = lab.run("model_cicd.operate.departed", "--before", **there, **where)
    assert refused.returncode == 1
    assert f"got {OTHER_REGION}, and it is deployed in {REGION} of account {TOOLING}" in refused.stderr


def test_a_module_is_deployed_from_one_tooling_account(lab: Lab) -> None:
    """The group's stack in the build account is that of the module in the old tooling account."""
    new = group("later")
    topology = topology_of(new)
    (found,) = topology.groups
    promotion = found.promotion.pipeline.project.role.arn
    assert f":iam::{TOOLING}:role/" in promotion
    template = json.loads(parameters({"/later/trusts": promotion.replace(TOOLING, "999988887777")}))
    # as the CDK writes it, and beside what is no role of the group
    value = template["Resources"]["P0"]["Properties"]["Value"].removeprefix("arn:aws")
    joined = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, value]]}
    template["Resources"]["P0"]["Properties"] |= {"Value": joined, "Description": f"for {promotion}-of-another"}
    assert quiet(run(lab, new))
    create(lab, BUILD, found.build_stack_name, json.dumps(template))
    refused = run(lab, new)
    assert refused.returncode == 1 and "Traceback" not in refused.stderr
    for part in (
        f"group later: got the tooling account {TOOLING}, and stack {found.build_stack_name} of account {BUILD} is "
        "deployed from 999988887777\n",
        f"run `seedfarmer destroy {topology.context.deployment}` with the manifest as it was",
        "Nothing was changed",
    ):
        assert part in refused.stderr
    # and so is what cannot be reached, for the deployment would end there
    elsewhere = settings(group("later"))
    elsewhere["SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS"] = elsewhere["SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS"].replace(
        BUILD, "888888888888"
    )
    unreachable = lab.run("model_cicd.operate.departed", "--before", **elsewhere)
    assert unreachable.returncode == 1
    assert f"--trust {TOOLING}" in unreachable.stderr and "Nothing was changed" in unreachable.stderr
    # what a deployment of this account left half way is its own
    client = lab.client("cloudformation", BUILD)
    client.delete_stack(StackName=found.build_stack_name)
    client.get_waiter("stack_delete_complete").wait(StackName=found.build_stack_name, WaiterConfig={"Delay": 1})
    create(lab, BUILD, found.build_stack_name, parameters({"/later/trusts": promotion}))
    assert quiet(run(lab, new))


def test_wrong_usage(lab: Lab) -> None:
    assert lab.run("model_cicd.operate.departed", "--after", **settings(group("live"))).returncode == 2
