"""Executions: tasks that really call AWS as the machine's role, choices, errors, logs, and rules that start them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.roles import almighty
from tests.emulator.states.conftest import ACCOUNT, REGION, Machines, task, until


def put(**more: Any) -> dict[str, Any]:
    wanted = {"Name.$": "$.name", "Value.$": "$.value", "Type": "String", "Overwrite": True}
    return task("ssm:putParameter", wanted, **more)


def test_a_task_calls_aws(machines: Machines) -> None:
    found = machines.run({"Put": put()}, {"name": "/a", "value": "1"})
    assert (found["status"], found["output"]["Version"]) == ("SUCCEEDED", 1)
    assert machines.client("ssm").get_parameter(Name="/a")["Parameter"]["Value"] == "1"


def test_waits_count_in_full_against_the_time_of_the_whole(machines: Machines) -> None:
    states = {"Rest": {"Type": "Wait", "Seconds": 50, "Next": "Again"}, "Again": {"Type": "Pass", "Next": "Rest"},
              "End": {"Type": "Succeed"}}  # fmt: skip
    states["Again"] = {"Type": "Choice", "Choices": [{"Variable": "$.end", "IsPresent": True, "Next": "End"}],
                       "Default": "Rest"}  # fmt: skip
    definition = {"StartAt": "Rest", "States": states, "TimeoutSeconds": 120}
    arn = machines.create(definition)
    made = machines.api.start_execution(stateMachineArn=arn)["executionArn"]
    found = until(lambda: machines.api.describe_execution(executionArn=made), lambda each: each["status"] != "RUNNING")
    assert (found["status"], found["error"]) == ("TIMED_OUT", "States.Timeout")
    events = [each["type"] for each in machines.api.get_execution_history(executionArn=made)["events"]]
    assert (events.count("WaitStateEntered"), events[-1]) == (3, "ExecutionTimedOut")


def test_it_acts_as_the_role_of_the_machine(machines: Machines) -> None:
    found = machines.run({"Who": task("sts:getCallerIdentity", {})})
    assert ":assumed-role/machine/" in found["output"]["Arn"]


def test_paths_and_the_context(machines: Machines) -> None:
    read = task(
        "ssm:getParameter",
        {"Name.$": "$.name"},
        ResultSelector={"value.$": "$.Parameter.Value"},
        ResultPath="$.found.here ",
        OutputPath="$.found",
        Next="Name",
    )
    who = {
        "Type": "Pass",
        "Parameters": {"deep": [{"v.$": "$.here['value']"}], "name.$": "$$.StateMachine.Name", "n": 1},
        "End": True,
    }
    machines.run({"Put": put()}, {"name": "/b", "value": "two"})
    output = machines.run({"Read": read, "Name": who}, {"name": "/b"})["output"]
    assert output == {"deep": [{"v": "two"}], "name": output["name"], "n": 1}
    assert output["name"].startswith("machine-")


@pytest.mark.parametrize(
    ("data", "end"),
    [
        ({"kind": "prod", "n": 3}, "Both"),
        ({"kind": "prod", "n": 1}, "Prod"),
        ({"kind": "prefix-x"}, "Matched"),
        ({"n": 3}, "Other"),
    ],
)
def test_choices(machines: Machines, data: dict[str, Any], end: str) -> None:
    kind = {"Variable": "$.kind", "StringEquals": "prod"}
    present = {"Variable": "$.kind", "IsPresent": True}
    rules = [
        {"And": [present, kind, {"Variable": "$.n", "NumericGreaterThan": 2}], "Next": "Both"},
        {"And": [present, kind], "Next": "Prod"},
        {"And": [present, {"Variable": "$.kind", "StringMatches": "prefix-*"}], "Next": "Matched"},
    ]
    ends = {name: {"Type": "Pass", "Result": name, "End": True} for name in ("Both", "Prod", "Matched", "Other")}
    states = {"Which": {"Type": "Choice", "Choices": rules, "Default": "Other"}} | ends
    assert machines.run(states, data)["output"] == end


def test_a_task_that_fails_fails_the_execution(machines: Machines) -> None:
    found = machines.run({"Read": task("ssm:getParameter", {"Name": "/nothing"})})
    assert (found["status"], found["error"]) == ("FAILED", "Ssm.ParameterNotFoundException")
    assert "(Service: Ssm, Status Code: 400" in found["cause"]
    assert machines.world.services.states.failures[-1].error == "Ssm.ParameterNotFoundException"


def test_catch_and_retry(machines: Machines) -> None:
    retry = [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 2, "IntervalSeconds": 1}]
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Caught", "ResultPath": "$.problem"}]
    read = task("ssm:getParameter", {"Name": "/nothing"}, Retry=retry, Catch=catch)
    states = {"Read": read, "Caught": {"Type": "Succeed"}}
    found = machines.run(states, {"kept": 1})
    assert found["status"] == "SUCCEEDED"
    assert (found["output"]["kept"], found["output"]["problem"]["Error"]) == (1, "Ssm.ParameterNotFoundException")
    events = machines.api.get_execution_history(executionArn=found["executionArn"])["events"]
    assert [event["type"] for event in events].count("TaskFailed") == 3


def test_fail_and_a_missing_path(machines: Machines) -> None:
    found = machines.run({"No": {"Type": "Fail", "Error": "Mine", "CausePath": "$.why"}}, {"why": "because"})
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Mine", "because")
    found = machines.run({"Put": put()}, {"name": "/a"})
    assert (found["error"], "'$.value' could not be found" in found["cause"]) == ("States.Runtime", True)


def test_express_machines_are_seen_in_their_log(machines: Machines) -> None:
    definition = {"StartAt": "Who", "States": {"Who": task("sts:getCallerIdentity", {})}}
    arn = machines.create(definition, "EXPRESS", loggingConfiguration=machines.logged())
    answer = machines.api.start_sync_execution(stateMachineArn=arn, input='{"a": 1}')
    assert (answer["status"], ":express:" in answer["executionArn"]) == ("SUCCEEDED", True)
    events = until(
        lambda: [each for each in machines.log() if each["execution_arn"] == answer["executionArn"]],
        lambda found: found and found[-1]["type"] == "ExecutionSucceeded",
    )
    assert events[0]["details"]["input"] == {"a": 1}
    assert [event["type"] for event in events][1:3] == ["TaskStateEntered", "TaskScheduled"]
    with pytest.raises(ClientError, match="Execution Does Not Exist"):
        machines.api.describe_execution(executionArn=answer["executionArn"])
    with pytest.raises(ClientError, match="not supported by this type"):
        machines.api.list_executions(stateMachineArn=arn)


def test_the_level_of_the_log(machines: Machines) -> None:
    failing = {"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "E", "Cause": "C"}}}
    logged = machines.logged(level="ERROR", includeExecutionData=False)
    arn = machines.create(failing, "EXPRESS", loggingConfiguration=logged)
    made = machines.api.start_execution(stateMachineArn=arn)["executionArn"]
    events = until(lambda: [each for each in machines.log() if each["execution_arn"] == made], bool)
    assert [(each["type"], each["details"]) for each in events] == [("ExecutionFailed", {"error": "E", "cause": "C"})]


def test_a_rule_starts_it_with_the_event_as_input(machines: Machines) -> None:
    states = {
        "Put": task("ssm:putParameter", {"Name.$": "$.detail.name", "Value.$": "$.account", "Type": "String"}),
    }
    arn = machines.create({"StartAt": "Put", "States": states}, "EXPRESS")
    role = machines.make_role("rule", "events.amazonaws.com")
    events = machines.client("events")
    events.put_rule(Name="starts", EventPattern=json.dumps({"source": ["my.app"]}))
    with pytest.raises(ClientError, match="RoleArn is required"):
        events.put_targets(Rule="starts", Targets=[{"Id": "m", "Arn": arn}])
    events.put_targets(Rule="starts", Targets=[{"Id": "m", "Arn": arn, "RoleArn": role}])
    events.put_events(Entries=[{"Source": "my.app", "DetailType": "x", "Detail": json.dumps({"name": "/by-rule"})}])
    ssm = machines.client("ssm")
    found = until(lambda: ssm.get_parameters(Names=["/by-rule"])["Parameters"], bool)
    assert found[0]["Value"] == ACCOUNT
    elsewhere = arn.replace(REGION, "eu-west-1")
    with pytest.raises(ClientError, match="not in the account and region"):
        events.put_targets(Rule="starts", Targets=[{"Id": "m", "Arn": elsewhere, "RoleArn": role}])


def test_it_starts_a_pipeline_with_variables_as_promotion_does(machines: Machines) -> None:
    variables = [{"Name": "ModelPackageArn", "Value.$": "$.detail.ModelPackageArn"}]
    definition = {
        "StartAt": "Start",
        "States": {"Start": task("codepipeline:startPipelineExecution", {"Name": "nothing", "Variables": variables})},
    }
    arn = machines.create(definition, "EXPRESS")
    answer = machines.api.start_sync_execution(
        stateMachineArn=arn, input=json.dumps({"detail": {"ModelPackageArn": "arn"}})
    )
    assert (answer["status"], answer["error"]) == ("FAILED", "CodePipeline.PipelineNotFoundException")


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("States.Format('{} and \\{\\}', $.a)", "x/y:z and {}"),
        ("States.Array(States.ArrayGetItem(States.StringSplit($.a, '/'), 1), 2, null)", ["y:z", 2, None]),
        ("States.StringSplit($.a, '/:')", ["x", "y", "z"]),
        ("States.Hash(States.Format('{} {}', $.a, $.n), 'SHA-256')", hashlib.sha256(b"x/y:z 1").hexdigest()),
    ],
)
def test_intrinsic_functions(machines: Machines, call: str, value: Any) -> None:
    made = machines.run({"Make": {"Type": "Pass", "Parameters": {"v.$": call}, "End": True}}, {"a": "x/y:z", "n": 1})
    assert made["output"] == {"v": value}


@pytest.mark.parametrize("call", ["States.ArrayGetItem($.a, 5)", "States.Hash($.n, 'SHA-3')"])
def test_arguments_that_do_not_fit_end_an_execution(machines: Machines, call: str) -> None:
    made = machines.run({"Make": {"Type": "Pass", "Parameters": {"v.$": call}, "End": True}}, {"a": ["x"], "n": 1})
    assert (made["status"], "Invalid arguments in States." in made["cause"]) == ("FAILED", True)


def test_a_task_takes_a_role_of_another_account(machines: Machines) -> None:
    def trust(principal: str) -> str:
        statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    iam = machines.world.client("iam", account="222222222222", region=REGION)
    there = almighty(iam, "there", trust(f"arn:aws:iam::{ACCOUNT}:root"))
    closed = almighty(iam, "closed", trust("arn:aws:iam::333333333333:root"))
    found = machines.run({"Who": task("sts:getCallerIdentity", {}, Credentials={"RoleArn": there})})
    assert found["output"]["Arn"].startswith("arn:aws:sts::222222222222:assumed-role/there/")
    found = machines.run({"Who": task("sts:getCallerIdentity", {}, Credentials={"RoleArn": closed})})
    assert (found["status"], "not authorized to perform: sts:AssumeRole" in found["cause"]) == ("FAILED", True)
    with pytest.raises(ClientError, match=r"/States/Who/Credentials: got \{\}, expected an object with RoleArn"):
        machines.create({"StartAt": "Who", "States": {"Who": task("sts:getCallerIdentity", {}, Credentials={})}})
