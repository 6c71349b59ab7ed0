"""Functions as boto3 sees them."""

from __future__ import annotations

import base64
import io
import itertools
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.roles import almighty, trusting

ACCOUNT, REGION = "111111111111", "us-east-1"
_names = (f"function-{number}" for number in itertools.count(1))


def zipped(files: Mapping[str, str]) -> bytes:
    """A package of files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return out.getvalue()


class Functions:
    """Makes functions and calls them."""

    def __init__(self, world: EmbeddedAws) -> None:
        self.world = world
        self.api = self.client("lambda")
        self.role = almighty(self.client("iam"), "functions", trusting("lambda.amazonaws.com"))

    def client(self, service: str, account: str = ACCOUNT) -> Any:
        return self.world.client(service, account=account, region=REGION)

    def make(self, code: str | Mapping[str, str], **more: Any) -> str:
        """A function of these files (a text: of `index.py`); its name."""
        files = {"index.py": code} if isinstance(code, str) else code
        wanted = {"Runtime": "python3.12", "Handler": "index.handler", "Role": self.role, "FunctionName": next(_names)}
        made = self.api.create_function(Code={"ZipFile": zipped(files)}, **(wanted | more))
        return str(made["FunctionName"])

    def call(self, name: str, event: Any = None, **more: Any) -> Any:
        """What a function answers, or its error."""
        return json.loads(self.answer(name, event, **more)["Payload"].read())

    def answer(self, name: str, event: Any = None, **more: Any) -> dict[str, Any]:
        """The whole answer of Invoke."""
        found: dict[str, Any] = self.api.invoke(FunctionName=name, Payload=json.dumps(event or {}), **more)
        return found

    def log(self, name: str) -> str:
        """All that a function has in CloudWatch Logs."""
        logs, group = self.client("logs"), f"/aws/lambda/{name}"
        found = []
        for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]:
            events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
            found += [event["message"] for event in events]
        return "".join(found)


def tail(answer: dict[str, Any]) -> str:
    """The end of the log in an answer."""
    return base64.b64decode(answer["LogResult"]).decode()


@pytest.fixture(scope="module")
def functions(world: EmbeddedAws) -> Functions:
    return Functions(world)
