"""Tasks that start jobs of SageMaker and wait for their end."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.roles import trusting
from tests.emulator.sagemaker.conftest import Lab
from tests.emulator.states.conftest import Machines

PROCESS = "arn:aws:states:::sagemaker:createProcessingJob"
RULE = "arn:aws:events:us-east-1:111111111111:rule/StepFunctionsGetEventsForSageMakerProcessingJobsRule"


@pytest.fixture(scope="module")
def lab(world: EmbeddedAws) -> Lab:
    return Lab(world)


def states(lab: Lab, name: str, script: str, resource: str = f"{PROCESS}.sync") -> dict[str, Any]:
    arguments = lab.processing(script, outputs={"out": f"s3://{lab.bucket}/{name}"}) | {"ProcessingJobName": name}
    return {"Process": {"Type": "Task", "Resource": resource, "Parameters": arguments, "End": True}}


def test_a_task_waits_for_its_job(machines: Machines, lab: Lab) -> None:
    write = "open('/opt/ml/processing/out/answer.txt', 'w').write('42')"
    found = machines.run(states(lab, "waited", write))
    assert found["status"] == "SUCCEEDED", found
    assert found["output"]["ProcessingJobStatus"] == "Completed"
    assert lab.get(f"s3://{lab.bucket}/waited/answer.txt") == b"42"
    started = machines.run(states(lab, "started", write, PROCESS))
    assert started["output"]["ProcessingJobArn"].endswith(":processing-job/started")


def test_the_failure_of_a_job_is_that_of_its_task(machines: Machines, lab: Lab) -> None:
    found = machines.run(states(lab, "failing", "raise SystemExit('no rows')"))
    assert (found["status"], found["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(found["cause"])["ProcessingJobStatus"] == "Failed"
    twice = machines.run(states(lab, "failing", "pass"))
    assert twice["error"] == "SageMaker.ResourceInUseException"


def test_the_role_of_a_machine_that_waits_makes_managed_rules(machines: Machines, lab: Lab) -> None:
    iam, definition = machines.client("iam"), {"StartAt": "Process", "States": states(lab, "denied", "pass")}
    role = iam.create_role(RoleName="waits", AssumeRolePolicyDocument=trusting("states.amazonaws.com"))["Role"]["Arn"]

    def allow(actions: list[str], resource: str) -> None:
        statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName="waits", PolicyName="rules", PolicyDocument=document)

    allow(["sagemaker:*"], "*")
    with pytest.raises(ClientError, match="is not authorized to create managed-rule"):
        machines.create(definition, roleArn=role)
    allow(["events:PutTargets", "events:PutRule", "events:DescribeRule"], RULE.replace("Processing", "Training"))
    with pytest.raises(ClientError, match="is not authorized to create managed-rule"):
        machines.create(definition, roleArn=role)
    allow(["events:PutTargets", "events:PutRule", "events:DescribeRule"], RULE)
    assert machines.create(definition, roleArn=role)
    with pytest.raises(ClientError, match="Express state machine does not support"):
        machines.create(definition, "EXPRESS", roleArn=role)


def test_other_operations_and_waits_are_refused(machines: Machines) -> None:
    for resource in ("sagemaker:createEndpoint.sync", "sagemaker:createLabelingJob", "sagemaker:createApp"):
        state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "End": True}
        with pytest.raises(ClientError, match=f"does not support the resource arn:aws:states:::{resource}"):
            machines.create({"StartAt": "A", "States": {"A": state}})
