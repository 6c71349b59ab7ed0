"""What follows from tests, on an embedded AWS: `model-cicd settle-tests` as its build runs it."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from model_cicd.promotion.before import before

from .conftest import BUILD, DEPLOY, REGION, TOOLING, Lab, until

NAMES = ("ModelPackageArn", "ReleaseKeyArn", "Version", "Digest", "Commit")
#: a stack whose resource says which release it was made for
TEMPLATE: dict[str, Any] = {
    "Parameters": {name: {"Type": "String"} for name in (*NAMES, "Fixed")},
    "Resources": {
        "Serving": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Type": "String", "Value": {"Fn::Sub": "${Version} ${Fixed}"}, "Name": {"Ref": "Fixed"}},
        }
    },
    "Outputs": {"Version": {"Value": {"Ref": "Version"}}},
}


def release(number: int) -> str:
    return f"arn:aws:sagemaker:{REGION}:{BUILD}:model-package/live-releases/{number}"


def given(number: int) -> dict[str, str]:
    values = (
        release(number),
        "arn:aws:kms:eu-west-1:222222222222:key/a",
        str(number),
        f"sha256:{number:064}",
        "c0ffee",
    )
    return dict(zip(NAMES, values, strict=True))


class Environment:
    """An endpoint stack, served through the deploy account's roles."""

    def __init__(self, lab: Lab, name: str) -> None:
        import json

        self.lab, self.name, self.template = lab, name, json.dumps(TEMPLATE)
        self.stacks = lab.client("cloudformation", DEPLOY)
        self.role = lab.role(f"deploy-{name}", DEPLOY, {"AWS": f"arn:aws:iam::{TOOLING}:root"})
        self.cfn = lab.role(f"cfn-{name}", DEPLOY, {"Service": "cloudformation.amazonaws.com"})

    def deploy(self, number: int) -> str:
        """Another release; what `before` says of it."""
        values = {**given(number), "Fixed": self.name}
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
        call = self.stacks.update_stack if self.described() else self.stacks.create_stack
        call(StackName=self.name, TemplateBody=self.template, Parameters=parameters, RoleARN=self.cfn)
        until(lambda: self.described()["StackStatus"].endswith("_COMPLETE"))
        return before(self.described())

    def described(self) -> Any:
        found = [each for each in self.stacks.describe_stacks()["Stacks"] if each["StackName"] == self.name]
        return found[0] if found else None

    @property
    def version(self) -> str | None:
        found = self.described()
        return {each["OutputKey"]: each["OutputValue"] for each in found["Outputs"]}["Version"] if found else None

    def settle(self, verdict: str, tested: int, served: str) -> subprocess.CompletedProcess[str]:
        return self.lab.run(
            "model_cicd.cli",
            "settle-tests",
            VERDICT=verdict,
            TESTS=f"{verdict}: mae 9 (at most 3)",
            TESTED=release(tested),
            BEFORE=served,
            DEPLOY_ENVIRONMENT="shop",
            DEPLOY_ACCOUNT=DEPLOY,
            DEPLOY_REGION=REGION,
            STACK_NAME=self.name,
            DEPLOY_ROLE_ARN=self.role,
            CFN_EXEC_ROLE_ARN=self.cfn,
        )


@pytest.fixture
def shop(lab: Lab, request: pytest.FixtureRequest) -> Environment:
    return Environment(lab, "shop-" + request.node.name.removeprefix("test_").replace("_", "-")[:24].strip("-"))


def test_it_goes_back_where_tests_failed_and_the_build_fails_with_the_reason(shop: Environment) -> None:
    assert before(None) == "none"
    served = shop.deploy(1)
    shop.deploy(2)
    done = shop.settle("failed", 2, served)
    assert done.returncode == 1
    assert "tests of shop failed: mae 9 (at most 3); shop serves version 1 again" in done.stderr
    assert shop.version == "1"
    assert before(shop.described()) == served
    # whoever runs it again finds another release than the one that was tested
    again = shop.settle("failed", 2, served)
    assert again.returncode == 1 and "was given another release meanwhile, version 1" in again.stderr


def test_it_stays_where_tests_passed(shop: Environment) -> None:
    served = shop.deploy(1)
    shop.deploy(2)
    done = shop.settle("passed", 2, served)
    assert done.returncode == 0, done.stderr
    assert shop.version == "2"


def test_a_first_endpoint_that_fails_is_deleted(shop: Environment) -> None:
    shop.deploy(1)
    done = shop.settle("failed", 1, "none")
    assert done.returncode == 1 and "shop served nothing before, and its endpoint is deleted" in done.stderr
    assert shop.described() is None


def test_a_release_that_was_served_before_goes_on(shop: Environment) -> None:
    served = shop.deploy(1)
    done = shop.settle("failed", 1, served)
    assert done.returncode == 1 and "served this release before, and goes on with it" in done.stderr
    assert shop.version == "1"


def test_a_verdict_that_nobody_gave_is_no_pass(shop: Environment) -> None:
    served = shop.deploy(1)
    shop.deploy(2)
    assert shop.settle("PASSED", 2, served).returncode == 1
    assert shop.version == "1"
