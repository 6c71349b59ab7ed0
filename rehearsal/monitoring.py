"""What moto's CloudWatch lacks: whoever sets the state of an alarm is heard. Nothing evaluates alarms by the clock."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.core.utils import get_service_model

from rehearsal.api import ApiError, Caller, Operation, Params, invalid
from rehearsal.operations import operations
from rehearsal.ports import EventSink

_STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")


class Monitoring:
    """The state of alarms, and its events. All else is moto's.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    """

    name = "monitoring"
    exclusive = False

    def __init__(self, bus: EventSink) -> None:
        self._bus = bus

    def operations(self) -> Mapping[str, Operation]:
        """SetAlarmState."""
        return operations(get_service_model("cloudwatch"), self)

    def set_alarm_state(self, caller: Caller, params: Params) -> Params:
        """Another state; an event where it changed. Raises ApiError ResourceNotFound without such an alarm."""
        backend: Any = cloudwatch_backends[caller.account][caller.region]
        name, value, reason = params["AlarmName"], params["StateValue"], params["StateReason"]
        if name not in backend.alarms:
            raise ApiError("ResourceNotFound", f"Alarm {name} does not exist", 404)
        if value not in _STATES:
            raise invalid(f"Value '{value}' at 'stateValue' failed to satisfy enum value set: {', '.join(_STATES)}")
        before, data = backend.alarms[name].state_value, params.get("StateReasonData")
        try:
            json.loads(data or "{}")
        except ValueError:
            raise ApiError("InvalidFormat", "StateReasonData is no JSON") from None
        backend.set_alarm_state(name, reason, data, value)
        if before != value:
            self._bus.emit(
                account=caller.account,
                region=caller.region,
                source="aws.cloudwatch",
                detail_type="CloudWatch Alarm State Change",
                detail={
                    "alarmName": name,
                    "state": {"value": value, "reason": reason},
                    "previousState": {"value": before},
                },
                resources=[f"arn:{caller.partition}:cloudwatch:{caller.region}:{caller.account}:alarm:{name}"],
            )
        return {}
