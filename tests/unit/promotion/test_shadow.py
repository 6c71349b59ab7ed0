"""A new version beside the one that serves, on an embedded AWS: `model-cicd shadow-release` as its build runs it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import DEPLOY, REGION, TOOLING, Lab, until
from .test_settle import TEMPLATE, given, release

#: the stack of test_settle, whose resource says which shadow it has
SHADOWED: dict[str, Any] = {
    **TEMPLATE,
    "Parameters": {**TEMPLATE["Parameters"], "ShadowModelPackageArn": {"Type": "String", "Default": "none"}},
    "Resources": {
        **TEMPLATE["Resources"],
        "Beside": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {
                "Type": "String",
                "Value": {"Ref": "ShadowModelPackageArn"},
                "Name": {"Fn::Sub": "${Fixed}-shadow"},
            },
        },
    },
}


class Environment:
    """An endpoint stack, and the metrics of its endpoint."""

    def __init__(self, lab: Lab, name: str) -> None:
        self.lab, self.name = lab, name
        self.stacks = lab.client("cloudformation", DEPLOY)
        self.role = lab.role(f"deploy-{name}", DEPLOY, {"AWS": f"arn:aws:iam::{TOOLING}:root"})
        self.cfn = lab.role(f"cfn-{name}", DEPLOY, {"Service": "cloudformation.amazonaws.com"})

    def deploy(self, number: int, template: dict[str, Any] = SHADOWED, **more: str) -> None:
        values = {**given(number), "Fixed": self.name, **more}
        self.stacks.create_stack(
            StackName=self.name,
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
            RoleARN=self.cfn,
        )
        until(lambda: self.described()["StackStatus"] == "CREATE_COMPLETE")

    def described(self) -> Any:
        return self.stacks.describe_stacks(StackName=self.name)["Stacks"][0]

    def shadows(self) -> list[str]:
        """Every value that the parameter had, newest last."""
        found = self.lab.client("ssm", DEPLOY).get_parameter_history(Name=f"{self.name}-shadow")["Parameters"]
        return [each["Value"] for each in found]

    @contextlib.contextmanager
    def asked(self, errors: int = 0) -> Iterator[None]:
        """While somebody asks the endpoint: both variants answer, the shadow's `errors` of 10 fail."""
        metrics = self.lab.world.internal_client("cloudwatch", account=DEPLOY, region=REGION)
        over = threading.Event()

        def put() -> None:
            while not over.wait(0.2):
                for variant, failed in (("AllTraffic", 0), ("Shadow", errors)):
                    dimensions = [
                        {"Name": "EndpointName", "Value": self.name},
                        {"Name": "VariantName", "Value": variant},
                    ]
                    values = {"Invocations": 10, "Invocation4XXErrors": failed, "ModelLatency": 50_000}
                    metrics.put_metric_data(
                        Namespace="AWS/SageMaker",
                        MetricData=[
                            {"MetricName": name, "Dimensions": dimensions, "Value": value}
                            for name, value in values.items()
                        ],
                    )

        thread = threading.Thread(target=put)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def compare(self, tmp_path: Path, number: int = 2, minutes: int = 1) -> subprocess.CompletedProcess[str]:
        return self.lab.run(
            "model_cicd.cli",
            "shadow-release",
            "--output",
            str(tmp_path / "shadow.env"),
            RELEASE=release(number),
            VERSION=str(number),
            DEPLOY_ENVIRONMENT="shop",
            DEPLOY_REGION=REGION,
            ENDPOINT_NAME=self.name,
            STACK_NAME=self.name,
            DEPLOY_ROLE_ARN=self.role,
            LOOKUP_ROLE_ARN=self.lab.lookup,
            CFN_EXEC_ROLE_ARN=self.cfn,
            SHADOW_REQUESTS="10",
            SHADOW_MINUTES=str(minutes),
            SHADOW_LATENCY_FACTOR="1.5",
            SHADOW_ERROR_RATE="0.1",
        )


@pytest.fixture
def shop(lab: Lab, request: pytest.FixtureRequest) -> Environment:
    return Environment(lab, "beside-" + request.node.name.removeprefix("test_").replace("_", "-")[:20].strip("-"))


def said(tmp_path: Path) -> str:
    return (tmp_path / "shadow.env").read_text(encoding="utf-8")


def test_a_version_as_good_as_what_serves_goes_on_and_leaves_nothing_behind(shop: Environment, tmp_path: Path) -> None:
    shop.deploy(1)
    with shop.asked():
        done = shop.compare(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "passed: version 2 beside 1, " in said(tmp_path)
    assert "errors 0.0% (0.0%), mean latency 5 ms (5)" in said(tmp_path)
    assert shop.shadows() == ["none", release(2), "none"]
    assert {each["OutputValue"] for each in shop.described()["Outputs"]} == {"1"}, "what serves is the same"


def test_one_that_fails_requests_ends_the_promotion_and_is_taken_away(shop: Environment, tmp_path: Path) -> None:
    shop.deploy(1)
    with shop.asked(errors=2):
        done = shop.compare(tmp_path)
    assert done.returncode == 1
    assert "shadow of shop failed: errors 20.0% (at most 10.0% above 0.0%); it goes on with what it" in done.stderr
    assert shop.shadows() == ["none", release(2), "none"]


def test_nobody_asks_and_a_shadow_was_left_there(shop: Environment, tmp_path: Path) -> None:
    """One that a killed build left goes first; without requests there is nothing to compare."""
    shop.deploy(1, ShadowModelPackageArn=release(7))
    done = shop.compare(tmp_path, minutes=0)
    assert done.returncode == 1
    assert "failed: 0 copies of requests within 0 minutes, expected 10" in done.stderr
    assert shop.shadows() == [release(7), "none", release(2), "none"]


def test_where_there_is_nothing_to_compare(shop: Environment, tmp_path: Path) -> None:
    assert shop.compare(tmp_path).returncode == 0
    assert "nothing serves yet" in said(tmp_path)
    shop.deploy(1, TEMPLATE)
    assert shop.compare(tmp_path).returncode == 0
    assert "was deployed without this setting" in said(tmp_path)
    assert shop.compare(tmp_path, number=1).returncode == 0
    assert "the version serves already" in said(tmp_path)
