"""What CloudFormation's API shows: stacks, their resources, events and change sets, by account and region."""

from __future__ import annotations

import datetime
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

from cfn_template import pseudo_parameters
from rehearsal.api import ApiError, partition_of
from rehearsal.cloudformation.prepare import Prepared
from rehearsal.named import Scope

Properties = dict[str, Any]

IN_BRACKETS = "Stack [{}] does not exist"


def now() -> datetime.datetime:
    """The time, in UTC."""
    return datetime.datetime.now(datetime.UTC)


@dataclass
class Resource:
    """A resource of a stack.

    `physical_id` is what Ref gives; `handle` is what its provider acts on (a repository's name where Ref is its id).
    `properties` are the ones it has now, with everything resolved but dynamic references; `shown` are the same without
    the values of NoEcho parameters.
    """

    logical_id: str
    type: str
    properties: Properties
    shown: Properties = field(default_factory=dict)
    deletion_policy: str = "Delete"
    replace_policy: str = "Delete"
    metadata: Any = None
    depends_on: tuple[str, ...] = ()
    physical_id: str = ""
    handle: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    status: str = ""
    reason: str | None = None
    drift: str = "NOT_CHECKED"
    drift_checked: datetime.datetime | None = None
    updated: datetime.datetime = field(default_factory=now)

    @property
    def exists(self) -> bool:
        """Whether there is something to update or delete."""
        return bool(self.handle)


@dataclass
class ChangeSet:
    """A change set: what it would do, and the prepared template it does it with."""

    name: str
    id: str
    kind: str
    prepared: Prepared
    changes: list[dict[str, Any]]
    description: str | None
    status: str
    reason: str | None
    execution: str
    on_failure: str | None
    import_existing: bool
    imports: dict[str, dict[str, str]]
    created: datetime.datetime = field(default_factory=now)


@dataclass
class Undo:
    """What a failed update leaves to be undone: by logical id the resource as it was (None: it is new)."""

    before: dict[str, Resource | None] = field(default_factory=dict)
    applied: Prepared | None = None
    tags: dict[str, str] = field(default_factory=dict)
    replaced: list[Resource] = field(default_factory=list)
    made: list[Resource] = field(default_factory=list)


