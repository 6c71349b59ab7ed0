"""Executions: order, parallel steps, failures, stops, retries, caching, and what the API shows of them."""

from __future__ import annotations

import itertools
import json
import re
import time
import zlib
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.roles import open_to

SLEEP = "import time\ntime.sleep(60)"


def step(name: str, arguments: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "Processing", "Arguments": arguments, **more}


def until(check: Any, timeout: float = 20) -> None:
    deadline = time.monotonic() + timeout
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_independent_steps_run_at_the_same_time(lab: Any) -> None:
    steps = [step(name, lab.processing(f"import time\ntime.sleep(2)  # {name}")) for name in ("Left", "Right")]
    lab.pipeline("parallel", steps)
    arn = lab.start("parallel")
    assert lab.wait(arn)["PipelineExecutionStatus"] == "Succeeded"
    left, right = lab.steps(arn)["Left"], lab.steps(arn)["Right"]
    assert max(left["StartTime"], right["StartTime"]) < min(left["EndTime"], right["EndTime"])


def test_the_parallelism_of_the_execution_is_kept(lab: Any) -> None:
    steps = [step(f"S{n}", lab.processing(f"import time\ntime.sleep(0.2)  # {n}")) for n in range(3)]
    lab.pipeline("one-by-one", steps)
    arn = lab.start("one-by-one", ParallelismConfiguration={"MaxParallelExecutionSteps": 1})
    assert lab.wait(arn)["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 1}
    rows = sorted(lab.steps(arn).values(), key=lambda row: row["StartTime"])
    assert all(before["EndTime"] <= after["StartTime"] for before, after in itertools.pairwise(rows))


def test_depends_on_orders_steps_without_data(lab: Any) -> None:
    steps = [
        step("Second", lab.processing("print(2)"), DependsOn=["First"]),
        step("First", lab.processing("import time\ntime.sleep(0.3)")),
    ]
    lab.pipeline("ordered", steps)
    arn = lab.start("ordered")
    lab.wait(arn)
    rows = lab.steps(arn)
    assert rows["First"]["EndTime"] <= rows["Second"]["StartTime"]
    listed = lab.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    assert [row["StepName"] for row in listed] == ["Second", "First"]  # the latest first


def test_a_failing_step_stops_the_others_and_what_follows_never_starts(lab: Any) -> None:
    steps = [
        step("Slow", lab.processing(SLEEP)),
        step("Broken", lab.processing("raise SystemExit('no rows left')")),
        step("After", lab.processing("print(1)"), DependsOn=["Broken"]),
    ]
    lab.pipeline("broken", steps)
    arn = lab.start("broken")
    found = lab.wait(arn)
    assert found["PipelineExecutionStatus"] == "Failed"
    assert found["FailureReason"] == "Step failure: One or multiple steps failed."
    rows = lab.steps(arn)
    assert "no rows left" in rows["Broken"]["FailureReason"]
    assert rows["Slow"]["StepStatus"] == "Stopped"
    assert "After" not in rows
    summary = lab.sagemaker.list_pipeline_executions(PipelineName="broken")["PipelineExecutionSummaries"][0]
    assert summary["PipelineExecutionFailureReason"] == found["FailureReason"]


def test_an_unknown_image_fails_the_step_and_names_it(lab: Any) -> None:
    arguments = lab.processing("print(1)")
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/preprocess:latest"
    arguments["AppSpecification"]["ImageUri"] = image
    lab.pipeline("own-image", [step("Own", arguments)])
    arn = lab.start("own-image")
    lab.wait(arn)
    reason = lab.steps(arn)["Own"]["FailureReason"]
    assert reason.startswith("ClientError: Failed to invoke sagemaker:CreateProcessingJob. Error Details: ")
    assert image in reason


def test_stop_ends_running_steps_and_retry_runs_only_what_is_left(lab: Any) -> None:
    seconds = lab.put("wait/seconds", "600")
    wait = "import time\ntime.sleep(float(open('/opt/ml/processing/wait/seconds').read()))"
    lab.pipeline(
        "stopped",
        [
            step("Done", lab.processing("print(1)")),
            step("Waits", lab.processing(wait, inputs={"wait": seconds}), DependsOn=["Done"]),
        ],
    )
    arn = lab.start("stopped")
    until(lambda: lab.steps(arn).get("Waits", {}).get("StepStatus") == "Executing")
    with pytest.raises(lab.sagemaker.exceptions.ConflictException):
        lab.sagemaker.delete_pipeline(PipelineName="stopped")
    until(lambda: "ProcessingJob" in lab.steps(arn)["Waits"].get("Metadata", {}))
    lab.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert lab.wait(arn)["PipelineExecutionStatus"] == "Stopped"
    before = lab.steps(arn)
    assert (before["Done"]["StepStatus"], before["Waits"]["StepStatus"]) == ("Succeeded", "Stopped")
    with pytest.raises(lab.sagemaker.exceptions.ConflictException):
        lab.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    lab.put("wait/seconds", "0")
    lab.sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn)
    assert lab.wait(arn)["PipelineExecutionStatus"] == "Succeeded"
    after = lab.steps(arn)
    assert after["Done"]["Metadata"] == before["Done"]["Metadata"]
    assert after["Waits"]["Metadata"] != before["Waits"]["Metadata"]


