"""The stack of an environment that transforms data, and what environments without a stack change."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from iam_policy import Policies, Policy, Principal, Request, decide
from tests.unit.stacks.test_deploy_policy import BESIDES, ROOT, handled

SHOP = "666666666666"
BATCH: dict[str, Any] = {"input": "s3://shop-data/in", "output": "s3://shop-data/out/", "schedule": "rate(1 day)"}
Make = Callable[..., Any]


@pytest.fixture(scope="module")
def make(synthesize: Any, parameters: Any) -> Make:
    """`make(batch)`: the whole assembly with the shop as a batch environment."""

    def run(batch: dict[str, Any]) -> Any:
        changed = copy.deepcopy(parameters)
        changed["deployment-groups"][1]["deployEnvironments"][1] |= {"kind": "batch", "batch": batch}
        return synthesize(changed)

    return run


@pytest.fixture(scope="module")
def scheduled(make: Make) -> Any:
    return make(BATCH | {"notify": f"arn:aws:sns:eu-west-1:{SHOP}:failed", "tags": {"cost": "42"}})


@pytest.fixture(scope="module")
def template(scheduled: Any) -> Any:
    return scheduled.endpoint("live", "shop")


def definition(template: Any, one: Any) -> dict[str, Any]:
    """The state machine's, in some partition."""
    text = one(template, "AWS::StepFunctions::StateMachine")["Properties"]["DefinitionString"]
    loaded: dict[str, Any] = json.loads(
        "".join(each if isinstance(each, str) else "aws" for each in text["Fn::Join"][1])
    )
    return loaded


def roles(template: Any, find: Any) -> dict[str, dict[str, Any]]:
    """By the parameter that names a role, its statements by Sid."""
    return {
        role["Properties"]["RoleName"]["Ref"]: {
            each["Sid"]: each for each in role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        }
        for role in find(template, "AWS::IAM::Role")
    }


def test_it_names_no_account_and_no_environment(template: Any) -> None:
    text = json.dumps(template).replace("shop-data", "").replace(f"arn:aws:sns:eu-west-1:{SHOP}:failed", "")
    assert not [word for word in ("444444444444", SHOP, "eu-west-1", "shop") if word in text]


def test_it_has_no_endpoint(template: Any, find: Any) -> None:
    kinds = {resource["Type"] for resource in template["Resources"].values()}
    assert not {kind for kind in kinds if "Endpoint" in kind or "Alarm" in kind or "KMS" in kind}
    assert len(find(template, "AWS::SageMaker::Model")) == 1


def test_the_machine_transforms_with_the_model_of_its_stack(template: Any, one: Any) -> None:
    machine = one(template, "AWS::StepFunctions::StateMachine")["Properties"]
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["DefinitionSubstitutions"] == {
        "Model": {"Fn::GetAtt": ["Model", "ModelName"]},
        "JobPrefix": {"Ref": "JobPrefix"},
    }
    job = definition(template, one)["States"]["Transform"]["Parameters"]
    assert job["ModelName"] == "${Model}"


def test_a_schedule_starts_it(template: Any, one: Any) -> None:
    rule = one(template, "AWS::Events::Rule")["Properties"]
    assert rule["ScheduleExpression"] == "rate(1 day)" and "EventPattern" not in rule
    (target,) = rule["Targets"]
    assert target["RoleArn"] == {"Fn::GetAtt": ["EventsRole", "Arn"]} and "Input" not in target


