"""What the pipeline's tests share: documents from text, and an AWS that does as it is told, over HTTP."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[3]

ASSUMED = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIASTART</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2100-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/start/s</Arn>
<AssumedRoleId>A:s</AssumedRoleId></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"""

# of the key behind alias/registry
KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234"


class ScriptedAws:
    """The answers of AWS that a test lays down; every call is kept in `calls` with the access key that signed it.

    `looks` are what successive looks at the execution show: (status, failure reason, steps); the last one stays.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.pipelines: dict[str, dict[str, Any]] = {}
        self.looks: list[tuple[str, str, list[dict[str, Any]]]] = [("Succeeded", "", [])]
        self.answers: dict[str, Callable[[dict[str, Any]], Any]] = {}
        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        self.look = -1
        double = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:
                pass

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                found = re.search(r"Credential=([^/]+)/", self.headers.get("Authorization", ""))
                key = found[1] if found else ""
                status, content = double.answer(self.command, self.path, dict(self.headers), body, key)
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_HEAD = _answer

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes, key: str) -> tuple[int, bytes]:
        target = headers.get("X-Amz-Target", "")
        if target:
            operation, given = target.split(".")[1], json.loads(body or b"{}")
            self.calls.append((operation, key, given))
            status, data = self.operation(operation, given)
            return status, json.dumps(data).encode()
        if method == "POST":
            self.calls.append(("AssumeRole", key, {"body": body.decode()}))
            return 200, ASSUMED.encode()
        name = path.partition("?")[0].lstrip("/")
        self.calls.append((f"{method} {name}", key, {name.lower(): value for name, value in headers.items()}))
        if method == "PUT":
            self.objects[name] = body
            return 200, b""
        return (200, self.objects[name]) if name in self.objects else (404, b"")

    def operation(self, operation: str, given: dict[str, Any]) -> tuple[int, Any]:
        name = given.get("PipelineName", "")
        arn = f"arn:aws:sagemaker:eu-west-1:111122223333:pipeline/{name}"
        refused: dict[str, Any] = {}
        found: dict[str, Any] = {}
        match operation:
            case _ if operation in self.answers:
                found = self.answers[operation](given)
            case "DescribePipeline" if name not in self.pipelines:
                refused = {"__type": "ResourceNotFound", "message": f"Pipeline '{name}' does not exist."}
            case "DescribePipeline":
                found = self.pipelines[name] | {"PipelineArn": arn}
            case "CreatePipeline" | "UpdatePipeline":
                self.pipelines[name] = {key: value for key, value in given.items() if key != "ClientRequestToken"}
                found = {"PipelineArn": arn}
            case "DescribeKey" if given["KeyId"] == "alias/registry":
                found = {"KeyMetadata": {"KeyId": "1234", "Arn": KEY_ARN}}
            case "StartPipelineExecution":
                found = {"PipelineExecutionArn": f"{arn}/execution/abc123"}
            case "DescribePipelineExecution":
                self.look = min(self.look + 1, len(self.looks) - 1)
                status, reason, _ = self.looks[self.look]
                found = {"PipelineExecutionStatus": status} | ({"FailureReason": reason} if reason else {})
            case "ListPipelineExecutionSteps":
                steps = self.looks[self.look][2]
                start = int(given.get("NextToken", "0"))
                more = {"NextToken": str(start + 2)} if start + 2 < len(steps) else {}
                found = {"PipelineExecutionSteps": steps[start : start + 2]} | more
            case _:
                refused = {"__type": "ValidationException", "message": f"the test does not expect {operation}"}
        return (400, refused) if refused else (200, found)

    def called(self, operation: str) -> list[dict[str, Any]]:
        return [given for name, _, given in self.calls if name == operation]


@pytest.fixture
def aws() -> Iterator[ScriptedAws]:
    double = ScriptedAws()
    yield double
    double.server.shutdown()
    double.server.server_close()


@pytest.fixture
def environment(aws: ScriptedAws, tmp_path: Path) -> dict[str, str]:
    """The environment of a training job, without anything of this machine's AWS."""
    own = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SAGEMAKER_", "CODEBUILD_"))
    }
    return own | {
        "HOME": str(tmp_path),
        "PYTHONPATH": str(REPOSITORY),
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_ACCESS_KEY_ID": "AKIABUILD",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "eu-west-1",
        "ASSUME_ROLE_ARN": "arn:aws:iam::111122223333:role/start",
        "SAGEMAKER_PIPELINE_NAME": "churn",
        "SAGEMAKER_PIPELINE_ROLE_ARN": "arn:aws:iam::111122223333:role/training",
        "ARTIFACT_BUCKET": "registry",
        "ARTIFACT_BUCKET_KMS_ID": "alias/registry",
        "MODEL_PACKAGE_GROUP_NAME": "churn-models",
    }


@pytest.fixture
def command() -> list[str]:
    return [sys.executable, "-m", "model_cicd.cli", "run"]
