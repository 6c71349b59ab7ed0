"""What people are told, and what the templates make of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from model_cicd.aws.schedules import longest_pause
from model_cicd.constructs.notification_message import Message
from rehearsal.events.pattern import Pattern
from rehearsal.events.transform import payload

from .conftest import Assembly, Parameters, Resource

CHAT = "arn:aws:chatbot::111111111111:chat-configuration/slack-channel/models"
TOPIC = "arn:aws:sns:eu-west-1:111111111111:ours"
EVENT: dict[str, Any] = {
    "time": "2026-11-29T10:00:00Z",
    "detail": {
        "ModelPackageVersion": 3,
        "version": 3,
        "environment": "shop",
        "who": "arn:aws:sts::111111111111:assumed-role/Lead/me",
        "metrics": "Mse 3056 (at most 4000)",
        "before": "version 2: Mse 3100 (at most 4000)",
        "execution-id": "a1b2",
        "stage": "Deploy-shop",
    },
}
Find = Callable[..., list[Resource]]


@pytest.fixture(scope="module")
def told(synthesize: Callable[..., Assembly], parameters: Parameters) -> Assembly:
    """Mail for all groups but one, which has a chat."""
    research, live = parameters["deployment-groups"]
    groups = [research | {"schedule": "rate(1 day)"}, live | {"notifications": {"chatConfigurationArn": CHAT}}]
    return synthesize(parameters | {"notifications": {"emails": ["ml@example.com"]}, "deployment-groups": groups})


def messages(find: Find, template: dict[str, Any]) -> dict[str, str]:
    """What each rule that tells makes of an event, by the end of its name."""
    found = {}
    for rule in find(template, "AWS::Events::Rule"):
        (target,) = rule["Properties"]["Targets"]
        if "InputTransformer" in target:
            name = rule["Properties"]["Name"]
            found[name.rpartition(".")[2]] = payload(target, EVENT, rule_arn="", rule_name="")
    return found


def test_a_topic_of_the_module_and_one_of_the_group(told: Assembly, find: Find, one: Any) -> None:
    [topic] = find(told.tooling, "AWS::SNS::Topic")
    assert topic["Properties"]["TopicName"].endswith("_notifications")
    assert "KmsMasterKeyId" in topic["Properties"]
    subscription = one(told.tooling, "AWS::SNS::Subscription")["Properties"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ml@example.com")
    assert find(told.training("research"), "AWS::SNS::Topic") == []
    [own] = find(told.training("live"), "AWS::SNS::Topic")
    assert own["Properties"]["TopicName"].endswith("live_notifications")
    assert find(told.training("live"), "AWS::SNS::Subscription") == []
    for group, arn in (("research", told.topology.tooling.notifications.topic.arn), ("live", None)):
        expected = arn or told.group("live").notifications.own.topic.arn
        parameter = told.group(group).parameter("training/notification-topic-arn")
        assert one(told.training(group), "AWS::SSM::Parameter", Name=parameter)["Properties"]["Value"] == expected


def test_nothing_without_the_setting(assembly: Assembly, find: Find) -> None:
    for template in assembly.templates.values():
        assert find(template, "AWS::SNS::Topic") == []
        assert messages(find, template) == {}


def test_mails_begin_with_what_happened_and_end_with_where_it_is_seen(told: Assembly, find: Find) -> None:
    found = messages(find, told.training("research"))
    assert {name: text.partition("\n")[0].strip('"') for name, text in found.items()} == {
        "registered": "Version 3 of research awaits approval",
        "measured": "Version 3 of research awaits approval",
        "training-failed": "Training of research failed",
        "awaits-approval": "Deploy-shop of research awaits approval",
        "promoted": "Deploy-shop of research succeeded: the promoted version serves",
        "promotion-failed": "Deploy-shop of the promotion of research failed",
        "no-training": "No training of research began for 49 hours",
        "rolled-back": "shop of research was rolled back to version 3",
    }
    for text in found.values():
        assert "<" not in text
        assert all(line.startswith('"') and line.endswith('"') for line in text.splitlines())
    console = "https://eu-west-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/"
    assert [name for name, text in found.items() if console not in text.splitlines()[-1]] == ["rolled-back"]
    registered = found["registered"]
    assert "Metrics" not in registered
    assert '"Metrics: Mse 3056 (at most 4000)"' in found["measured"].splitlines()
    assert '"Approved before: version 2: Mse 3100 (at most 4000)"' in found["measured"].splitlines()
    assert "model-cicd approve research 3 --region eu-west-1" in registered
    assert "model-cicd reject research 3 --region eu-west-1 --reason WHY" in registered
    assert told.group("research").promotion.approver.name in registered


@pytest.mark.parametrize(
    ("told_of", "tells"),
    [
        ({}, True),
        ({"version": "3; curl https://x | sh"}, False),
        ({"version": -1}, False),
        ({"before": "none\nApprove it: curl x | sh"}, False),
        ({"metrics": 'Mse 1"'}, False),
        ({"metrics": "Mse 1\\n"}, False),
        ({"metrics": "see https://x"}, False),
        # of a list, one is enough for a pattern: it is written as JSON, with its quotes
        ({"version": [3, "$(curl x)"], "metrics": ["Mse 1", "a\nb"]}, True),
    ],
)
def test_a_build_cannot_forge_lines(told: Assembly, find: Find, told_of: dict[str, Any], tells: bool) -> None:
    """The training's own repository decides what its build puts on the bus."""
    rule = next(
        each["Properties"]
        for each in find(told.training("research"), "AWS::Events::Rule")
        if each["Properties"]["Name"].endswith(".measured")
    )
    (detail_type,) = rule["EventPattern"]["detail-type"]
    detail = {name: EVENT["detail"][name] for name in ("version", "metrics", "before")} | told_of
    event = {"time": EVENT["time"], "source": "model-cicd", "detail-type": detail_type, "detail": detail}
    event["account"] = rule["EventPattern"]["account"][0]
    assert Pattern(json.dumps(rule["EventPattern"])).matches(event) is tells
    if tells:
        lines = payload(rule["Targets"][0], event, rule_arn="", rule_name="").splitlines()
        assert '"Approve it: model-cicd approve research VERSION --region eu-west-1"' in lines
        assert [each for each in lines[1:] if "curl" in each] == []
        assert all(each.startswith('"') and each.endswith('"') for each in lines if each)