@dataclass
class Stack:
    """A stack. `applied` is the last prepared template that was (or is being) applied; `undo` is an open rollback.

    `events` are as DescribeStackEvents shows them, the oldest first. `parent` and `root` are the
    stacks that a nested one is in. `policy` is its stack policy; `cancelled` asks the
    running update to roll back.
    """

    name: str
    id: str
    account: str
    region: str
    status: str
    applied: Prepared | None = None
    stable: Prepared | None = None
    reason: str | None = None
    role: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    outputs: list[dict[str, str]] = field(default_factory=list)
    resources: dict[str, Resource] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)
    drift: str = "NOT_CHECKED"
    drift_checked: datetime.datetime | None = None
    parent: str | None = None
    root: str | None = None
    policy: str | None = None
    cancelled: bool = False
    termination_protection: bool = False
    disable_rollback: bool = False
    retain_except_on_create: bool = False
    undo: Undo | None = None
    token: str | None = None
    created: datetime.datetime = field(default_factory=now)
    updated: datetime.datetime | None = None
    deleted: datetime.datetime | None = None

    @property
    def scope(self) -> Scope:
        """Its account and region."""
        return self.account, self.region

    @property
    def pseudo(self) -> dict[str, Any]:
        """The pseudo parameters of its templates."""
        return pseudo_parameters(
            account=self.account,
            region=self.region,
            partition=partition_of(self.region),
            url_suffix="amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com",
            stack_name=self.name,
            stack_id=self.id,
        )

    def record(
        self,
        logical_id: str,
        physical_id: str,
        kind: str,
        status: str,
        *,
        reason: str | None = None,
        properties: str | None = None,
    ) -> None:
        """Append an event; their times are strictly increasing, as clients sort by them."""
        time = now()
        time = time.replace(microsecond=time.microsecond // 1000 * 1000)  # JavaScript clients see no finer steps
        if self.events and time <= self.events[-1]["Timestamp"]:
            time = self.events[-1]["Timestamp"] + datetime.timedelta(milliseconds=1)
        self.events.append({
            "StackId": self.id, "EventId": str(uuid.uuid4()), "StackName": self.name, "LogicalResourceId": logical_id,
            "PhysicalResourceId": physical_id, "ResourceType": kind, "Timestamp": time, "ResourceStatus": status,
            "ResourceStatusReason": reason, "ResourceProperties": properties, "ClientRequestToken": self.token,
        })  # fmt: skip

    def has(self, name: str) -> bool:
        """Whether there is a resource of that logical id to update or delete."""
        return name in self.resources and self.resources[name].exists

    def failure(self, verb: str, cause: Exception) -> str:
        """The status reason of an operation that failed: its failed resources, else the cause."""
        failed = [name for name, found in self.resources.items() if found.status.endswith("_FAILED")]
        return f"The following resource(s) failed to {verb}: [{', '.join(failed)}]." if failed else str(cause)

    def asked(self, params: dict[str, Any], *, keep_failed: bool) -> None:
        """Take over how a request wants an operation done."""
        self.token = params.get("ClientRequestToken")
        self.disable_rollback = keep_failed
        self.retain_except_on_create = bool(params.get("RetainExceptOnCreate"))

    def set(self, status: str, reason: str | None = None) -> None:
        """Take on a status, with its event."""
        self.reason = reason
        self.record(self.name, self.id, "AWS::CloudFormation::Stack", status, reason=reason)
        self.status = status  # last: a client that sees it may ask for the events

    @property
    def busy(self) -> bool:
        """Whether an operation is running."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"


def drift_information(of: Stack | Resource, member: str) -> dict[str, Any]:
    """What the last look for drift found: a status (`StackDriftStatus`) and its time."""
    return {member: of.drift, "LastCheckTimestamp": of.drift_checked}


class Store:
    """The stacks of every account and region, deleted ones too. Thread-safe."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._stacks: dict[Scope, list[Stack]] = {}

    def add(self, stack: Stack) -> None:
        """Keep a new stack."""
        with self.lock:
            self._stacks.setdefault(stack.scope, []).append(stack)

    def all(self, scope: Scope) -> list[Stack]:
        """Every stack, in order of creation, deleted ones too."""
        with self.lock:
            return list(self._stacks.get(scope, []))

    def live(self, scope: Scope) -> list[Stack]:
        """The stacks that are not deleted."""
        return [stack for stack in self.all(scope) if stack.status != "DELETE_COMPLETE"]

    def everywhere(self) -> list[Stack]:
        """The live stacks of every account and region, by account and region."""
        with self.lock:
            scopes = sorted(self._stacks)
        return [stack for scope in scopes for stack in self.live(scope)]

    def find(self, scope: Scope, name: str) -> Stack | None:
        """A stack by name (live ones) or by id (deleted ones too)."""
        stacks = self.all(scope) if name.startswith("arn:") else self.live(scope)
        return next((stack for stack in stacks if name in (stack.name, stack.id)), None)

    def get(self, scope: Scope, name: str, text: str = "Stack with id {} does not exist") -> Stack:
        """The same; raises AWS's ValidationError when there is none.

        Operations say it in different words (`text`), which clients compare.
        """
        found = self.find(scope, name)
        if found is None:
            raise ApiError("ValidationError", text.format(name))
        return found

    def nest(self, child: str, parent: Stack) -> None:
        """Say that a stack (its id) is in another one."""
        found = self.get(parent.scope, child)
        found.parent, found.root = parent.id, parent.root or parent.id

    def exports(self, scope: Scope) -> dict[str, tuple[str, Stack]]:
        """Export name -> value and exporting stack."""
        return {
            output["ExportName"]: (output["OutputValue"], stack)
            for stack in self.live(scope)
            for output in stack.outputs
            if "ExportName" in output
        }

    def importers(self, scope: Scope, export: str) -> list[Stack]:
        """The live stacks that import an export."""
        return [stack for stack in self.live(scope) if export in stack.imports]