def test_a_cached_step_runs_again_when_a_key_attribute_changes_and_not_for_another(lab: Any) -> None:
    def define(out: str, colour: str) -> str:
        arguments = lab.processing(
            "open('/opt/ml/processing/o/x', 'w').write('x')",
            outputs={"o": f"s3://{lab.bucket}/cache/{out}"},
            Environment={"COLOUR": colour},
        )
        steps = [step("Cached", arguments, CacheConfig={"Enabled": True, "ExpireAfter": "PT1H"})]
        return json.dumps({"Version": "2020-12-01", "Steps": steps})

    lab.sagemaker.create_pipeline(PipelineName="cached", RoleArn=lab.role, PipelineDefinition=define("a", "red"))
    hits = []
    for out, colour in (("a", "red"), ("b", "red"), ("b", "blue")):
        lab.sagemaker.update_pipeline(PipelineName="cached", PipelineDefinition=define(out, colour))
        arn = lab.start("cached")
        lab.wait(arn)
        hits.append("CacheHitResult" in lab.steps(arn)["Cached"])
    assert hits == [False, True, False]


def test_parameters_have_types_defaults_and_choices(lab: Any) -> None:
    parameters: list[dict[str, Any]] = [
        {"Name": "Rounds", "Type": "Integer", "DefaultValue": 3},
        {"Name": "Colour", "Type": "String", "EnumValues": ["red", "blue"], "DefaultValue": "red"},
        {"Name": "Strict", "Type": "Boolean", "DefaultValue": False},
        {"Name": "Data", "Type": "String"},
    ]
    text = {"Std:Join": {"On": " ", "Values": [{"Get": f"Parameters.{p['Name']}"} for p in parameters]}}
    lab.pipeline("typed", [{"Name": "Say", "Type": "Fail", "Arguments": {"ErrorMessage": text}}], parameters)

    def start(**values: str) -> str:
        given = [{"Name": name, "Value": value} for name, value in values.items()]
        return str(lab.start("typed", PipelineParameters=given))

    arn = start(Data="s3://b/k", Strict="true", Rounds="7")
    lab.wait(arn)
    assert lab.steps(arn)["Say"]["FailureReason"] == "7 red true s3://b/k"
    given = lab.sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    assert {"Name": "Rounds", "Value": "7"} in given
    for values, expected in (
        ({}, "Parameter Data (String) has no default"),
        ({"Data": "x", "Rounds": "many"}, "Parameter Rounds: got 'many', expected Integer"),
        ({"Data": "x", "Colour": "green"}, "expected one of red, blue"),
        ({"Data": "x", "Colours": "red"}, "did you mean Colour?"),
    ):
        with pytest.raises(ClientError) as raised:
            start(**values)
        assert expected in str(raised.value)


