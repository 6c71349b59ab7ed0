"""EventBridge. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.api import Params
from rehearsal.iam.checks import Asked, Check, On, Rule, account_of, several, tagging

_BUS = "event-bus/{Name}"
_ROLES = {"RoleArn": "events.amazonaws.com"}


def _rule(name: str = "Name", *, tags: str | None = None, passes: dict[str, str] | None = None) -> Rule:
    def checks(asked: Asked) -> Iterator[Check]:
        bus = str(asked.get("EventBusName") or "default").rpartition("/")[2]
        template = f"rule/{{{name}}}" if bus == "default" else f"rule/{bus}/{{{name}}}"
        keys = {"events:TargetArn": "Targets[].Arn"} if asked.operation == "PutTargets" else {}
        if asked.operation == "PutRule":
            keys = {"events:source": "EventPattern.source"}
        yield from On(template, tags=tags, tagging="TagResource", passes=passes or {}, keys=keys)(asked)

    return checks


def put_event(entry: Params, bus_arn: str, account: str) -> Check:
    """One event on one bus."""
    context = {"events:source": str(entry.get("Source")), "events:detail-type": str(entry.get("DetailType"))}
    return Check("events:PutEvents", bus_arn, account, context)


def _put_events(asked: Asked) -> Iterator[Check]:
    """The entries for buses of the caller's account; those for foreign ones fail one by one, in the service."""
    for entry in asked.params.get("Entries") or []:
        name = str(entry.get("EventBusName") or "default")
        arn = name if name.startswith("arn:") else asked.arn(f"event-bus/{name}")
        if account_of(arn, asked.caller) == asked.caller.account:
            yield put_event(entry, arn, asked.caller.account)


def _on_bus(member: str) -> Rule:
    """The action on the bus that is named, the default one without a name; its ARN says whose it is."""

    def checks(asked: Asked) -> Iterator[Check]:
        name = str(asked.get(member) or "default")
        arn = name if name.startswith("arn:") else asked.arn(f"event-bus/{name}")
        yield Check(f"events:{asked.operation}", arn, account_of(arn, asked.caller))

    return checks


RULES: dict[str, Rule] = {
    "PutEvents": _put_events,
    "CreateEventBus": On(_BUS, tags="Tags", tagging="TagResource"),
    **several(_BUS, "DeleteEventBus"),
    **dict.fromkeys(("DescribeEventBus", "UpdateEventBus"), _on_bus("Name")),
    "PutPermission": _on_bus("EventBusName"),
    "RemovePermission": _on_bus("EventBusName"),
    "PutRule": _rule(tags="Tags", passes=_ROLES),
    "PutTargets": _rule("Rule", passes={"Targets[].RoleArn": "events.amazonaws.com"}),
    "RemoveTargets": _rule("Rule"),
    "ListTargetsByRule": _rule("Rule"),
    **{name: _rule() for name in ("DescribeRule", "DeleteRule", "EnableRule", "DisableRule")},
    **tagging("ResourceARN", "Tags", "TagKeys"),
    **several(
        "*",
        "ListArchives",
        "ListReplays",
        "ListConnections",
        "ListApiDestinations",
        "ListEndpoints",
        "ListEventSources",
        "ListPartnerEventSources",
    ),
    **several("*", "ListRules", "ListRuleNamesByTarget", "ListEventBuses", "TestEventPattern"),
}