def test_the_roles_reach_their_own_prefixes_and_no_further(template: Any, find: Any) -> None:
    found = roles(template, find)
    model, run, events = (found[name] for name in ("ModelExecutionRoleName", "RunRoleName", "EventsRoleName"))
    assert [each["Action"] for each in events.values()] == ["states:StartExecution"]
    s3 = {sid: each for sid, each in model.items() if "s3:" in json.dumps(each["Action"]) and sid[:5] != "Model"}
    assert set(s3) == {"ListModels", "Input", "ListInput", "Output"}
    assert json.dumps(s3["Input"]["Resource"]).endswith(':s3:::shop-data/in/*"]]}')
    assert s3["ListInput"]["Condition"] == {"StringLike": {"s3:prefix": "in/*"}}
    assert json.dumps(s3["Output"]["Resource"]).endswith(':s3:::shop-data/out/*"]]}')
    assert json.dumps(run["Transform"]["Resource"]).endswith(':transform-job/", {"Ref": "JobPrefix"}, "-*"]]}')
    assert set(run) == {"Turn", "Transform", "Tell", "LogDelivery", "Tracing"}


def test_new_objects_start_it_each_for_itself(make: Make, one: Any) -> None:
    own = {key: value for key, value in BATCH.items() if key != "schedule"}
    template = make(own | {"onNewData": True, "join": True, "splitLines": True, "inputFilter": "$[1:]"}).endpoint(
        "live", "shop"
    )
    pattern = one(template, "AWS::Events::Rule")["Properties"]["EventPattern"]
    assert pattern["detail"]["bucket"] == {"name": ["shop-data"]}
    assert pattern["detail"]["object"]["key"] == [{"prefix": "in/"}]
    states = definition(template, one)["States"]
    assert states["Which"]["Choices"][0]["Next"] == "NewObject"
    assert states["Transform"]["Parameters"]["DataProcessing"] == {"JoinSource": "Input", "InputFilter": "$[1:]"}
    assert "Skipped" not in states


def test_started_by_hand_nothing_starts_it(make: Make, find: Any) -> None:
    template = make({"input": "s3://shop-data/in", "output": "s3://elsewhere/out"}).endpoint("live", "shop")
    assert find(template, "AWS::Events::Rule") == []
    assert set(roles(template, find)) == {"ModelExecutionRoleName", "RunRoleName"}


def test_the_stage_gives_the_names(scheduled: Any) -> None:
    given = json.loads(scheduled.source("live")["live/shop.json"])
    target = scheduled.group("live").promotion.targets[-1]
    names = given["Parameters"]
    assert names["StateMachineName"] == target.batch.machine.state_machine.name
    assert len(f"{names['JobPrefix']}-{'0' * 32}-5") <= 63
    assert given["Tags"] == {"cost": "42"}
    assert "EndpointName" not in names
    assert set(names) | {"ModelPackageArn", "ReleaseKeyArn", "Version", "Digest", "Commit"} == set(
        scheduled.endpoint("live", "shop")["Parameters"]
    )


def test_what_is_published_says_its_kind(scheduled: Any) -> None:
    texts = [
        each["Properties"]["Value"]
        for each in scheduled.promotion("live")["Resources"].values()
        if each["Type"] == "AWS::SSM::Parameter" and "promotion/environment-" in each["Properties"]["Name"]
    ]
    found = {each["name"]: each for each in map(json.loads, texts)}
    assert found["shop"]["kind"] == "batch"
    assert found["shop"]["stateMachineArn"].startswith(f"arn:aws:states:eu-west-1:{SHOP}:stateMachine:")
    assert "kind" not in found["approval"] and "stateMachineArn" not in found["approval"]


def test_environments_of_kind_none_have_no_stage_and_no_grant(synthesize: Any, parameters: Any) -> None:
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][1]["buildEnvironment"]["kind"] = "none"
    changed["deployment-groups"][1]["deployEnvironments"][0]["kind"] = "none"
    assembly = synthesize(changed)
    (pipeline,) = [
        each
        for each in assembly.promotion("live")["Resources"].values()
        if each["Type"] == "AWS::CodePipeline::Pipeline"
    ]
    assert [each["Name"] for each in pipeline["Properties"]["Stages"]] == ["Source", "Prepare", "Deploy-shop"]
    text = json.dumps(assembly.build("live"))
    assert "live.shop-model" in text
    assert "555555555555" not in text and "live.train-model" not in text


