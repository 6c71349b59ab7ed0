"""What follows from tests, on an embedded AWS: `model-cicd settle-tests` as its build runs it."""

from __future__ import annotations

import json
import subprocess
import threading
from typing import Any

import pytest

from model_cicd.promotion.before import before

from .conftest import BUILD, DEPLOY, REGION, TOOLING, Lab, until

PIPELINE, STAGE = "of-tests", "Deploy-shop"
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

    def settle(self, execution: str, tested: int, served: str) -> subprocess.CompletedProcess[str]:
        return self.lab.run(
            "model_cicd.cli",
            "settle-tests",
            PIPELINE_NAME=PIPELINE,
            PIPELINE_EXECUTION_ID=execution,
            STAGE_NAME=STAGE,
            TESTED=release(tested),
            BEFORE=served,
            DEPLOY_ENVIRONMENT="shop",
            DEPLOY_ACCOUNT=DEPLOY,
            DEPLOY_REGION=REGION,
            STACK_NAME=self.name,
            DEPLOY_ROLE_ARN=self.role,
            CFN_EXEC_ROLE_ARN=self.cfn,
        )


class Tests:
    """A pipeline whose stage has nothing but tests: their build says the verdict that it was started with."""

    def __init__(self, lab: Lab) -> None:
        self.pipelines, self.builds = lab.client("codepipeline", TOOLING), lab.client("codebuild", TOOLING)
        s3 = lab.client("s3", TOOLING)
        s3.create_bucket(Bucket="of-tests", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket="of-tests", VersioningConfiguration={"Status": "Enabled"})
        s3.put_object(Bucket="of-tests", Key="source.zip", Body=b"PK\5\6" + bytes(18))
        commands = [
            'if [ "$VERDICT" = slow ]; then sleep 300; fi',
            'export Verdict=$VERDICT Tests="$VERDICT: mae 9 (at most 3)"',
        ]
        spec = {
            "version": 0.2,
            "env": {"exported-variables": ["Verdict", "Tests"]},
            "phases": {"build": {"commands": commands}},
        }
        self.builds.create_project(
            name=PIPELINE,
            serviceRole=lab.role("tests-build", TOOLING, {"Service": "codebuild.amazonaws.com"}),
            source={"type": "CODEPIPELINE", "buildspec": json.dumps(spec)},
            artifacts={"type": "CODEPIPELINE"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/standard:7.0",
                "computeType": "BUILD_GENERAL1_SMALL",
            },
        )
        variables = [{"name": "VERDICT", "value": "#{variables.VERDICT}", "type": "PLAINTEXT"}]
        self.pipelines.create_pipeline(
            pipeline={
                "name": PIPELINE,
                "pipelineType": "V2",
                "roleArn": lab.role("tests-pipeline", TOOLING, {"Service": "codepipeline.amazonaws.com"}),
                "artifactStore": {"type": "S3", "location": "of-tests"},
                "variables": [{"name": "VERDICT", "defaultValue": "passed"}],
                "stages": [
                    {
                        "name": "Source",
                        "actions": [
                            {
                                "name": "Source",
                                "actionTypeId": _type("Source", "S3"),
                                "configuration": {
                                    "S3Bucket": "of-tests",
                                    "S3ObjectKey": "source.zip",
                                    "PollForSourceChanges": "false",
                                },
                                "outputArtifacts": [{"name": "Source"}],
                            }
                        ],
                    },
                    {
                        "name": STAGE,
                        "actions": [
                            {
                                "name": "Test",
                                "actionTypeId": _type("Build", "CodeBuild"),
                                "configuration": {
                                    "ProjectName": PIPELINE,
                                    "EnvironmentVariables": json.dumps(variables),
                                },
                                "inputArtifacts": [{"name": "Source"}],
                                "namespace": "Test",
                            }
                        ],
                    },
                ],
            }
        )

    def start(self, verdict: str) -> str:
        """An execution whose tests end with this verdict, or are slow."""
        started = self.pipelines.start_pipeline_execution(
            name=PIPELINE, variables=[{"name": "VERDICT", "value": verdict}]
        )
        return str(started["pipelineExecutionId"])

    def stop(self) -> None:
        """End the build that runs, as somebody does in the console."""
        (build,) = until(self._running)
        self.builds.stop_build(id=build)

    def _running(self) -> list[str]:
        ids = self.builds.list_builds_for_project(projectName=PIPELINE)["ids"]
        builds = self.builds.batch_get_builds(ids=ids)["builds"] if ids else []
        return [each["id"] for each in builds if each["buildStatus"] == "IN_PROGRESS"]


def _type(category: str, provider: str) -> dict[str, str]:
    return {"category": category, "owner": "AWS", "provider": provider, "version": "1"}


@pytest.fixture(scope="module")
def tests(lab: Lab) -> Tests:
    return Tests(lab)


@pytest.fixture
def shop(lab: Lab, request: pytest.FixtureRequest) -> Environment:
    return Environment(lab, "shop-" + request.node.name.removeprefix("test_").replace("_", "-")[:24].strip("-"))


def test_it_goes_back_where_tests_failed_and_the_build_fails_with_the_reason(shop: Environment, tests: Tests) -> None:
    assert before(None) == "none"
    served = shop.deploy(1)
    shop.deploy(2)
    execution = tests.start("failed")
    done = shop.settle(execution, 2, served)
    assert done.returncode == 1
    assert "tests of shop failed: mae 9 (at most 3); shop serves version 1 again" in done.stderr
    assert shop.version == "1"
    assert before(shop.described()) == served
    # whoever runs it again finds another release than the one that was tested
    again = shop.settle(execution, 2, served)
    assert again.returncode == 1 and "was given another release meanwhile, version 1" in again.stderr


def test_it_goes_back_where_the_build_of_the_tests_was_ended(shop: Environment, tests: Tests) -> None:
    """It exports nothing then, and its action fails."""
    served = shop.deploy(1)
    shop.deploy(2)
    execution = tests.start("slow")
    ending = threading.Thread(target=tests.stop)
    ending.start()
    done = shop.settle(execution, 2, served)
    ending.join()
    assert done.returncode == 1
    assert "tests of shop failed: their build was ended (" in done.stderr
    assert "shop serves version 1 again" in done.stderr
    assert shop.version == "1"


def test_it_stays_where_tests_passed(shop: Environment, tests: Tests) -> None:
    served = shop.deploy(1)
    shop.deploy(2)
    done = shop.settle(tests.start("passed"), 2, served)
    assert done.returncode == 0, done.stderr
    assert shop.version == "2"


def test_a_first_endpoint_that_fails_is_deleted(shop: Environment, tests: Tests) -> None:
    shop.deploy(1)
    done = shop.settle(tests.start("failed"), 1, "none")
    assert done.returncode == 1 and "shop served nothing before, and its endpoint is deleted" in done.stderr
    assert shop.described() is None


def test_a_release_that_was_served_before_goes_on(shop: Environment, tests: Tests) -> None:
    served = shop.deploy(1)
    done = shop.settle(tests.start("failed"), 1, served)
    assert done.returncode == 1 and "served this release before, and goes on with it" in done.stderr
    assert shop.version == "1"


def test_a_verdict_that_nobody_gave_is_no_pass(shop: Environment, tests: Tests) -> None:
    served = shop.deploy(1)
    shop.deploy(2)
    assert shop.settle(tests.start("PASSED"), 2, served).returncode == 1
    assert shop.version == "1"
