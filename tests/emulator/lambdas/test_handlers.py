"""Handlers in Python: as processes in a cage, under the session of their role."""

from __future__ import annotations

import datetime
import json

import pytest
from botocore.exceptions import ClientError

from tests.emulator.lambdas.conftest import ACCOUNT, Functions, tail
from tests.emulator.roles import trusting
from tests.emulator.states.conftest import until

WHO = """
import boto3, importlib.util, os
def handler(event, context):
    print("hello from", context.function_name)
    return {
        "who": boto3.client("sts").get_caller_identity()["Arn"], "event": event, "variable": os.environ["MINE"],
        "arn": context.invoked_function_arn, "left": context.get_remaining_time_in_millis(), "cwd": os.getcwd(),
        "group": context.log_group_name, "pandas": importlib.util.find_spec("pandas") is not None,
    }
"""


def test_a_handler_runs_as_its_role_with_its_variables_and_writes_its_log(functions: Functions) -> None:
    name = functions.make(WHO, Environment={"Variables": {"MINE": "yes"}}, Timeout=20)
    answer = functions.answer(name, {"a": 1}, LogType="Tail")
    found = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, found
    assert found["who"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/functions/{name}"
    assert (found["event"], found["variable"], found["pandas"]) == ({"a": 1}, "yes", False)
    assert found["arn"].endswith(f":function:{name}")
    assert 0 < found["left"] <= 20_000
    assert (found["cwd"], found["group"]) == ("/var/task", f"/aws/lambda/{name}")
    for text in (tail(answer), functions.log(name)):
        lines = text.splitlines()
        assert lines[0].startswith("INIT_START Runtime Version: python3.12 (this machine's Python 3.")
        assert [line.split(" ")[0] for line in lines[1:]] == ["START", "hello", "END", "REPORT"]
        assert "Memory Size: 128 MB" in lines[-1]


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        ("def handler(event, context):\n    raise ValueError('no')\n", "ValueError", "no"),
        ("import nowhere\n", "Runtime.ImportModuleError", "Unable to import module 'index': No module named 'nowhere'"),
        ("def other(): pass\n", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'index'"),
        ("def handler(:\n", "Runtime.UserCodeSyntaxError", "Syntax error in module 'index'"),
        ("def handler(e, c):\n    return {1}\n", "Runtime.MarshalError", "Object of type set is not JSON serializable"),
        ("import sys\ndef handler(e, c):\n    sys.exit(3)\n", "Runtime.ExitError", "exit status 3"),
        ("import time\ndef handler(e, c):\n    time.sleep(60)\n", "Sandbox.Timedout", "Task timed out after 1.00 seco"),
    ],
)
def test_errors_have_the_form_of_aws(functions: Functions, code: str, kind: str, text: str) -> None:
    name = functions.make(code, Timeout=1 if "sleep" in code else 10)
    answer = functions.answer(name, LogType="Tail")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    found = json.loads(answer["Payload"].read())
    assert (found["errorType"], text in found["errorMessage"]) == (kind, True), found
    assert found["errorMessage"].rpartition("Error: ")[2][:30] in tail(answer)
    if kind == "ValueError":
        assert found["stackTrace"] == [
            "  File \"/var/task/index.py\", line 2, in handler\n    raise ValueError('no')\n"
        ]


@pytest.mark.parametrize("runtime", ["python3.14", "nodejs24.x"])
def test_logs_in_json_have_levels(functions: Functions, runtime: str) -> None:
    python = (
        "import logging\ndef handler(event, context):\n    logging.getLogger('mine').info('quiet')\n"
        "    logging.getLogger('mine').warning('loud %s', 1)\n    raise ValueError('no')\n"
    )
    node = (
        "exports.handler = async () => { console.log('quiet'); console.warn('loud', 1); throw new TypeError('no'); };"
    )
    files = {"index.py": python} if runtime.startswith("python") else {"index.js": node}
    levels = {"LogFormat": "JSON", "ApplicationLogLevel": "WARN"}
    name = functions.make(files, Runtime=runtime, LoggingConfig=levels, Timeout=10)
    lines = tail(functions.answer(name, LogType="Tail")).splitlines()
    start, said, error, report = (json.loads(line) for line in lines[1:])
    assert (start["type"], report["type"], report["record"]["status"]) == ("platform.start", "platform.report", "error")
    assert ("loud 1" in said["message"], said["level"][:4]) == (True, "WARN")
    assert said["requestId"] == start["record"]["requestId"]
    assert error.get("log_level", error.get("level")) == "ERROR"


def test_iam_decides_what_a_handler_may(functions: Functions) -> None:
    iam = functions.client("iam")
    role = iam.create_role(RoleName="poor", AssumeRolePolicyDocument=trusting("lambda.amazonaws.com"))["Role"]["Arn"]
    code = "import boto3\ndef handler(e, c):\n    boto3.client('s3').list_buckets()\n"
    name = functions.make(code, Role=role, Timeout=20)
    found = functions.call(name)
    assert found["errorType"] == "ClientError"
    assert "assumed-role/poor" in found["errorMessage"]
    with pytest.raises(ClientError, match="ResourceNotFound"):  # it may not write its log either
        functions.log(name)
    iam.update_assume_role_policy(RoleName="poor", PolicyDocument=trusting("ec2.amazonaws.com"))
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        functions.call(name)