def test_a_chat_gets_cards(told: Assembly, find: Find) -> None:
    for name, text in messages(find, told.training("live")).items():
        card = json.loads(text)
        assert (card["version"], card["source"]) == ("1.0", "custom"), name
        content = card["content"]
        assert content["textType"] == "client-markdown"
        assert content["title"]
        assert content["nextSteps"]


def test_an_existing_topic_is_taken_as_it_is(
    synthesize: Callable[..., Assembly], parameters: Parameters, find: Find
) -> None:
    research, live = parameters["deployment-groups"]
    groups = [research | {"notifications": {}}, live]
    made = synthesize(parameters | {"notifications": {"topicArn": TOPIC}, "deployment-groups": groups})
    assert all(find(template, "AWS::SNS::Topic") == [] for template in made.templates.values())
    assert messages(find, made.training("research")) == {}
    rules = find(made.training("live"), "AWS::Events::Rule")
    told = [each["Properties"]["Targets"][0]["Arn"] for each in rules if "InputTransformer" in str(each)]
    assert told == [TOPIC] * 7


def test_what_eventbridge_would_not_take_is_refused() -> None:
    with pytest.raises(ValueError, match="without quotes"):
        Message('a "quoted" one').transformer(chat=False)
    with pytest.raises(ValueError, match="at most 8192"):
        Message("long", ["x" * 9000]).transformer(chat=True)


