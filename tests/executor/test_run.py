"""One execution after the other: results, gates, failures, the cache, parameters, retries."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.executor.conftest import Bench, fail, get, processing, uri, write

PARAMETERS = [
    {"Name": "Limit", "Type": "Float", "DefaultValue": 5.0},
    {"Name": "Rounds", "Type": "Integer", "DefaultValue": 3},
    {"Name": "Colour", "Type": "String", "EnumValues": ["red", "blue"], "DefaultValue": "red"},
]
REPORT = {"PropertyFileName": "Report", "OutputName": "report", "FilePath": "report.json"}


def gated() -> list[dict[str, Any]]:
    """A measurement, and a gate on it."""
    measured = {"Std:JsonGet": {"PropertyFile": get("Steps.Measure.PropertyFiles.Report"), "Path": "errors[1]"}}
    condition = {"Type": "LessThanOrEqualTo", "LeftValue": measured, "RightValue": get("Parameters.Limit")}
    text = {"Std:Join": {"On": " ", "Values": ["got", measured, "over", get("Parameters.Limit")]}}
    return [
        {
            "Name": "Gate",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [condition],
                "IfSteps": [processing("Good", write("o", "x", "good"), outputs=["o"])],
                "ElseSteps": [fail("Bad", text)],
            },
        },
        processing(
            "Measure",
            write("report", "report.json", '{"errors": [9, 4]}'),
            outputs=["report"],
            PropertyFiles=[REPORT],
            CacheConfig={"Enabled": True, "ExpireAfter": "PT1H"},
        ),
    ]


def test_a_gate_lets_through_what_is_good_enough_and_nothing_else(shared: Bench) -> None:
    file = shared.define(*gated(), parameters=PARAMETERS, name="gated.json")
    good = shared.run(file)
    assert good.code == 0, good.out
    assert good.report["PipelineExecutionStatus"] == "Succeeded"
    assert good.statuses == {"Measure": "Succeeded", "Gate": "Succeeded", "Good": "Succeeded"}
    assert good.steps["Gate"]["Metadata"]["Condition"]["Outcome"] == "True"
    assert good.output("Good", "o").joinpath("x").read_text() == "good"
    assert {"StepName": "Good", "OutputName": "o", "S3Uri": "s3://bench/Good/o"}.items() <= good.report["Outputs"][
        -1
    ].items()
    bad = shared.run(file, "--param", "Limit=3.5")
    assert bad.code == 1
    assert bad.report["FailureReason"] == "Step failure: One or multiple steps failed."
    assert bad.steps["Gate"]["Metadata"]["Condition"]["Outcome"] == "False"
    assert bad.steps["Bad"]["FailureReason"] == "got 4 over 3.5"
    assert "step Bad failed: got 4 over 3.5" in bad.out
    hit = bad.steps["Measure"]["CacheHitResult"]["SourcePipelineExecutionArn"]
    assert hit == good.report["PipelineExecutionArn"]
    kept = {path.stem for path in (shared.store / "pipelines" / "gated" / "executions").iterdir()}
    assert {good.report["PipelineExecutionArn"].rpartition("/")[2]} < kept


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("Rounds=many", "Parameter Rounds: got 'many', expected Integer"),
        ("Colour=rad", "Parameter Colour: got 'rad', expected one of red, blue (did you mean red?)"),
        ("Runds=1", "Parameter Runds is not declared by the pipeline (did you mean Rounds?)"),
        ("Rounds", "--param Rounds: expected NAME=VALUE"),
    ],
)
def test_wrong_parameters_are_refused_before_anything_runs(bench: Bench, given: str, text: str) -> None:
    ran = bench.run(bench.define(*gated(), parameters=PARAMETERS), "--param", given)
    assert ran.code == 2
    assert text in ran.err
    assert not ran.report
    assert "started" not in ran.out


def test_a_parameter_without_default_must_be_given(bench: Bench) -> None:
    ran = bench.run(bench.define(fail("F", get("Parameters.Text")), parameters=[{"Name": "Text", "Type": "String"}]))
    assert ran.code == 2
    assert "Parameter Text (String) has no default and was not given" in ran.err


def test_all_that_is_wrong_with_a_definition_and_its_options_is_said_at_once(bench: Bench) -> None:
    ran = bench.run(bench.define(fail("A", "x", DependOn=[]), {"Name": "B", "Type": "Magic", "Arguments": {}}))
    assert ran.code == 2
    assert "step B: Type: the embedded AWS does not support 'Magic'" in ran.err
    ran = bench.run(bench.define(fail("A", "x", DependOn=[]), fail("B", get("Parameters.X"))))
    assert "step A: DependOn: unknown member of a Fail step (did you mean DependsOn?)" in ran.err
    assert "there is no parameter X" in ran.err
    ran = bench.run(bench.define(fail("Train", "x")), "--stub", "Trian=Succeeded")
    assert ran.code == 2
    assert "--stub Trian: there is no such step (did you mean Train?)" in ran.err
    ran = bench.run(bench.directory / "nothing.json", "--upload", "nowhere=s3://bench", "--stub", "A=Done")
    assert ran.code == 2
    for text in ("there is no such file", "there is no nowhere", "expected Succeeded or Failed"):
        assert text in ran.err


def test_a_failing_script_uploads_nothing_and_its_log_is_shown_and_kept(bench: Bench) -> None:
    script = write("o", "x", "half") + "\nprint('row 7 is empty')\nraise SystemExit(3)"
    ran = bench.run(bench.define(processing("Broken", script, outputs=["o"])), store=False)
    assert ran.code == 1
    assert "row 7 is empty" in ran.out
    reason = ran.steps["Broken"]["FailureReason"]
    assert "row 7 is empty" in reason
    assert reason.endswith("exit code: 3")
    assert ran.report["Outputs"] == []
    log = next(line for line in ran.out.splitlines() if line.startswith("  log: ")).removeprefix("  log: ")
    assert "row 7 is empty" in Path(log).read_text()


def test_a_missing_package_is_named_with_its_step_and_can_be_given(bench: Bench) -> None:
    file = bench.define(processing("Tidy", "import humanfriendly_missing_package.tables"))
    ran = bench.run(file)
    assert ran.code == 1
    assert "step Tidy: the package humanfriendly_missing_package is missing in" in ran.out
    assert "--requirements Tidy=FILE" in ran.out


def test_jobs_see_their_own_files_only(bench: Bench) -> None:
    look = (
        "import os; assert sorted(os.listdir('/opt/ml/processing')) == ['b', 'code'], os.listdir('/opt/ml/processing')"
    )
    steps = [
        processing("First", write("a", "x", "1"), outputs=["a"]),
        processing("Second", look, inputs={"b": uri("First", "a")}),
    ]
    assert bench.run(bench.define(*steps)).code == 0


# what a script does to be seen from outside: it is in a cage
MARK = "import boto3, time\ns3 = boto3.client('s3')\ns3.put_object(Bucket='marks', Key='{name}', Body=b'')"


def test_branches_run_at_the_same_time(bench: Bench) -> None:
    # each waits for the other's object: one after the other they would never end
    def meet(mine: str, other: str) -> str:
        return (
            f"{MARK.format(name=mine)}\nfor _ in range(400):\n"
            f"    if s3.list_objects_v2(Bucket='marks', Prefix='{other}')['KeyCount']: break\n"
            "    time.sleep(0.05)\nelse: raise SystemExit('alone')"
        )

    ran = bench.run(bench.define(processing("L", meet("l", "r")), processing("R", meet("r", "l"))))
    assert ran.statuses == {"L": "Succeeded", "R": "Succeeded"}


def test_uploads_are_where_the_definition_expects_them(bench: Bench) -> None:
    bench.write("data/part/rows.csv", "1,2\n")
    script = "print(open('/opt/ml/processing/raw/part/rows.csv').read())\n" + write("o", "x", "1")
    file = bench.define(processing("Read", script, inputs={"raw": "s3://bench-data/in"}, outputs=["o"]))
    missing = bench.run(file)
    assert missing.code == 1
    assert "--upload DIR=s3://bench-data" in missing.out
    assert bench.run(file, "--upload", "data=s3://bench-data/in").code == 0


def test_the_cache_has_the_key_attributes_of_aws_and_ends_with_its_time(shared: Bench) -> None:
    def run(output: str = "o", kind: str = "ml.m5.xlarge", colour: str = "red", expires: str = "PT1H") -> bool:
        step = processing("Cached", "print(1)", outputs=[output])
        step["Arguments"]["ProcessingResources"]["ClusterConfig"]["InstanceType"] = kind
        step["Arguments"]["Environment"] = {"COLOUR": colour}
        step["CacheConfig"] = {"Enabled": True, "ExpireAfter": expires}
        ran = shared.run(shared.define(step, name="cached.json"))
        assert ran.code == 0, ran.out
        return "CacheHitResult" in ran.steps["Cached"]

    assert [run(), run(), run(output="p"), run(kind="ml.m5.large"), run(colour="blue")] == [
        False,
        True,
        True,
        True,
        False,
    ]
    time.sleep(1.1)
    assert run(colour="blue", expires="PT1S") is False


def test_the_cache_belongs_to_the_pipeline(shared: Bench) -> None:
    step = processing("Mine", "print('mine')", CacheConfig={"Enabled": True, "ExpireAfter": "P1D"})
    file = shared.define(step, name="named.json")
    hits = ["CacheHitResult" in shared.run(file, "--name", name).steps["Mine"] for name in ("one", "two", "one")]
    assert hits == [False, False, True]


def retrying(kinds: list[str], attempts: int = 3) -> dict[str, Any]:
    policy = {"ExceptionType": kinds, "IntervalSeconds": 10, "BackoffRate": 2.0, "MaxAttempts": attempts}
    return processing("Try", "print('at last')", RetryPolicies=[policy])


def test_a_failure_of_the_service_is_tried_again_as_the_policy_says(bench: Bench) -> None:
    capacity = "SageMaker.CAPACITY_ERROR"
    file = bench.define(retrying([capacity]))
    twice = bench.run(file, "--fault", f"Try={capacity}", "--fault", f"Try={capacity}")
    assert twice.code == 0, twice.out
    assert twice.steps["Try"]["AttemptCount"] == 3
    file = bench.define(retrying([capacity], attempts=1))
    often = bench.run(file, "--fault", f"Try={capacity}", "--fault", f"Try={capacity}")
    assert often.code == 1
    assert often.steps["Try"]["FailureReason"].startswith("CapacityError: ")
    assert often.steps["Try"]["AttemptCount"] == 2
    other = bench.run(file, "--fault", "Try=Step.THROTTLING")
    assert other.steps["Try"]["AttemptCount"] == 1


def test_a_script_that_fails_is_not_tried_again(bench: Bench) -> None:
    step = retrying(["SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR"])
    step |= {"Arguments": processing("Try", "raise SystemExit(1)")["Arguments"]}
    assert bench.run(bench.define(step)).steps["Try"]["AttemptCount"] == 1


def test_what_no_laptop_can_run_says_so_unless_it_is_stubbed(bench: Bench) -> None:
    emr = {"Name": "Spark", "Type": "EMR", "Arguments": {"ClusterId": "j-1", "StepConfig": {}}}
    after = processing("After", "print(1)", DependsOn=["Spark"])
    file = bench.define(emr, after)
    ran = bench.run(file)
    assert ran.code == 1
    assert "EMR steps cannot run on this machine: they need an EMR cluster" in ran.steps["Spark"]["FailureReason"]
    stubbed = bench.run(file, "--stub", "Spark=Succeeded")
    assert stubbed.code == 0
    assert stubbed.statuses == {"Spark": "Succeeded", "After": "Succeeded"}
    assert [name for name, row in stubbed.steps.items() if row.get("Stubbed")] == ["Spark"]
    assert "Spark Succeeded, stubbed, not run" in stubbed.out
    failed = bench.run(file, "--stub", "Spark=Failed")
    assert failed.statuses == {"Spark": "Failed"}


def test_a_lambda_step_calls_a_local_handler(bench: Bench) -> None:
    code = bench.write(
        "code.py",
        "import boto3\ndef handle(event, context):\n"
        "    boto3.client('s3').put_object(Bucket='bench', Key='said.txt', Body=event['word'].encode())\n"
        "    return {'length': len(event['word']), 'name': context.function_name}\n",
    )
    step = {
        "Name": "Call",
        "Type": "Lambda",
        "FunctionArn": "arn:aws:lambda:us-east-1:111122223333:function:measure",
        "Arguments": {"word": get("Parameters.Word")},
        "OutputParameters": [{"OutputName": "length", "OutputType": "Integer"}, {"OutputName": "name"}],
    }
    said = {"Std:Join": {"On": " ", "Values": [get("Steps.Call.OutputParameters['name']"),
                                               get("Steps.Call.OutputParameters['length']")]}}  # fmt: skip
    file = bench.define(step, fail("Say", said), parameters=[{"Name": "Word", "DefaultValue": "heron"}])
    without = bench.run(file)
    assert "there is no code of the Lambda function measure" in without.steps["Call"]["FailureReason"]
    ran = bench.run(file, "--lambda", f"measure={code}:handle")
    assert ran.steps["Say"]["FailureReason"] == "measure 5"
    assert {"Name": "length", "Value": "5"} in ran.steps["Call"]["Metadata"]["Lambda"]["OutputParameters"]
    assert (bench.store / "objects" / "bench" / "said.txt").read_text() == "heron"


def test_scripts_reach_s3_of_the_store_and_nothing_else(bench: Bench) -> None:
    script = (
        "import boto3, botocore.exceptions\ns3 = boto3.client('s3')\n"
        "s3.put_object(Bucket='bench', Key='a/b c.txt', Body=b'12345')\n"
        "s3.copy_object(Bucket='bench', Key='a/d.txt', CopySource={'Bucket': 'bench', 'Key': 'a/b c.txt'})\n"
        "found = s3.list_objects_v2(Bucket='bench', Prefix='a/')\n"
        "assert [row['Key'] for row in found['Contents']] == ['a/b c.txt', 'a/d.txt'], found\n"
        "assert s3.get_object(Bucket='bench', Key='a/d.txt', Range='bytes=1-2')['Body'].read() == b'23'\n"
        "open('big', 'wb').write(b'x' * (9 << 20)); s3.upload_file('big', 'bench', 'big')\n"
        "assert s3.head_object(Bucket='bench', Key='big')['ContentLength'] == 9 << 20\n"
        "s3.delete_object(Bucket='bench', Key='a/d.txt')\n"
        "print(boto3.client('sts').get_caller_identity()['Arn'])\n"
        "print(boto3.client('sagemaker').list_model_package_groups())\n"
        "try: boto3.client('sqs').list_queues()\n"
        "except botocore.exceptions.ClientError as error: assert 'does not support sqs' in str(error), error\n"
        "else: raise SystemExit('sqs')\n"
    )
    ran = bench.run(bench.define(processing("Speak", script)))
    assert ran.code == 0, ran.out
    assert (bench.store / "objects" / "bench" / "a" / "b c.txt").read_bytes() == b"12345"


def test_an_interrupt_stops_jobs_and_execution(bench: Bench) -> None:
    mark = bench.store / "objects" / "marks" / "running"
    script = f"{MARK.format(name='running')}\ntime.sleep(60)"
    file = bench.define(processing("Long", script), processing("Next", "print(1)", DependsOn=["Long"]))
    child = subprocess.Popen(
        bench.command(file),
        cwd=bench.directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 30
    while not mark.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(child.pid, signal.SIGINT)
    out, err = child.communicate(timeout=30)
    ran = bench.ended(child.returncode, out, err)
    assert ran.code == 130
    assert ran.report["PipelineExecutionStatus"] == "Stopped"
    assert ran.statuses == {"Long": "Stopped"}


def test_one_run_at_a_time_holds_a_store(bench: Bench) -> None:
    mark = bench.store / "objects" / "marks" / "running"
    script = f"{MARK.format(name='running')}\ntime.sleep(60)"
    file = bench.define(processing("Long", script))
    with subprocess.Popen(bench.command(file), cwd=bench.directory, stdout=subprocess.DEVNULL) as child:
        deadline = time.monotonic() + 30
        while not mark.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        second = bench.run(file)
        child.terminate()
        assert child.wait(timeout=30) == 143
    assert second.code == 2
    assert "another run uses the store" in second.err


def test_versions_go_on_in_the_next_run(bench: Bench) -> None:
    register = {
        "Name": "Keep",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": "herons",
            "InferenceSpecification": {
                "Containers": [{"Image": "own/image:1", "ModelDataUrl": "s3://bench/Make/o/model.tar.gz"}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        },
        "DependsOn": ["Make"],
    }
    file = bench.define(processing("Make", write("o", "model.tar.gz", "x"), outputs=["o"]), register)
    versions = [bench.run(file).report["ModelPackages"][0]["ModelPackageVersion"] for _ in range(2)]
    assert versions == [1, 2]
    assert json.loads((bench.store / "registry.json").read_text())["groups"][0]["last_version"] == 2
