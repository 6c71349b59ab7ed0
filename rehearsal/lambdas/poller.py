"""Works off the queues of event source mappings.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import json
import logging
import threading
import uuid
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.api import ApiError, Params
from rehearsal.lambdas.mappings import Mapping, MappingOperations
from rehearsal.lambdas.runner import Called, Outcome, Runner
from rehearsal.lambdas.state import NO_ROLE, SERVICE, Functions
from rehearsal.ports import Platform
from rehearsal.roles import trusts_service

log = logging.getLogger(__name__)

_LOOK = 0.5  # seconds between two looks at a queue
_AT_ONCE = 10  # messages that SQS gives and takes in one call


class Poller:
    """Looks at each queue in turn, as the role of its function; one batch of a mapping is at work at a time."""

    def __init__(self, platform: Platform, mappings: MappingOperations, functions: Functions, runner: Runner) -> None:
        self._platform, self._mappings, self._functions, self._runner = platform, mappings, functions, runner
        self._working: set[str] = set()
        threading.Thread(target=self._run, daemon=True, name="queues of functions").start()

    def _run(self) -> None:
        while not self._platform.closed.wait(_LOOK):
            for mapping in self._mappings.all():
                if mapping.enabled and mapping.uuid not in self._working:
                    self._look(mapping)

    def _look(self, mapping: Mapping) -> None:
        try:
            function = self._functions.find(mapping.function.scope, mapping.function.name)
            if function is None or function.concurrency == 0:
                return
            version = function.version(mapping.function.qualifier)
            if not trusts_service(version.settings["Role"], SERVICE):
                raise ApiError("AccessDeniedException", NO_ROLE)
            sqs, url = self._queue(mapping, version.settings["Role"])
            messages = self._received(sqs, url, mapping.settings["BatchSize"])
        except (ClientError, ApiError) as error:
            mapping.result = f"PROBLEM: {error}"
            return
        except (BotoCoreError, RuntimeError):  # the embedded AWS is shutting down
            return
        if not messages:
            return
        self._working.add(mapping.uuid)
        event = {"Records": [_record(each, mapping.queue) for each in messages]}
        called = Called(mapping.function, version, json.dumps(event).encode(), str(uuid.uuid4()))

        def work() -> None:
            try:
                outcome = self._runner.run(called)
                done = _done(messages, outcome, partly=bool(mapping.settings.get("FunctionResponseTypes")))
                for start in range(0, len(done), _AT_ONCE):
                    entries = [
                        {"Id": str(number), "ReceiptHandle": each["ReceiptHandle"]}
                        for number, each in enumerate(done[start : start + _AT_ONCE])
                    ]
                    sqs.delete_message_batch(QueueUrl=url, Entries=entries)
                mapping.result = "OK" if len(done) == len(messages) else "PROBLEM: Function call failed"
            finally:
                self._working.discard(mapping.uuid)

        self._platform.background(work, f"function {mapping.function.name}")

    def _queue(self, mapping: Mapping, role: str) -> tuple[Any, str]:
        _, _, _, region, account, name = mapping.queue.split(":")
        lookup = self._platform.internal_client("sqs", account=account, region=region)
        url = lookup.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
        return self._platform.client("sqs", account=mapping.scope[0], region=region, role=role), str(url)

    def _received(self, sqs: Any, url: str, size: int) -> list[Params]:
        messages: list[Params] = []
        while len(messages) < size:
            found = sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=min(_AT_ONCE, size - len(messages)), AttributeNames=["All"],
                MessageAttributeNames=["All"], WaitTimeSeconds=0,
            ).get("Messages", [])  # fmt: skip
            messages += found
            if len(found) < _AT_ONCE:
                break
        return messages


def _done(messages: list[Params], outcome: Outcome, *, partly: bool) -> list[Params]:
    """The messages to delete: all after a success, or those that the function does not report.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
    """
    if outcome.failed:
        return []
    if not partly:
        return messages
    try:
        answer = json.loads(outcome.payload)
        failed = {each["itemIdentifier"] for each in (answer or {}).get("batchItemFailures") or []}
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
    known = {each["MessageId"] for each in messages}
    return [each for each in messages if each["MessageId"] not in failed] if failed <= known else []


def _record(message: Params, queue: str) -> Params:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event"""
    return {
        "messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"], "body": message["Body"],
        "attributes": message.get("Attributes") or {}, "md5OfBody": message["MD5OfBody"], "eventSource": "aws:sqs",
        "eventSourceARN": queue, "awsRegion": queue.split(":")[3],
        "messageAttributes": {
            name: {"stringValue": each.get("StringValue"), "stringListValues": [], "binaryListValues": [],
                   "dataType": each["DataType"]}
            for name, each in (message.get("MessageAttributes") or {}).items()
        },
    }  # fmt: skip