def test_a_handler_is_in_a_cage(functions: Functions) -> None:
    """It sees nothing of other functions, people and this machine's secrets, and cannot change its own code."""
    other = functions.make("SECRET = 1\n")
    assert functions.call(other)["errorType"] == "Runtime.HandlerNotFound"
    code = f"""
import os, pathlib
def handler(event, context):
    found = []
    for folder, folders, files in os.walk({str(functions.world.directory)!r}):
        found += files
    for path in (os.path.expanduser("~root/.ssh"), "/etc/shadow", "/etc/sudoers"):
        found += [path] if os.path.exists(path) else []
    for path in ("/var/task/new", "/var/runtime/new", "/opt/new", "/new"):
        try:
            pathlib.Path(path).write_text("x")
            found.append(path)
        except OSError:
            pass
    pathlib.Path("/tmp/new").write_text("x")
    return sorted(found)
"""
    assert functions.call(functions.make(code, Timeout=10)) == ["call.json", "event", "ready", "trusted.pem"]


def test_variables_change_nothing_outside_of_the_cage(functions: Functions) -> None:
    """They are set in it, last: nothing on the way there follows them."""
    code = "import os\ndef handler(event, context):\n    return [os.environ['LD_PRELOAD'], os.environ['PATH']]\n"
    variables = {"LD_PRELOAD": "/nowhere/evil.so", "PATH": "/mine:/usr/bin", "HTTPS_PROXY": "http://elsewhere:1"}
    name = functions.make(code, Environment={"Variables": variables}, Timeout=10)
    answer = functions.answer(name, LogType="Tail")
    assert json.loads(answer["Payload"].read()) == ["/nowhere/evil.so", "/mine:/usr/bin"]
    complaints = [line for line in tail(answer).splitlines() if "/nowhere/evil.so" in line]
    assert len(complaints) <= 1, "Python alone was started with it"


def test_events_are_tried_again_and_end_in_the_dead_letter_queue(functions: Functions) -> None:
    sqs = functions.client("sqs")
    url = sqs.create_queue(QueueName="letters")["QueueUrl"]
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:letters"
    done = sqs.create_queue(QueueName="done")["QueueUrl"]
    name = functions.make(
        "def handler(event, context):\n    return 1 / event['by']\n", DeadLetterConfig={"TargetArn": queue}
    )
    target = {"OnSuccess": {"Destination": queue.replace("letters", "done")}}
    functions.api.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1, DestinationConfig=target)
    assert functions.answer(name, {"by": 0}, InvocationType="Event")["StatusCode"] == 202
    functions.answer(name, {"by": 1}, InvocationType="Event")

    def message(of: str) -> dict[str, object]:
        def look() -> list[dict[str, object]]:
            found: list[dict[str, object]] = sqs.receive_message(QueueUrl=of, MessageAttributeNames=["All"]).get(
                "Messages", []
            )
            return found

        (first,) = until(look, bool)
        return dict(first)

    letter = message(url)
    assert json.loads(str(letter["Body"])) == {"by": 0}
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "division by zero"  # type: ignore[index]
    record = json.loads(str(message(done)["Body"]))
    assert (record["requestContext"]["condition"], record["responsePayload"]) == ("Success", 1.0)
    assert functions.log(name).count("ZeroDivisionError") >= 2


def test_invocations_and_errors_are_metrics(functions: Functions) -> None:
    name = functions.make("def handler(event, context):\n    return 1 / event['by']\n")
    functions.call(name, {"by": 1})
    functions.call(name, {"by": 0})
    now = datetime.datetime.now(datetime.UTC)
    counted = {}
    for metric in ("Invocations", "Errors"):
        found = functions.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda", MetricName=metric, Dimensions=[{"Name": "FunctionName", "Value": name}],
            StartTime=now - datetime.timedelta(minutes=5), EndTime=now + datetime.timedelta(minutes=5), Period=600,
            Statistics=["Sum"],
        )["Datapoints"]  # fmt: skip
        counted[metric] = sum(each["Sum"] for each in found)
    assert counted == {"Invocations": 2, "Errors": 1}


def test_payloads_and_dry_runs(functions: Functions) -> None:
    name = functions.make("def handler(event, context):\n    return event\n")
    assert functions.answer(name, InvocationType="DryRun")["StatusCode"] == 204
    with pytest.raises(ClientError, match="Could not parse request body into json"):
        functions.api.invoke(FunctionName=name, Payload=b"{")
    with pytest.raises(ClientError, match="too large for the Event invocation type"):
        functions.api.invoke(FunctionName=name, Payload=b'"' + b"x" * 2_000_000 + b'"', InvocationType="Event")
    assert functions.api.invoke(FunctionName=name)["Payload"].read() == b"{}"
