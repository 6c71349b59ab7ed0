"""Event buses, rules and targets, by account and region."""

from __future__ import annotations

import datetime
import re
import threading
from dataclasses import dataclass, field
from typing import Any

from rehearsal.api import ApiError, Caller, Params, invalid, partition_of
from rehearsal.events.pattern import Pattern
from rehearsal.events.schedule import Schedule

BUS_ARN = re.compile(
    r"^arn:(?P<partition>[\w-]+):events:(?P<region>[\w-]+):(?P<account>\d{12}):event-bus/(?P<name>.+)\Z"
)


def now() -> datetime.datetime:
    """The current time, UTC."""
    return datetime.datetime.now(datetime.UTC)


@dataclass
class Rule:
    """A rule of a bus. `targets` are as the API was given them, by Id."""

    name: str
    arn: str
    bus: str
    account: str
    region: str
    event_pattern: str | None = None
    pattern: Pattern | None = None
    schedule_expression: str | None = None
    schedule: Schedule | None = None
    enabled: bool = True
    state: str = "ENABLED"
    description: str | None = None
    role_arn: str | None = None
    created_by: str = ""
    targets: dict[str, Params] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Bus:
    """An event bus; `statements` are those of its resource policy."""

    name: str
    account: str
    region: str
    description: str | None = None
    statements: list[Params] = field(default_factory=list)
    rules: dict[str, Rule] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    created: datetime.datetime = field(default_factory=now)
    modified: datetime.datetime = field(default_factory=now)

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:{partition_of(self.region)}:events:{self.region}:{self.account}:event-bus/{self.name}"

    def rule_arn(self, name: str) -> str:
        """The ARN of a rule of this bus: the default bus is not part of it."""
        path = name if self.name == "default" else f"{self.name}/{name}"
        return f"arn:{partition_of(self.region)}:events:{self.region}:{self.account}:rule/{path}"


@dataclass(frozen=True)
class Failure:
    """A delivery that failed: the rule, the target's ARN and the cause."""

    rule: str
    target: str
    cause: str
    event: Params


class Buses:
    """All buses of one embedded AWS. The default bus of an account and region is always there. Thread-safe."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._all: dict[tuple[str, str, str], Bus] = {}

    def of(self, account: str, region: str) -> list[Bus]:
        """The buses of an account in a region, by name."""
        with self.lock:
            self.get(account, region, None)
            return sorted((bus for key, bus in self._all.items() if key[:2] == (account, region)), key=lambda b: b.name)

    def get(self, account: str, region: str, name_or_arn: str | None) -> Bus:
        """A bus by name or ARN (None: the default one). Raises ApiError when there is none."""
        found = BUS_ARN.match(name_or_arn or "")
        if found:
            account, region, name = found["account"], found["region"], found["name"]
        else:
            name = name_or_arn or "default"
        with self.lock:
            if name == "default":
                self._all.setdefault((account, region, name), Bus(name, account, region))
            bus = self._all.get((account, region, name))
            if bus is None:
                raise ApiError("ResourceNotFoundException", f"Event bus {name} does not exist.")
            return bus

    def tags(self, caller: Caller, arn: str) -> dict[str, str]:
        """The tags of a bus or rule of the caller's account and region. Raises ApiError without it."""
        for bus in self.of(*caller.scope):
            found = {bus.arn: bus.tags} | {rule.arn: rule.tags for rule in bus.rules.values()}
            if arn in found:
                return found[arn]
        raise ApiError("ResourceNotFoundException", f"{arn} does not exist.")

    def own(self, account: str, region: str, name_or_arn: str | None) -> Bus:
        """A bus of this account and region. Raises ApiError when there is none, or the ARN is of another place."""
        bus = self.get(account, region, name_or_arn)
        if (bus.account, bus.region) != (account, region):
            raise invalid(f"{bus.arn} is not a bus of this account and region")
        return bus

    def add(self, bus: Bus) -> None:
        """Register a bus. Raises ApiError when the name is taken."""
        key = (bus.account, bus.region, bus.name)
        with self.lock:
            if key in self._all or bus.name == "default":
                raise ApiError("ResourceAlreadyExistsException", f"Event bus {bus.name} already exists.")
            self._all[key] = bus

    def remove(self, account: str, region: str, name: str) -> None:
        """Delete a bus; one that does not exist is no error. Raises ApiError ValidationException."""
        with self.lock:
            bus = self._all.get((account, region, name))
            if bus and bus.rules:
                raise invalid(f"Event bus {name} can't be deleted since it has rules.")
            self._all.pop((account, region, name), None)

    def scheduled(self) -> list[Rule]:
        """Every enabled rule with a schedule."""
        with self.lock:
            rules = [rule for bus in self._all.values() for rule in bus.rules.values()]
            return [rule for rule in rules if rule.schedule and rule.enabled]


def statement_view(bus: Bus) -> dict[str, Any] | None:
    """The resource policy of a bus, or None."""
    return {"Version": "2012-10-17", "Statement": bus.statements} if bus.statements else None