def test_a_name_given_for_a_job_begins_the_job_s_name(lab: Any) -> None:
    arguments = lab.processing("print(1)")
    steps = [
        step("Plain", arguments),
        step("Mine", arguments | {"ProcessingJobName": "my-prefix"}),
        step("Cut", arguments | {"ProcessingJobName": {"Std:Join": {"On": "-", "Values": ["a" * 30, "b" * 31]}}}),
    ]
    lab.pipeline("names", steps)
    arn = lab.start("names")
    assert lab.wait(arn)["PipelineExecutionStatus"] == "Succeeded"
    execution = arn.rpartition("/")[2]
    names = {name: row["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2] for name, row in lab.steps(arn).items()}
    assert re.fullmatch(rf"pipelines-{execution}-Plain-\w{{10}}", names["Plain"])
    assert re.fullmatch(rf"my-prefix-{execution}-\w{{10}}-0", names["Mine"])
    assert re.fullmatch(rf"{'a' * 30}-b+-{execution}-\w{{10}}-0", names["Cut"])
    assert len(names["Cut"]) == 63


def test_empty_texts_are_refused_where_the_service_refuses_them(lab: Any) -> None:
    arguments = lab.processing("print(1)")
    arguments["AppSpecification"]["ContainerArguments"] = ["--label", {"Get": "Parameters.Label"}]
    empty = lab.processing("import os; assert os.environ['EMPTY'] == ''", Environment={"EMPTY": ""})
    labels = [{"Name": "Label", "Type": "String", "DefaultValue": ""}]
    steps = [step("Label", arguments), step("Empty", empty)]
    lab.pipeline("empty", steps, labels)  # the default may be empty
    arn = lab.start("empty", PipelineParameters=[{"Name": "Label", "Value": "x"}])
    assert lab.wait(arn)["PipelineExecutionStatus"] == "Succeeded"
    with pytest.raises(ClientError, match="too short"):
        lab.start("empty", PipelineParameters=[{"Name": "Label", "Value": ""}])
    arn = lab.start("empty")
    lab.wait(arn)
    assert lab.steps(arn)["Label"]["FailureReason"] == (
        "ClientError: Failed to invoke sagemaker:CreateProcessingJob. Error Details: Found null or empty string in "
        "ContainerArguments at index 1. ContainerArguments and ContainerEntrypoint may not contain null or empty "
        "strings."
    )


def condition(kind: str, left: Any, right: Any) -> dict[str, Any]:
    return {"Type": kind, "LeftValue": left, "RightValue": right}


@pytest.mark.parametrize(
    ("conditions", "outcome"),
    [
        ([condition("Equals", 1, 1.0), condition("GreaterThan", 2, 1)], "True"),
        ([condition("Equals", "a", "a"), condition("LessThan", 2, 1)], "False"),
        ([condition("GreaterThanOrEqualTo", 2, 2), condition("LessThanOrEqualTo", 2, 2)], "True"),
        ([{"Type": "In", "QueryValue": "b", "Values": ["a", {"Get": "Parameters.B"}]}], "True"),
        ([{"Type": "Not", "Condition": {"Type": "In", "QueryValue": 1, "Values": [2]}}], "True"),
        ([{"Type": "Or", "Conditions": [condition("Equals", 1, 2), condition("Equals", True, True)]}], "True"),
    ],
)
def test_conditions(lab: Any, conditions: list[Any], outcome: str) -> None:
    name = f"condition-{zlib.crc32(str(conditions).encode())}"
    fail = {"Name": "Refuse", "Type": "Fail", "Arguments": {"ErrorMessage": "not taken"}}
    arguments = {"Conditions": conditions, "IfSteps": [], "ElseSteps": [fail]}
    parameters = [{"Name": "B", "Type": "String", "DefaultValue": "b"}]
    lab.pipeline(name, [{"Name": "Judge", "Type": "Condition", "Arguments": arguments}], parameters)
    arn = lab.start(name)
    found = lab.wait(arn)
    assert lab.steps(arn)["Judge"]["Metadata"]["Condition"]["Outcome"] == outcome
    assert found["PipelineExecutionStatus"] == ("Succeeded" if outcome == "True" else "Failed")


def test_a_condition_that_cannot_be_evaluated_fails_and_says_why(lab: Any) -> None:
    script = "open('/opt/ml/processing/report/r.json', 'w').write('{\"mse\": {\"value\": \"low\"}}')"
    report = step(
        "Report",
        lab.processing(script, outputs={"report": f"s3://{lab.bucket}/report"}),
        PropertyFiles=[{"PropertyFileName": "R", "OutputName": "report", "FilePath": "r.json"}],
    )

    def judge(name: str, path: str) -> dict[str, Any]:
        left = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Report.PropertyFiles.R"}, "Path": path}}
        return {"Name": name, "Type": "Condition", "Arguments": {"Conditions": [condition("LessThan", left, 1)]}}

    for name, path, text in (
        ("text", "mse.value", "cannot compare 'low' with 1"),
        ("absent", "mae.value", "property file R of step Report: there is no 'mae'; there are mse"),
    ):
        lab.pipeline(f"judge-{name}", [judge("Judge", path), report])
        arn = lab.start(f"judge-{name}")
        lab.wait(arn)
        assert text in lab.steps(arn)["Judge"]["FailureReason"]


def test_a_step_that_waits_for_a_branch_not_taken_is_skipped(lab: Any) -> None:
    inner = step("Inner", lab.processing("print(1)"))
    arguments = {"Conditions": [condition("Equals", 1, 2)], "IfSteps": [inner]}
    judge = {"Name": "Judge", "Type": "Condition", "Arguments": arguments}
    lab.pipeline("skipped", [judge, step("Outer", lab.processing("print(2)"), DependsOn=["Inner"])])
    arn = lab.start("skipped")
    assert lab.wait(arn)["PipelineExecutionStatus"] == "Succeeded"
    assert set(lab.steps(arn)) == {"Judge"}


def test_the_definition_may_come_from_s3_and_is_kept_with_the_execution(lab: Any) -> None:
    say = {"Name": "Say", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Execution.PipelineName"}}}
    text = json.dumps({"Version": "2020-12-01", "Steps": [say]})
    lab.put("definitions/p.json", text)
    place = {"Bucket": lab.bucket, "ObjectKey": "definitions/p.json"}
    lab.sagemaker.create_pipeline(PipelineName="from-s3", RoleArn=lab.role, PipelineDefinitionS3Location=place)
    assert lab.sagemaker.describe_pipeline(PipelineName="from-s3")["PipelineDefinition"] == text
    arn = lab.start("from-s3")
    lab.wait(arn)
    assert lab.steps(arn)["Say"]["Metadata"]["Fail"]["ErrorMessage"] == "from-s3"
    lab.sagemaker.update_pipeline(PipelineName="from-s3", PipelineDefinition=text.replace("Say", "Tell"))
    kept = lab.sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    assert kept["PipelineDefinition"] == text


def test_the_same_token_starts_once(lab: Any) -> None:
    lab.pipeline("token", [{"Name": "Say", "Type": "Fail", "Arguments": {}}])
    token = "t" * 32
    assert lab.start("token", ClientRequestToken=token) == lab.start("token", ClientRequestToken=token)
    assert len(lab.sagemaker.list_pipeline_executions(PipelineName="token")["PipelineExecutionSummaries"]) == 1


def test_pipelines_are_listed_described_tagged_and_deleted(lab: Any) -> None:
    say = [{"Name": "Say", "Type": "Fail", "Arguments": {}}]
    arn = lab.pipeline("life", say, Tags=[{"Key": "team", "Value": "a"}], PipelineDescription="short")
    with pytest.raises(ClientError, match="must be unique"):
        lab.pipeline("life", say)
    described = lab.sagemaker.describe_pipeline(PipelineName=arn)
    assert (described["PipelineName"], described["PipelineDescription"]) == ("life", "short")
    assert lab.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
    rows = lab.sagemaker.list_pipelines(PipelineNamePrefix="lif")["PipelineSummaries"]
    assert [row["PipelineArn"] for row in rows] == [arn]
    lab.sagemaker.delete_pipeline(PipelineName="life")
    with pytest.raises(lab.sagemaker.exceptions.ResourceNotFound):
        lab.sagemaker.describe_pipeline(PipelineName="life")


def test_status_changes_are_sent_as_events(lab: Any) -> None:
    queue = lab.client("sqs").create_queue(
        QueueName="pipeline-events",
        Attributes=open_to("events.amazonaws.com", "arn:aws:sqs:us-east-1:111111111111:pipeline-events"),
    )["QueueUrl"]
    queue_arn = f"arn:aws:sqs:{lab.region}:{lab.account}:pipeline-events"
    pattern = json.dumps({"source": ["aws.sagemaker"], "detail": {"pipelineArn": [{"suffix": ":pipeline/events"}]}})
    events = lab.client("events")
    events.put_rule(Name="pipeline-events", EventPattern=pattern)
    events.put_targets(Rule="pipeline-events", Targets=[{"Id": "q", "Arn": queue_arn}])
    lab.pipeline("events", [step("Only", lab.processing("print(1)"))])
    arn = lab.start("events")
    lab.wait(arn)
    seen: list[dict[str, Any]] = []

    def arrived() -> bool:
        answer = lab.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        seen.extend(json.loads(message["Body"]) for message in answer.get("Messages", []))
        of_pipeline = {event["detail"].get("currentPipelineExecutionStatus") for event in seen}
        of_steps = {event["detail"].get("currentStepStatus") for event in seen}
        return "Succeeded" in of_pipeline and "Succeeded" in of_steps  # they may come in any order

    until(arrived)
    statuses = {event["detail"].get("currentStepStatus") for event in seen}
    assert {"Starting", "Executing", "Succeeded"} <= statuses
    ended = next(event for event in seen if event["detail"].get("currentStepStatus") == "Succeeded")
    assert ended["detail-type"] == "SageMaker Model Building Pipeline Execution Step Status Change"
    assert ended["resources"] == [arn.partition("/execution/")[0], arn]
    assert ended["detail"]["metadata"]["processingJob"]["arn"].startswith("arn:aws:sagemaker:")
    assert (ended["detail"]["stepName"], ended["detail"]["stepType"]) == ("Only", "Processing")
