"""What dashboards show, and who may put what they show."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Assembly, Parameters, Resource

DASHBOARD = "AWS::CloudWatch::Dashboard"


@pytest.fixture(scope="module")
def made(synthesize: Callable[..., Assembly], parameters: Parameters) -> Assembly:
    return synthesize(parameters | {"dashboards": True, "custom-tags": {"team": "ml"}})


def graphs(template: dict[str, Any], one: Callable[..., Resource]) -> dict[str, dict[str, Any]]:
    """The properties of every graph of a template's dashboard by title."""
    body = json.loads(one(template, DASHBOARD)["Properties"]["DashboardBody"])
    return {each["properties"]["title"]: each["properties"] for each in body["widgets"] if each["type"] == "metric"}


def test_one_for_each_group_and_one_over_all(made: Assembly, assembly: Assembly, find: Any, one: Any) -> None:
    with_one = [name for name, template in made.templates.items() if find(template, DASHBOARD)]
    names = [made.topology.tooling.stack_name, *(each.tooling_stack_name for each in made.topology.groups)]
    assert sorted(with_one) == sorted(names)
    assert "Tags" not in one(made.tooling, DASHBOARD)["Properties"]
    assert not any(find(template, DASHBOARD) for template in assembly.templates.values())


def test_a_group_shows_its_own(made: Assembly, one: Any) -> None:
    found = graphs(made.training("live"), one)
    group = made.group("live")
    assert list(found) == [
        *("Trainings", "Metric of the gate", "Seconds", "Newest version"),
        *("Promotions that began", "Pipelines that failed"),
        *(
            f"{environment}: {what}"
            for environment in ("train", "approval", "shop")
            for what in ("invocations", "errors", "latency in microseconds")
        ),
    ]
    project = ["AWS/CodeBuild", "SucceededBuilds", "ProjectName", group.training.project.name]
    assert found["Trainings"]["metrics"][0][:4] == project
    assert "accountId" not in found["Trainings"]
    assert found["Metric of the gate"]["metrics"][0][:2] == [
        f"model-cicd/{group.promotion.pipeline.name}",
        "GateMetric",
    ]
    shop = found["shop: invocations"]
    assert (shop["accountId"], shop["region"]) == ("666666666666", "eu-west-1")
    endpoint = group.promotion.targets[-1].endpoint.name
    assert shop["metrics"][0][:4] == ["AWS/SageMaker", "Invocations", "EndpointName", endpoint]


def test_all_groups_are_on_one_page(made: Assembly, one: Any) -> None:
    body = json.loads(one(made.tooling, DASHBOARD)["Properties"]["DashboardBody"])
    headings = [each["properties"]["markdown"] for each in body["widgets"] if each["type"] == "text"]
    assert headings == ["# research", "# live"]
    places = [(each["x"], each["y"]) for each in body["widgets"]]
    assert len(set(places)) == len(places)


def test_the_build_measures_its_own_group(made: Assembly, statements: Any) -> None:
    live = made.group("live")
    role = live.training.project.role.name
    assert statements(made.training("live"), role)["Measure"] == {
        "Sid": "Measure",
        "Effect": "Allow",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": f"model-cicd/{live.promotion.pipeline.name}"}},
    }
