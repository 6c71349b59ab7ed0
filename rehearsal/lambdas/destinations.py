"""What became of an event: to the destinations of the function and to its dead letter queue, as its role.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
import logging
from typing import Any

from rehearsal.api import Params
from rehearsal.lambdas.runner import Called, Outcome
from rehearsal.lambdas.state import stamp
from rehearsal.ports import Platform

log = logging.getLogger(__name__)


class Destinations:
    """Sends records of asynchronous invocations."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def tell(self, called: Called, outcome: Outcome, config: Params, attempts: int) -> None:
        """Send what the settings ask for; what cannot be sent is only logged."""
        kind = "OnFailure" if outcome.failed else "OnSuccess"
        target = ((config.get("DestinationConfig") or {}).get(kind) or {}).get("Destination")
        letters = (called.version.settings.get("DeadLetterConfig") or {}).get("TargetArn")
        try:
            if target:
                self._send(called, target, json.dumps(_record(called, outcome, attempts)), kind)
            if letters and outcome.failed:
                self._dead_letter(called, letters, outcome)
        except Exception as error:
            if not self._platform.closed.is_set():
                log.warning("function %s: its record did not reach %s: %s", called.name.name, target or letters, error)

    def _client(self, service: str, called: Called, arn: str) -> Any:
        role, place = called.version.settings["Role"], arn.split(":")
        return self._platform.client(service, account=place[4] or called.name.account, region=place[3], role=role)

    def _send(self, called: Called, arn: str, text: str, kind: str) -> None:
        service = arn.split(":")[2]
        client = self._client(service, called, arn)
        if service == "sqs":
            client.send_message(QueueUrl=self._url(arn), MessageBody=text)
        elif service == "sns":
            client.publish(TopicArn=arn, Message=text)
        elif service == "lambda":
            client.invoke(FunctionName=arn, InvocationType="Event", Payload=text)
        else:
            detail = f"Lambda Function Invocation Result - {kind.removeprefix('On')}"
            entry = {"Source": "lambda", "DetailType": detail, "Detail": text, "EventBusName": arn}
            answer = client.put_events(Entries=[entry | {"Resources": [called.name.arn, arn]}])
            if answer["FailedEntryCount"]:
                raise RuntimeError(answer["Entries"][0]["ErrorMessage"])

    def _dead_letter(self, called: Called, arn: str, outcome: Outcome) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq"""
        facts = {"RequestID": called.request, "ErrorCode": "200", "ErrorMessage": _message(outcome)[:1024]}
        attributes = {
            name: {"DataType": "Number" if name == "ErrorCode" else "String", "StringValue": value}
            for name, value in facts.items()
        }
        text = called.payload.decode() or "{}"
        service = arn.split(":")[2]
        client = self._client(service, called, arn)
        if service == "sqs":
            client.send_message(QueueUrl=self._url(arn), MessageBody=text, MessageAttributes=attributes)
        else:
            client.publish(TopicArn=arn, Message=text, MessageAttributes=attributes)

    def _url(self, arn: str) -> str:
        _, _, _, region, account, name = arn.split(":")
        lookup = self._platform.internal_client("sqs", account=account, region=region)
        return str(lookup.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"])


def _message(outcome: Outcome) -> str:
    return str(json.loads(outcome.payload).get("errorMessage") or "none")


def _record(called: Called, outcome: Outcome, attempts: int) -> Params:
    number = called.version.number
    failed = {"functionError": "Unhandled"} if outcome.failed else {}
    return {
        "version": "1.0",
        "timestamp": stamp().replace("+0000", "Z"),
        "requestContext": {
            "requestId": called.request,
            "functionArn": called.name.arn if called.name.qualifier else f"{called.name.arn}:$LATEST",
            "condition": "RetriesExhausted" if outcome.failed else "Success",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": json.loads(called.payload or b"{}"),
        "responseContext": {"statusCode": 200, "executedVersion": number, **failed},
        "responsePayload": json.loads(outcome.payload or b"null"),
    }
