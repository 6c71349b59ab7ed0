"""Who is told: what a manifest may say of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.settings.validate import validate
from model_cicd.text.errors import ProblemsError

Parameters = dict[str, Any]
CHAT = "arn:aws:chatbot::123456789010:chat-configuration/slack-channel/models"
TOPIC = "arn:aws:sns:us-east-1:123456789010:ours"


def complaints(parameters: Parameters) -> list[tuple[str, str]]:
    return [(".".join(map(str, path)), message) for path, message in validate(parameters)[1]]


@pytest.mark.parametrize("given", [{"emails": ["a@example.com"]}, {"topicArn": TOPIC}, {"chatConfigurationArn": CHAT}])
def test_one_way_each(parameters: Parameters, given: Parameters) -> None:
    assert complaints(parameters | {"notifications": given}) == []
    parameters["deployment-groups"][0]["notifications"] = given
    assert complaints(parameters) == []


def test_a_group_may_be_left_out(parameters: Parameters) -> None:
    parameters["deployment-groups"][0]["notifications"] = {}
    assert complaints(parameters | {"notifications": {"topicArn": TOPIC}}) == []


@pytest.mark.parametrize(
    ("given", "where", "said"),
    [
        ({}, "", "got none of topicArn, emails, chatConfigurationArn, expected one of them"),
        (
            {"emails": ["a@example.com"], "topicArn": TOPIC},
            ".emails",
            "got emails beside topicArn, expected one of them",
        ),
        ({"emails": ["nobody"]}, ".emails.0", "got 'nobody', expected an email address"),
        ({"emails": ["a@b.c", "A@b.c"]}, ".emails.1", "got 'A@b.c' again, expected each address once"),
        ({"topicArn": f"{TOPIC}.fifo"}, ".topicArn", "expected the ARN of an SNS topic (no FIFO topic)"),
        ({"chatConfigurationArn": TOPIC}, ".chatConfigurationArn", "expected the ARN of a chat configuration"),
        ({"email": ["a@b.c"]}, ".email", "did you mean 'emails'"),
    ],
)
def test_what_is_refused(parameters: Parameters, given: Parameters, where: str, said: str) -> None:
    found = dict(complaints(parameters | {"notifications": given}))
    assert said in found[f"notifications{where}"], found


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"topicArn": TOPIC.replace("us-east-1", "eu-west-1")}, "topicArn"),
        ({"topicArn": TOPIC.replace("9010", "9011")}, "topicArn"),
        ({"chatConfigurationArn": CHAT.replace("9010", "9011")}, "chatConfigurationArn"),
    ],
)
def test_they_are_where_the_rules_are(
    parameters: Parameters, environment: Callable[[Parameters], dict[str, str]], given: Parameters, where: str
) -> None:
    parameters["deployment-groups"][0]["notifications"] = given
    with pytest.raises(ProblemsError) as raised:
        load(environment(parameters))
    [problem] = raised.value.problems
    assert problem.path.endswith(f"notifications.{where}")
    assert "expected one of the tooling account" in problem.message
