"""`model-cicd sleep` and `wake` against a stack: what is away meanwhile comes back as it was; prod never sleeps."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from model_cicd.operate.access import Access
from model_cicd.operate.records import Place
from model_cicd.operate.serving import serving
from model_cicd.operate.sleep import sleep, wake
from model_cicd.text.errors import ModelCicdError
from tests.emulator.roles import almighty
from tests.emulator.roles import trusting as trusting_service
from tests.unit.operate.conftest import BUILD, PREPROD, PROD, REGION, TOOLING, make_group, place, trusting

if TYPE_CHECKING:
    from rehearsal.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.slow

RELEASE = "arn:aws:sagemaker:us-east-1:222222222222:model-package/churn-releases/3"
Act = Callable[[str], Access]


def template(*, sleeps: bool) -> str:
    asleep = {"Asleep": {"Type": "String", "Default": "false"}} if sleeps else {}
    condition = {"Condition": "Awake"} if sleeps else {}
    value = {"Type": "String", "Value": {"Ref": "ModelPackageArn"}}
    made = {
        "Parameters": {"ModelPackageArn": {"Type": "String"}, "Version": {"Type": "String"}, **asleep},
        "Conditions": {"Awake": {"Fn::Equals": [{"Ref": "Asleep"}, "false"]}} if sleeps else {},
        "Resources": {
            "Endpoint": {"Type": "AWS::SSM::Parameter", "Properties": value | {"Name": "/endpoint"}, **condition},
            "Model": {"Type": "AWS::SSM::Parameter", "Properties": value | {"Name": "/model"}},
        },
        "Outputs": {name: {"Value": {"Ref": name}} for name in ("ModelPackageArn", "Version")},
    }
    return json.dumps({name: part for name, part in made.items() if part})


def roles(world: EmbeddedAws, where: Place) -> None:
    """Those of the bootstrap in the account of an environment."""
    iam = world.client("iam", account=where.account, region=REGION)
    for arn, trust in (
        (where.deploy_role_arn, trusting(TOOLING)),
        (where.lookup_role_arn, trusting(TOOLING)),
        (where.cfn_exec_role_arn, trusting_service("cloudformation.amazonaws.com")),
    ):
        almighty(iam, arn.rpartition("/")[2], trust)


def deploy(world: EmbeddedAws, where: Place, *, sleeps: bool) -> Any:
    """The environment's stack, by the roles of its account; its SSM."""
    roles(world, where)
    cloudformation = world.client("cloudformation", account=where.account, region=REGION)
    cloudformation.create_stack(
        StackName=where.stack_name,
        TemplateBody=template(sleeps=sleeps),
        Parameters=[
            {"ParameterKey": "ModelPackageArn", "ParameterValue": RELEASE},
            {"ParameterKey": "Version", "ParameterValue": "7"},
        ],
        RoleARN=where.cfn_exec_role_arn,
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=where.stack_name, WaiterConfig={"Delay": 0.2})
    return world.client("ssm", account=where.account, region=REGION)


def names(ssm: Any) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in ssm.get_parameters(Names=["/endpoint", "/model"])["Parameters"]}


def test_an_environment_sleeps_and_wakes_on_the_same_release(world: EmbeddedAws, act_in: Act) -> None:
    where = place("dev", PREPROD, "preprod")
    group, ssm, said = make_group(places=(where,)), deploy(world, where, sleeps=True), list[str]()
    access = act_in(TOOLING)
    assert serving(access, where).asleep is False

    done = sleep(access, group, where, said.append)
    assert done == f"churn: dev sleeps and has no endpoint, version 7 ({RELEASE})"
    assert names(ssm) == {"/model": RELEASE}
    found = serving(access, where)
    assert (found.asleep, found.state, found.version, found.release) == (True, "asleep", 7, 3)
    assert sleep(access, group, where, said.append) == f"churn: dev sleeps already, on version 7 ({RELEASE})"

    assert wake(access, group, where, said.append) == f"churn: dev serves again, version 7 ({RELEASE})"
    assert names(ssm) == {"/endpoint": RELEASE, "/model": RELEASE}
    assert serving(access, where).asleep is False
    assert wake(access, group, where, said.append) == f"churn: dev is awake, on version 7 ({RELEASE})"
    assert said == [
        f"churn: dev falls asleep on version 7 ({RELEASE})",
        f"churn: dev wakes on version 7 ({RELEASE})",
    ]


def test_prod_never_sleeps_and_others_only_with_the_setting(world: EmbeddedAws, act_in: Act) -> None:
    where = place("live", PROD, "prod")
    group, ssm = make_group(places=(where,)), deploy(world, where, sleeps=True)
    access = act_in(TOOLING)
    with pytest.raises(ModelCicdError, match="live is a prod environment, and prod never sleeps"):
        sleep(access, group, where, print)
    assert set(names(ssm)) == {"/endpoint", "/model"}

    other = place("other", TOOLING, "preprod")
    deploy(world, other, sleeps=False)
    for ask in (sleep, wake):
        with pytest.raises(ModelCicdError, match=r"other cannot sleep: set endpoint\.asleep of the environment"):
            ask(access, make_group(places=(other,)), other, print)


def test_what_serves_nothing_cannot_sleep(world: EmbeddedAws, act_in: Act) -> None:
    where = place("new", BUILD, "preprod")
    roles(world, where)
    with pytest.raises(ModelCicdError, match="new serves nothing yet"):
        sleep(act_in(TOOLING), make_group(places=(where,)), where, print)