def test_serverless_is_a_word_for_its_defaults(synthesize: Any, parameters: Any) -> None:
    made = []
    ways: list[dict[str, Any]] = [{"kind": "serverless"}, {"endpoint": {"serverless": {}}}]
    for settings in ways:
        changed = copy.deepcopy(parameters)
        changed["deployment-groups"][1]["deployEnvironments"][1] |= settings
        made.append(synthesize(changed).endpoint("live", "shop"))
    assert made[0] == made[1]
    assert "ServerlessConfig" in json.dumps(made[0])


# --- the policy that docs/bootstrap.md gives accounts that transform data -------------------------------------------
#: what handlers name for what the templates do not have: keys of log groups, deliveries, other policies of logs
NOT_USED = {
    *("firehose:TagDeliveryStream", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "s3:GetObject"),
    *("s3:GetObjectVersion", "s3:REST.PUT.OBJECT", "logs:AssociateKmsKey", "logs:DisassociateKmsKey"),
    *("logs:CreateLogDelivery", "logs:PutResourcePolicy", "logs:DeleteResourcePolicy"),
    *(
        "logs:PutDataProtectionPolicy",
        "logs:DeleteDataProtectionPolicy",
        "logs:PutIndexPolicy",
        "logs:DeleteIndexPolicy",
    ),
    *("logs:PutLogGroupDeletionProtection", "logs:PutBearerTokenAuthentication"),
}


def published(fence: str) -> dict[str, Any]:
    page = (ROOT / "docs" / "bootstrap.md").read_text(encoding="utf-8")
    (text,) = re.findall(rf"```{fence}\n(.*?)```", page, re.DOTALL)
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def test_the_published_policies_allow_what_the_handlers_ask_for(template: Any) -> None:
    wanted = {each for resource in template["Resources"].values() for each in handled(resource["Type"])}

    def of(fence: str) -> set[str]:
        given = [statement["Action"] for statement in published(fence)["Statement"]]
        return {action for each in given for action in ([each] if isinstance(each, str) else each)}

    assert wanted - NOT_USED - of("json") - of("json batch") == set()
    assert of("json batch") - wanted - set(BESIDES) == set()
    assert len(json.dumps(published("json batch"), separators=(",", ":")).replace("PREFIX", "p" * 40)) <= 6144


@pytest.mark.parametrize(
    ("action", "resource", "service", "allowed"),
    [
        ("iam:PassRole", "role/{run}", "states.amazonaws.com", True),
        ("iam:PassRole", "role/{run}", "events.amazonaws.com", False),
        ("iam:PassRole", "role/{events}", "events.amazonaws.com", True),
        ("iam:PassRole", "role/somebodys-batch-run", "states.amazonaws.com", False),
        ("iam:CreateRole", "role/{run}", "", True),
        ("iam:CreateRole", "role/administrator", "", False),
    ],
)
def test_roles_of_runs_are_made_and_passed(
    scheduled: Any, action: str, resource: str, service: str, allowed: bool
) -> None:
    target = scheduled.group("live").promotion.targets[-1]
    machine, prefix = target.batch.machine, scheduled.topology.prefix
    text = json.dumps(published("json batch"))
    for name, value in (("DEPLOY", SHOP), ("REGION", "eu-west-1"), ("PREFIX", prefix)):
        text = text.replace(name, value)
    arn = f"arn:aws:iam::{SHOP}:{resource.format(run=machine.role.name, events=machine.events_role.name)}"
    context = {"iam:PassedToService": service} if service else {}
    request = Request(Principal("role", f"arn:aws:iam::{SHOP}:role/executor", SHOP), action, arn, SHOP, context)
    policies = Policies(identity=(Policy.parse(json.loads(text), name="published"),))
    assert decide(request, policies).allowed is allowed
