"""A build that ends otherwise than well stops the SageMaker execution that it left running: the deployed definition."""

from __future__ import annotations

import json

import pytest

from model_cicd.constructs.execution_stopping import definition, ended_pattern
from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.codebuild.conftest import ACCOUNT, REGION, Builder, service_role
from tests.emulator.sagemaker.conftest import Lab
from tests.emulator.sagemaker.test_pipelines import step

PIPELINE = "of-a-build"


@pytest.fixture(scope="module")
def lab(world: EmbeddedAws) -> Lab:
    made = Lab(world)
    seconds = made.put("wait/seconds", "600")
    wait = "import time\ntime.sleep(float(open('/opt/ml/processing/wait/seconds').read()))"
    made.pipeline(PIPELINE, [step("Waits", made.processing(wait, inputs={"wait": seconds}))])
    return made


@pytest.fixture(scope="module")
def project(builder: Builder, lab: Lab, world: EmbeddedAws) -> str:
    """A project, with the rule and the machine that stop what its builds left running."""
    spec = {"version": 0.2, "phases": {"build": {"commands": ["eval $WHAT"]}}}
    name = builder.project(json.dumps(spec), timeoutInMinutes=5)
    iam = world.client("iam", account=ACCOUNT, region=REGION)
    machine_role = service_role(world, name="stopper", service="states")
    trust = {"Effect": "Allow", "Principal": {"AWS": machine_role}, "Action": "sts:AssumeRole"}
    lab_role = iam.create_role(
        RoleName="stop", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{PIPELINE}"
    granted = [
        {"Effect": "Allow", "Action": "sagemaker:ListPipelineExecutions", "Resource": arn},
        {"Effect": "Allow", "Action": "sagemaker:StopPipelineExecution", "Resource": f"{arn}/execution/*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": granted})
    iam.put_role_policy(RoleName="stop", PolicyName="grants", PolicyDocument=policy)
    machine = world.client("stepfunctions", account=ACCOUNT, region=REGION).create_state_machine(
        name="stops", definition=json.dumps(definition("aws", PIPELINE, lab_role)), roleArn=machine_role, type="EXPRESS"
    )["stateMachineArn"]
    events = world.client("events", account=ACCOUNT, region=REGION)
    events.put_rule(Name="ended", EventPattern=json.dumps(ended_pattern(name)))
    target = {"Id": "m", "Arn": machine, "RoleArn": service_role(world, name="rule", service="events")}
    events.put_targets(Rule="ended", Targets=[target])
    return name


def begin(builder: Builder, lab: Lab, project: str, what: str) -> tuple[str, str]:
    """A build that does `what`, by its id, and an execution that started meanwhile, by its ARN."""
    variables = [{"name": "WHAT", "value": what}]
    started = builder.api.start_build(projectName=project, environmentVariablesOverride=variables)
    return str(started["build"]["id"]), lab.start(PIPELINE)


def status(lab: Lab, execution: str) -> str:
    """The status of an execution now."""
    found = lab.sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)
    return str(found["PipelineExecutionStatus"])


@pytest.mark.parametrize("how", ["FAILED", "STOPPED", "TIMED_OUT"])
def test_no_execution_outlives_its_build(
    builder: Builder, lab: Lab, project: str, world: EmbeddedAws, how: str
) -> None:
    # what ran before the build is not touched
    before = lab.start(PIPELINE)
    scheduler = world.services.codebuild.scheduler
    scheduler.minute = 0.6 if how == "TIMED_OUT" else 60.0
    try:
        build, own = begin(builder, lab, project, "sleep 1; exit 3" if how == "FAILED" else "sleep 500")
        if how == "STOPPED":
            builder.api.stop_build(id=build)
        assert builder.wait(build)["buildStatus"] == how
    finally:
        scheduler.minute = 60.0
    assert lab.wait(own)["PipelineExecutionStatus"] == "Stopped"
    assert status(lab, before) == "Executing"
    lab.sagemaker.stop_pipeline_execution(PipelineExecutionArn=before)


def test_an_execution_outlives_a_build_that_went_well(builder: Builder, lab: Lab, project: str) -> None:
    build, own = begin(builder, lab, project, "sleep 1")
    assert builder.wait(build)["buildStatus"] == "SUCCEEDED"
    assert status(lab, own) == "Executing"
    lab.sagemaker.stop_pipeline_execution(PipelineExecutionArn=own)
