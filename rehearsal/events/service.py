"""EventBridge: what comes in (`emit`, PutEvents), which rules match, and where it goes."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Mapping

from moto.core.utils import get_service_model

from rehearsal.api import ApiError, Caller, Operation, Params
from rehearsal.events.buses import BusOperations
from rehearsal.events.delivery import Delivery
from rehearsal.events.rules import RuleOperations
from rehearsal.events.state import Bus, Buses, Failure, Rule, now, statement_view
from rehearsal.events.timer import Timer
from rehearsal.iam.actions.events import put_event
from rehearsal.operations import nothing, operations
from rehearsal.params import only
from rehearsal.ports import Authorization, Platform, RuleTriggers
from rehearsal.tagging import Tagging

_ENTRY = {"Time", "Source", "Resources", "DetailType", "Detail", "EventBusName", "TraceHeader"}


class EventBridge:
    """The service. `failures` lists every delivery that failed, `timer` drives the schedules."""

    name = "events"
    exclusive = True

    def __init__(self, platform: Platform, iam: Authorization, triggers: RuleTriggers) -> None:
        self._accounts = platform.accounts
        self._iam = iam
        self._buses = Buses()
        self._delivery = Delivery(platform, triggers)
        self.timer = Timer(self._buses, self._fire, platform.closed)
        tagging = Tagging(self._buses.tags, arn="ResourceARN", tags="Tags", keys="TagKeys", pair=("Key", "Value"))
        rules = RuleOperations(self._buses, self.timer.changed, tagging)
        self._parts = (BusOperations(self._buses, tagging), rules, tagging)

    @property
    def failures(self) -> list[Failure]:
        """The deliveries that failed, oldest first."""
        return self._delivery.failures

    def policy_of(self, arn: str) -> str | None:
        """The resource policy of a bus by ARN, or None when it has none or the ARN is of something else."""
        if ":event-bus/" not in arn:
            return None
        try:
            view = statement_view(self._buses.get("", "", arn))
        except ApiError:
            return None
        return json.dumps(view) if view else None

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method; any other operation is refused by its name."""
        model = get_service_model("events")
        none = nothing(model, "ListArchives", "ListReplays", "ListConnections", "ListApiDestinations", "ListEndpoints",
                       "ListEventSources", "ListPartnerEventSources")  # fmt: skip
        return operations(model, self, *self._parts) | none

    def emit(
        self, *, account: str, region: str, source: str, detail_type: str, detail: Params, resources: list[str]
    ) -> None:
        """Put an event of an AWS service on the default bus of its account and region."""
        event = _event(
            account, region, source=source, detail_type=detail_type, detail=detail, resources=resources, time=now()
        )
        self._route(self._buses.get(account, region, None), event)

    def fire(self, account: str, region: str, name: str) -> None:
        """Let the scheduled rule `name` of the default bus be due now. Raises ApiError ResourceNotFoundException."""
        rule = self._buses.get(account, region, None).rules.get(name)
        if rule is None or rule.schedule is None:
            raise ApiError("ResourceNotFoundException", f"Rule {name} does not exist, or has no schedule")
        self._fire(rule, self.timer.now())

    def put_events(self, caller: Caller, params: Params) -> Params:
        """Put events on buses of this account, or of another one whose bus policy allows it."""
        only(params, {"Entries"}, "PutEvents")
        results = []
        for entry in params["Entries"]:
            try:
                results.append({"EventId": self._put(caller, entry)})
            except ApiError as error:
                results.append({"ErrorCode": error.code, "ErrorMessage": error.message})
        return {"Entries": results, "FailedEntryCount": sum("ErrorCode" in result for result in results)}

    def _put(self, caller: Caller, entry: Params) -> str:
        only(entry, _ENTRY, "an entry of PutEvents")
        for name in ("Source", "DetailType", "Detail"):
            if not entry.get(name):
                text = f"Parameter {name} is not valid. Reason: {name} is a required argument."
                raise ApiError("InvalidArgument", text)
        try:
            detail = json.loads(entry["Detail"])
        except ValueError:
            detail = None
        if not isinstance(detail, dict):
            raise ApiError("MalformedDetail", "Detail is malformed.")
        bus = self._buses.get(caller.account, caller.region, entry.get("EventBusName"))
        forwarded = self._delivery.forwarded.get(entry.get("TraceHeader") or "")
        if entry["Source"].startswith("aws.") and forwarded is None:
            raise ApiError("NotAuthorizedForSourceException", "Not authorized for the source.")
        self._authorize(caller, bus, entry)
        event = forwarded
        if event is None:
            time = datetime.datetime.fromtimestamp(entry["Time"], datetime.UTC) if entry.get("Time") else now()
            event = _event(
                caller.account,
                bus.region,
                source=entry["Source"],
                detail_type=entry["DetailType"],
                detail=detail,
                resources=list(entry.get("Resources") or []),
                time=time,
            )
        self._route(bus, event)
        return str(event["id"])

    def _authorize(self, caller: Caller, bus: Bus, entry: Params) -> None:
        if bus.account == caller.account:
            return
        check = put_event(entry, bus.arn, bus.account)
        self._iam.require(self._accounts.identify(caller.access_key), [check], bus.region, "events")

    def _route(self, bus: Bus, event: Params) -> None:
        with self._buses.lock:
            matching = [
                (rule, list(rule.targets.values()))
                for rule in bus.rules.values()
                if rule.enabled and rule.pattern and rule.pattern.matches(event)
            ]
        for rule, targets in matching:
            for target in targets:
                self._delivery.deliver(rule, target, event)

    def _fire(self, rule: Rule, time: datetime.datetime) -> None:
        event = _event(
            rule.account,
            rule.region,
            source="aws.events",
            detail_type="Scheduled Event",
            detail={},
            resources=[rule.arn],
            time=time,
        )
        for target in list(rule.targets.values()):
            self._delivery.deliver(rule, target, event)


def _event(
    account: str,
    region: str,
    *,
    source: str,
    detail_type: str,
    detail: Params,
    resources: list[str],
    time: datetime.datetime,
) -> Params:
    # through JSON: what rules match and targets receive is what would travel (times as text)
    plain: Params = json.loads(json.dumps(detail, default=_text))
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": resources,
        "detail": plain,
    }


def _text(value: object) -> str:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    raise TypeError(f"{value!r} has no JSON form")