def test_an_alarm_watches_schedules_that_it_can_see(told: Assembly, find: Find) -> None:
    [alarm] = find(told.training("research"), "AWS::CloudWatch::Alarm")
    properties = alarm["Properties"]
    assert (properties["MetricName"], properties["EvaluationPeriods"], properties["Period"]) == ("Builds", 49, 3600)
    assert properties["Dimensions"] == [{"Name": "ProjectName", "Value": told.group("research").training.project.name}]
    assert properties["TreatMissingData"] == "breaching"
    assert find(told.training("live"), "AWS::CloudWatch::Alarm") == []


@pytest.mark.parametrize(
    ("schedule", "seconds"),
    [
        ("rate(1 minute)", 60),
        ("rate(12 hours)", 43_200),
        ("rate(7 days)", 604_800),
        ("cron(0 6 * * ? *)", 86_400),
        ("cron(0 6 ? * * *)", 86_400),
        ("cron(0 6 ? * MON *)", None),
        ("cron(0 6 1 * ? *)", None),
    ],
)
def test_how_long_a_schedule_pauses(schedule: str, seconds: int | None) -> None:
    assert longest_pause(schedule) == seconds


def test_names_that_are_many_or_odd_make_no_message_too_long_or_wrong(
    synthesize: Callable[..., Assembly], parameters: Parameters, find: Find
) -> None:
    research, _ = parameters["deployment-groups"]
    many = [{"name": f"{'e' * 58}{n:02}", "account": f"4444444444{n:02}", "type": "dev"} for n in range(20)]
    odd = research | {"sourceBranch": 'feature/"a"<b>', "deployEnvironments": many}
    made = synthesize(parameters | {"notifications": {"emails": ["a@b.c"]}, "deployment-groups": [odd]})
    registered = messages(find, made.training("research"))["registered"]
    assert "Trained from branch feature/_a__b_ of model-build" in registered
    assert "and 16 more" in registered


def test_executions_that_nobody_waits_for_are_told_when_they_fail(
    synthesize: Callable[..., Assembly], parameters: Parameters, find: Find, one: Any
) -> None:
    research, live = parameters["deployment-groups"]
    groups = [research | {"training": {"wait": False}}, live]
    made = synthesize(parameters | {"notifications": {"emails": ["a@b.c"]}, "deployment-groups": groups})
    group = made.group("research")
    event: dict[str, Any] = {
        "time": EVENT["time"],
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Model Building Pipeline Execution Status Change",
        "account": group.build.account,
        "region": group.build.region,
        "detail": {
            "pipelineArn": group.sagemaker_pipeline.arn,
            "pipelineExecutionArn": f"{group.sagemaker_pipeline.arn}/execution/abc123",
            "previousPipelineExecutionStatus": "Executing",
            "currentPipelineExecutionStatus": "Failed",
        },
    }
    forwarded = one(made.build("research"), "AWS::Events::Rule", Name=group.forwarding.failures_rule)["Properties"]
    telling = one(made.training("research"), "AWS::Events::Rule", Name=group.notifications.execution_rule)["Properties"]
    for status, other in (("Failed", {}), ("Succeeded", {}), ("Failed", {"pipelineArn": f"{group.models.arn}x"})):
        seen = event | {"detail": event["detail"] | {"currentPipelineExecutionStatus": status} | other}
        for rule in (forwarded, telling):
            assert Pattern(json.dumps(rule["EventPattern"])).matches(seen) is ((status, other) == ("Failed", {}))
    text = payload(telling["Targets"][0], event, rule_arn="", rule_name="")
    assert text.startswith('"Training of research failed"\n') and "/execution/abc123, at 2026" in text
    statement = find(made.tooling, "AWS::Events::EventBusPolicy")[1]["Properties"]["Statement"]
    assert statement["Condition"]["ArnEquals"] == {"aws:PrincipalArn": [group.forwarding.role.arn]}
    assert statement["Condition"]["StringEquals"]["events:detail-type"] == event["detail-type"]
    # a build that waits tells by its pipeline
    assert made.group("live").notifications.execution_rule is None
    assert made.group("live").forwarding.failures_rule is None
