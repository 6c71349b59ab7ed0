"""The operations on event source mappings: queues of SQS that a function works off.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

import datetime
import re
import threading
import uuid
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from rehearsal.api import ApiError, Caller, Params
from rehearsal.iam.checks import Check
from rehearsal.iam.functions import FunctionName, function_name
from rehearsal.lambdas.state import Function, Functions, absent, unsupported, wrong
from rehearsal.params import only, page
from rehearsal.ports import Authorization, Platform

_SETTINGS = ("BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes", "ScalingConfig")
_COMMON = {"FunctionName", "Enabled", "FilterCriteria", *_SETTINGS}
_NEEDED = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
_QUEUE = re.compile(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}(?:\.fifo)?", re.ASCII)
_LIST = {"EventSourceArn", "FunctionName", "Marker", "MaxItems"}
_PAGE = 100
_LARGE, _LARGE_FIFO, _AT_ONCE = 10_000, 10, 10  # messages of a batch; those without a window


@dataclass
class Mapping:
    """A queue and the function that gets its messages. `result` is what the last look at the queue gave."""

    uuid: str
    scope: tuple[str, str]
    function: FunctionName
    queue: str
    settings: Params
    enabled: bool
    tags: dict[str, str] = field(default_factory=dict)
    result: str = "No records processed"
    modified: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self.function.unqualified.rpartition(":function:")[0] + f":event-source-mapping:{self.uuid}"

    def shown(self, state: str | None = None) -> Params:
        """EventSourceMappingConfiguration; `state` is what it goes through."""
        return {
            "UUID": self.uuid, "EventSourceMappingArn": self.arn, "EventSourceArn": self.queue,
            "FunctionArn": self.function.arn, "LastModified": self.modified, "LastProcessingResult": self.result,
            "State": state or ("Enabled" if self.enabled else "Disabled"), "StateTransitionReason": "USER_INITIATED",
            **self.settings,
        }  # fmt: skip


class MappingOperations:
    """CreateEventSourceMapping and what belongs to it. Thread-safe."""

    def __init__(self, platform: Platform, iam: Authorization, functions: Functions) -> None:
        self._platform, self._iam, self._functions = platform, iam, functions
        self._lock = threading.Lock()
        self._mappings: dict[str, Mapping] = {}

    def all(self) -> list[Mapping]:
        """Every mapping of every account."""
        with self._lock:
            return list(self._mappings.values())

    def create_event_source_mapping(self, caller: Caller, params: Params) -> Params:
        """Let a function work off a queue. Raises ApiError where its role may not, or the queue is not there."""
        only(params, _COMMON | {"EventSourceArn", "Tags"}, "CreateEventSourceMapping")
        queue = params.get("EventSourceArn") or ""
        if queue.split(":")[2:3] != ["sqs"]:
            raise unsupported(f"the event source {queue or 'without an ARN'}: queues of SQS only")
        if not _QUEUE.fullmatch(queue):
            raise wrong(f"Unrecognized event source: {queue} is not the ARN of a queue")
        name = _own_function(params["FunctionName"], caller)
        function = self._functions.named(name, caller.region)
        settings = _settings(params, {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0}, queue)
        self._check(function, name, queue)
        made = Mapping(
            str(uuid.uuid4()), caller.scope, name, queue, settings, params.get("Enabled", True) is not False,
            dict(params.get("Tags") or {}),
        )  # fmt: skip
        with self._lock:
            for each in self._mappings.values():
                if (each.queue, each.function) == (queue, name):
                    text = (
                        f'An event source mapping with SQS arn (" {queue} ") and function (" {name.name} ") already '
                        f"exists. Please update or delete the existing mapping with UUID {each.uuid}"
                    )
                    raise ApiError("ResourceConflictException", text, 409)
            self._mappings[made.uuid] = made
        return made.shown("Creating")

    def get_event_source_mapping(self, caller: Caller, params: Params) -> Params:
        """One mapping."""
        only(params, {"UUID"}, "GetEventSourceMapping")
        return self._at(caller, params["UUID"]).shown()

    def list_event_source_mappings(self, caller: Caller, params: Params) -> Params:
        """Those of the account, of one queue or of one function."""
        only(params, _LIST, "ListEventSourceMappings")
        queue = params.get("EventSourceArn")
        name = function_name(params["FunctionName"], caller) if params.get("FunctionName") else None
        rows = [
            each.shown()
            for each in self.all()
            if each.scope == caller.scope and queue in (None, each.queue) and name in (None, each.function)
        ]
        rows, marker = page(rows, params.get("Marker"), params.get("MaxItems") or _PAGE)
        return {"EventSourceMappings": rows, "NextMarker": marker}

    def update_event_source_mapping(self, caller: Caller, params: Params) -> Params:
        """Change it, or let it rest."""
        only(params, _COMMON | {"UUID"}, "UpdateEventSourceMapping")
        found = self._at(caller, params["UUID"])
        settings = _settings(params, found.settings, found.queue)
        name = _own_function(params["FunctionName"], caller) if params.get("FunctionName") else found.function
        self._check(self._functions.named(name, caller.region), name, found.queue)
        found.settings, found.function = settings, name
        if params.get("Enabled") is not None:
            found.enabled = params["Enabled"]
        found.modified = datetime.datetime.now(datetime.UTC)
        return found.shown("Updating")

    def delete_event_source_mapping(self, caller: Caller, params: Params) -> Params:
        """Delete it."""
        only(params, {"UUID"}, "DeleteEventSourceMapping")
        found = self._at(caller, params["UUID"])
        with self._lock:
            self._mappings.pop(found.uuid, None)
        return found.shown("Deleting")

    def tags(self, caller: Caller, arn: str) -> dict[str, str]:
        """The tags of the mapping with an ARN. Raises ApiError ResourceNotFoundException."""
        return self._at(caller, arn.rpartition(":")[2]).tags

    def _at(self, caller: Caller, name: str) -> Mapping:
        with self._lock:
            found = self._mappings.get(name)
        if found is None or found.scope != caller.scope:
            raise absent("The resource you requested does not exist.")
        return found

    def _check(self, function: Function, name: FunctionName, queue: str) -> None:
        """The role may work off the queue, and its messages stay hidden for as long as the function may take."""
        version = function.version(name.qualifier)
        role = version.settings["Role"]
        identity = self._platform.accounts.role_session(role)
        region, account = queue.split(":")[3:5]
        for action in _NEEDED:
            try:
                self._iam.require(identity, [Check(f"sqs:{action}", queue, account)], region, "sqs")
            except ApiError:
                text = f"The function execution role does not have permissions to call {action} on SQS"
                raise wrong(text) from None
        try:
            seconds = self._visibility(queue)
        except ClientError:
            raise wrong("Error occurred while ReceiveMessage. SQS Error Code: QueueDoesNotExist.") from None
        timeout = version.settings["Timeout"]
        if seconds < timeout:
            text = f"Queue visibility timeout: {seconds} seconds is less than Function timeout: {timeout} seconds"
            raise wrong(text)

    def _visibility(self, queue: str) -> int:
        _, _, _, region, account, name = queue.split(":")
        sqs = self._platform.internal_client("sqs", account=account, region=region)
        url = sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
        return int(found["Attributes"]["VisibilityTimeout"])


def _own_function(text: str, caller: Caller) -> FunctionName:
    """The function of a mapping is one of the mapping's account. Raises ApiError ResourceNotFoundException."""
    name = function_name(text, caller)
    if name.account != caller.account:
        raise absent(f"Function not found: {name.arn}")
    return name


def _settings(params: Params, before: Params, queue: str) -> Params:
    """Raises ApiError for what does not go together, or is not supported."""
    if (params.get("FilterCriteria") or {}).get("Filters"):
        raise unsupported("FilterCriteria of event source mappings")
    made = before | {name: params[name] for name in _SETTINGS if params.get(name) is not None}
    most = _LARGE_FIFO if queue.endswith(".fifo") else _LARGE
    size, window = made["BatchSize"], made["MaximumBatchingWindowInSeconds"]
    if size > most:
        raise wrong(f"Batch size is greater than the maximum of {most} for this event source")
    if size > _AT_ONCE and not window:
        raise wrong("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
    return made
