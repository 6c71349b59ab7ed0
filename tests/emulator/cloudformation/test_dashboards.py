"""AWS::CloudWatch::Dashboard, and the metrics of builds and pipelines that dashboards show."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.emulator.cloudformation.conftest import Stacks

Client = Callable[..., Any]


def template(title: str, **more: str) -> dict[str, Any]:
    body = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": title}}]})
    properties = {"DashboardBody": body, **more}
    return {"Resources": {"D": {"Type": "AWS::CloudWatch::Dashboard", "Properties": properties}}}


def test_a_dashboard_is_put_changed_and_removed(stacks: Stacks, client: Client) -> None:
    cloudwatch = client("cloudwatch")
    stack = stacks.create(template("one", DashboardName="shown"))
    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.reasons(stack["StackId"])
    name = stack["StackName"]
    assert "one" in cloudwatch.get_dashboard(DashboardName="shown")["DashboardBody"]
    assert stacks.update(name, template("two", DashboardName="shown"))["StackStatus"] == "UPDATE_COMPLETE"
    assert "two" in cloudwatch.get_dashboard(DashboardName="shown")["DashboardBody"]
    again = stacks.create(template("three", DashboardName="shown"))
    assert again["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("shown already exists" in each for each in stacks.reasons(again["StackId"]))
    assert "two" in cloudwatch.get_dashboard(DashboardName="shown")["DashboardBody"]
    assert stacks.delete(name)["StackStatus"] == "DELETE_COMPLETE"
    assert cloudwatch.list_dashboards()["DashboardEntries"] == []
