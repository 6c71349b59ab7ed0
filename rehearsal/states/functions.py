"""Tasks that invoke Lambda functions: `arn:aws:states:::lambda:invoke`, and a function's ARN as the resource.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.states.failures import TaskFailed

_INVOKE = re.compile(r"arn:aws[a-z-]*:states:::lambda:invoke")
_FUNCTION = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+(?::(?:\$LATEST|[A-Za-z0-9_-]+))?"
)
_MEMBERS = ("FunctionName", "Payload", "InvocationType", "LogType", "ClientContext", "Qualifier")


@dataclass(frozen=True)
class FunctionCall:
    """An invocation: of the function `arn`, which gets the parameters or the input, or of the one that they name."""

    arn: str | None
    service: str = "lambda"
    prefix: str = "Lambda"

    @property
    def takes_input(self) -> bool:
        """Whether a state without Parameters hands on its input."""
        return self.arn is not None

    def problems(self, parameters: Any, where: str) -> Iterator[str]:
        """What AWS refuses of Parameters when a state machine is made."""
        if self.arn is not None:
            return
        given = {key.removesuffix(".$") for key in parameters}
        for name in sorted(given - set(_MEMBERS)):
            yield f"{where}: The field {name!r} is not supported by Step Functions"
        if "FunctionName" not in given:
            yield f"{where}: The field 'FunctionName' is required but was missing"

    def run(self, client: Any, parameters: Any) -> Any:
        """Invoke it. Raises TaskFailed, by the type of an error of the function's own."""
        asked = {"FunctionName": self.arn, "Payload": parameters} if self.arn else dict(parameters)
        asked["Payload"] = json.dumps(asked.get("Payload", {}))
        try:
            answer = client.invoke(**asked)
        except ClientError as error:
            details = error.response["Error"]
            code = str(details.get("Code", "Unknown"))
            name = "AWSLambdaException" if code == "AccessDeniedException" else code
            raise TaskFailed(f"Lambda.{name}", str(details.get("Message"))) from None
        except (BotoCoreError, ValueError, TypeError) as error:
            raise TaskFailed("States.Runtime", str(error)) from None
        text = answer["Payload"].read().decode()
        if answer.get("FunctionError"):
            raise TaskFailed(_kind(text), text)
        payload = json.loads(text) if text else None
        if self.arn is not None:
            return payload
        metadata = answer["ResponseMetadata"]
        return {
            **({"ExecutedVersion": answer["ExecutedVersion"]} if "ExecutedVersion" in answer else {}),
            **({"LogResult": answer["LogResult"]} if "LogResult" in answer else {}),
            "Payload": payload,
            "SdkHttpMetadata": {"HttpStatusCode": metadata["HTTPStatusCode"]},
            "SdkResponseMetadata": {"RequestId": metadata.get("RequestId", "")},
            "StatusCode": answer["StatusCode"],
        }


def find(resource: str) -> FunctionCall | None:
    """The invocation that a Resource means, None for any other resource."""
    if _INVOKE.fullmatch(resource):
        return FunctionCall(None)
    return FunctionCall(resource) if _FUNCTION.fullmatch(resource) else None


def _kind(text: str) -> str:
    try:
        return str(json.loads(text).get("errorType") or "Lambda.Unknown")
    except (ValueError, AttributeError):
        return "Lambda.Unknown"
