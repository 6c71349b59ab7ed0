"""Functions of somebody who means harm: what they must not reach, and what must not fail by them."""

from __future__ import annotations

import io
import stat
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.lambdas.conftest import ACCOUNT, REGION, Functions
from tests.emulator.roles import almighty, trusting

CODE = "def handler(event, context):\n    return 1\n"
OTHER = "222222222222"
# a handler that writes what only its runtime should write
ANSWERS = """
import os, sys
def handler(event, context):
    with open(sys.argv[1] + "/answer.json", "w") as file:
        file.write({!r})
    os._exit(0)
"""


def linked(*links: tuple[str, str]) -> bytes:
    """A package with links: (name, target)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.py", CODE)
        for name, target in links:
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, target)
    return out.getvalue()


@pytest.mark.parametrize("name", ["a/link", "a/deep/link"])
def test_no_link_of_a_package_is_made_behind_another(functions: Functions, tmp_path: Path, name: str) -> None:
    package = linked(("a", str(tmp_path)), (name, "/etc/passwd"))
    with pytest.raises(ClientError, match="Could not unzip uploaded file"):
        functions.api.update_function_code(FunctionName=functions.make(CODE), ZipFile=package)
    with pytest.raises(ClientError, match="Could not unzip uploaded file"):
        functions.api.publish_layer_version(LayerName="links", Content={"ZipFile": package})
    assert list(tmp_path.iterdir()) == []


def test_links_within_a_package_stay(functions: Functions) -> None:
    package = linked(("own.py", "index.py"), ("deep/own.py", "../index.py"))
    made = functions.api.create_function(
        FunctionName="own-links", Runtime="python3.12", Handler="deep/own.handler", Role=functions.role,
        Code={"ZipFile": package},
    )  # fmt: skip
    assert functions.call(made["FunctionName"]) == 1


@pytest.mark.parametrize(
    "text",
    ['{"result": "1", "memory": 1e999}', "[" * 100_000, '{"error": "x"}', '{"error": [1]}', '{"result":'],
    ids=["endless memory", "deep", "error is text", "error is a list", "cut"],
)
def test_an_answer_that_is_none_is_a_failure_of_the_function(functions: Functions, text: str) -> None:
    assert functions.call(functions.make(ANSWERS.format(text)))["errorType"] == "Runtime.ExitError"


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"Handler": "index\0.handler"}, "Handler has a character that is no text"),
        ({"Environment": {"Variables": {"AA": "a\0b"}}}, "the environment variable AA has a character"),
        ({"Environment": {"Variables": {"AA": "a\ud800b"}}}, "the environment variable AA has a character"),
        ({"FunctionName": "x" * 65}, "less than or equal to 64"),
    ],
)
def test_settings_that_no_process_can_be_given(functions: Functions, more: dict[str, Any], text: str) -> None:
    with pytest.raises(ClientError, match=text):
        functions.make(CODE, **more)


def test_a_mapping_invokes_functions_of_its_own_account_only(functions: Functions) -> None:
    sqs, name = functions.client("sqs"), functions.make(CODE)
    sqs.create_queue(QueueName="of-the-victim")
    there: dict[str, Any] = {
        "FunctionName": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
        "EventSourceArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:of-the-victim",
    }
    with pytest.raises(ClientError, match="Function not found"):
        functions.client("lambda", OTHER).create_event_source_mapping(**there)
    with pytest.raises(ClientError, match="Unrecognized event source"):
        functions.api.create_event_source_mapping(FunctionName=name, EventSourceArn=there["EventSourceArn"] + ":more")
    assert functions.api.create_event_source_mapping(**there)["State"] == "Creating"


def test_some_concurrency_is_left_to_the_other_functions(functions: Functions) -> None:
    api, names = functions.api, [functions.make(CODE) for _ in range(2)]
    api.put_function_concurrency(FunctionName=names[0], ReservedConcurrentExecutions=600)
    with pytest.raises(ClientError, match=r"below its minimum value of \[100\]"):
        api.put_function_concurrency(FunctionName=names[1], ReservedConcurrentExecutions=301)
    api.put_function_concurrency(FunctionName=names[1], ReservedConcurrentExecutions=300)
    assert api.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 100
    for name in names:
        api.delete_function_concurrency(FunctionName=name)


def test_a_version_runs_only_with_a_role_of_its_own_that_trusts(functions: Functions) -> None:
    iam, sqs = functions.client("iam"), functions.client("sqs")
    role = almighty(iam, "for-a-while", trusting("lambda.amazonaws.com"))
    name = functions.make(CODE, Role=role, Publish=True)
    queue = sqs.create_queue(QueueName="of-a-while")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:of-a-while"
    mapping = functions.api.create_event_source_mapping(FunctionName=f"{name}:1", EventSourceArn=arn)["UUID"]
    iam.update_assume_role_policy(RoleName="for-a-while", PolicyDocument=trusting("ec2.amazonaws.com"))
    functions.api.update_function_configuration(FunctionName=name, Role=functions.role)
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    assert functions.call(name) == 1
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        functions.call(name, Qualifier="1")

    def result() -> str:
        return str(functions.api.get_event_source_mapping(UUID=mapping)["LastProcessingResult"])

    while result() == "No records processed":
        time.sleep(0.05)
    assert "cannot be assumed by Lambda" in result()
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    assert found == {"ApproximateNumberOfMessages": "1"}
