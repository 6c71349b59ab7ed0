"""Rules, their targets and tags."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from rehearsal.api import ApiError, Caller, Params, invalid, unsupported
from rehearsal.events import schedule, transform
from rehearsal.events.delivery import WITH_ROLE, WITHOUT_ROLE, service_of
from rehearsal.events.pattern import Pattern, PatternError
from rehearsal.events.state import Bus, Buses, Rule
from rehearsal.params import only, page
from rehearsal.tagging import Tagging

_NAME = re.compile(r"^[\w.-]{1,64}\Z", re.ASCII)
_STATES = ("ENABLED", "DISABLED")
_RULE = {"Name", "ScheduleExpression", "EventPattern", "State", "Description", "RoleArn", "Tags", "EventBusName"}
_TARGET = {"Id", "Arn", "RoleArn", "Input", "InputPath", "InputTransformer", "SqsParameters", "DeadLetterConfig",
           "RetryPolicy"}  # fmt: skip
_TARGETS_PER_RULE = 5


class RuleOperations:
    """The operations on rules. `changed` is called when a schedule may have to be planned anew."""

    def __init__(self, buses: Buses, changed: Callable[[], None], tagging: Tagging) -> None:
        self._buses = buses
        self._tagging = tagging
        self._changed = changed

    def put_rule(self, caller: Caller, params: Params) -> Params:
        """Make a rule, or replace what defines it; its targets stay. Raises ApiError ValidationException."""
        only(params, _RULE, "PutRule")
        name, text, expression = params["Name"], params.get("EventPattern"), params.get("ScheduleExpression")
        bus = self._bus(caller, params)
        if not _NAME.match(name):
            raise invalid(f"{name!r} is no rule name: expected 1 to 64 of letters, digits, . - _")
        if not text and not expression:
            raise invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
        if expression and bus.name != "default":
            raise invalid("ScheduleExpression is supported only on the default event bus.")
        state = params.get("State") or "ENABLED"
        if state not in _STATES:
            raise unsupported(f"State {state} of a rule")
        pattern = _pattern(text) if text else None
        try:
            due = schedule.parse(expression) if expression else None
        except schedule.ScheduleError as error:
            raise invalid(f"Parameter ScheduleExpression is not valid: {error}") from None
        with self._buses.lock:
            made = Rule(name, bus.rule_arn(name), bus.name, caller.account, caller.region)
            rule = bus.rules.setdefault(name, made)
            rule.event_pattern, rule.pattern = text, pattern
            rule.schedule_expression, rule.schedule = expression, due
            rule.state, rule.enabled = state, state == "ENABLED"
            rule.description, rule.role_arn = params.get("Description"), params.get("RoleArn")
            rule.created_by = rule.created_by or caller.account
            if rule is made:  # tags are taken at creation only
                rule.tags.update(self._tagging.read(params.get("Tags")))
        self._changed()
        return {"RuleArn": rule.arn}

    def describe_rule(self, caller: Caller, params: Params) -> Params:
        """A rule."""
        only(params, {"Name", "EventBusName"}, "DescribeRule")
        rule = self._rule(caller, params, "Name")
        return _view(rule)

    def list_rules(self, caller: Caller, params: Params) -> Params:
        """The rules of a bus, by name."""
        only(params, {"NamePrefix", "EventBusName", "NextToken", "Limit"}, "ListRules")
        prefix = params.get("NamePrefix") or ""
        rules = [rule for _, rule in sorted(self._bus(caller, params).rules.items()) if rule.name.startswith(prefix)]
        found, token = page(rules, params.get("NextToken"), params.get("Limit"))
        return {"Rules": [_view(rule) for rule in found], "NextToken": token}

    def delete_rule(self, caller: Caller, params: Params) -> None:
        """Delete a rule without targets; one that does not exist is no error. Raises ApiError ValidationException."""
        only(params, {"Name", "EventBusName", "Force"}, "DeleteRule")
        bus = self._bus(caller, params)
        with self._buses.lock:
            rule = bus.rules.get(params["Name"])
            if rule and rule.targets:
                raise invalid("Rule can't be deleted since it has targets.")
            bus.rules.pop(params["Name"], None)
        self._changed()

    def enable_rule(self, caller: Caller, params: Params) -> None:
        """Let it match."""
        self._switch(caller, params, True)

    def disable_rule(self, caller: Caller, params: Params) -> None:
        """Let it match nothing."""
        self._switch(caller, params, False)

    def _switch(self, caller: Caller, params: Params, enabled: bool) -> None:
        only(params, {"Name", "EventBusName"}, "EnableRule and DisableRule")
        rule = self._rule(caller, params, "Name")
        rule.enabled, rule.state = enabled, "ENABLED" if enabled else "DISABLED"
        self._changed()

    def put_targets(self, caller: Caller, params: Params) -> Params:
        """Add or replace targets; kinds the embedded AWS cannot deliver to are refused by name.

        Raises ApiError LimitExceededException.
        """
        only(params, {"Rule", "EventBusName", "Targets"}, "PutTargets")
        rule = self._rule(caller, params, "Rule")
        for target in params["Targets"]:
            _check_target(rule, target)
        with self._buses.lock:
            targets = rule.targets | {target["Id"]: target for target in params["Targets"]}
            if len(targets) > _TARGETS_PER_RULE:
                text = (
                    f"The requested resource exceeds the maximum number allowed: {_TARGETS_PER_RULE} targets of a rule"
                )
                raise ApiError("LimitExceededException", text)
            rule.targets = targets
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def remove_targets(self, caller: Caller, params: Params) -> Params:
        """Remove targets by their ids."""
        only(params, {"Rule", "EventBusName", "Ids", "Force"}, "RemoveTargets")
        rule = self._rule(caller, params, "Rule")
        with self._buses.lock:
            missing = [each for each in params["Ids"] if each not in rule.targets]
            rule.targets = {name: target for name, target in rule.targets.items() if name not in params["Ids"]}
        failed = [
            {"TargetId": each, "ErrorCode": "ResourceNotFoundException", "ErrorMessage": f"No target {each}."}
            for each in missing
        ]
        return {"FailedEntryCount": len(failed), "FailedEntries": failed}

    def list_targets_by_rule(self, caller: Caller, params: Params) -> Params:
        """The targets of a rule."""
        only(params, {"Rule", "EventBusName", "NextToken", "Limit"}, "ListTargetsByRule")
        targets = list(self._rule(caller, params, "Rule").targets.values())
        found, token = page(targets, params.get("NextToken"), params.get("Limit"))
        return {"Targets": found, "NextToken": token}

    def list_rule_names_by_target(self, caller: Caller, params: Params) -> Params:
        """The rules that have a target."""
        only(params, {"TargetArn", "EventBusName", "NextToken", "Limit"}, "ListRuleNamesByTarget")
        rules = self._bus(caller, params).rules
        names = sorted(
            name
            for name, rule in rules.items()
            if any(target["Arn"] == params["TargetArn"] for target in rule.targets.values())
        )
        found, token = page(names, params.get("NextToken"), params.get("Limit"))
        return {"RuleNames": found, "NextToken": token}

    def test_event_pattern(self, caller: Caller, params: Params) -> Params:
        """Whether an event would match a pattern. Raises ApiError ValidationException."""
        only(params, {"EventPattern", "Event"}, "TestEventPattern")
        try:
            event = json.loads(params["Event"])
        except ValueError as error:
            raise invalid(f"Parameter Event is not valid: {error}") from None
        needed = ("id", "account", "source", "time", "region", "resources", "detail-type")
        missing = [name for name in needed if name not in event]
        if missing:
            raise invalid(f"Parameter Event is not valid: it has no {', '.join(missing)}")
        return {"Result": _pattern(params["EventPattern"]).matches(event)}

    def _bus(self, caller: Caller, params: Params) -> Bus:
        return self._buses.own(caller.account, caller.region, params.get("EventBusName"))

    def _rule(self, caller: Caller, params: Params, member: str) -> Rule:
        bus = self._bus(caller, params)
        rule = bus.rules.get(params[member])
        if rule is None:
            text = f"Rule {params[member]} does not exist on EventBus {bus.name}."
            raise ApiError("ResourceNotFoundException", text)
        return rule


def _pattern(text: str) -> Pattern:
    try:
        return Pattern(text)
    except PatternError as error:
        raise ApiError("InvalidEventPatternException", str(error)) from None


def _check_target(rule: Rule, target: Params) -> None:
    only(target, _TARGET, f"target {target['Id']} of rule {rule.name}")
    arn = target["Arn"]
    service = service_of(arn)
    wanted = {"events": ":event-bus/", "states": ":stateMachine:"}.get(service, "")
    if service not in WITH_ROLE + WITHOUT_ROLE or wanted not in arn:
        supported = ", ".join(("codepipeline", "codebuild", "state machine", "event bus", *WITHOUT_ROLE))
        raise unsupported(f"target {target['Id']} ({arn}): supported are {supported}")
    if service in WITH_ROLE and not target.get("RoleArn"):
        raise invalid(f"RoleArn is required for target {arn}.")
    if service in ("codepipeline", "codebuild", "states") and arn.split(":")[3:5] != [rule.region, rule.account]:
        raise invalid(f"Target {arn} is not in the account and region of the rule")
    try:
        transform.check(target)
    except transform.TransformError as error:
        raise invalid(str(error)) from None


def _view(rule: Rule) -> Params:
    return {
        "Name": rule.name,
        "Arn": rule.arn,
        "EventPattern": rule.event_pattern,
        "ScheduleExpression": rule.schedule_expression,
        "State": rule.state,
        "Description": rule.description,
        "RoleArn": rule.role_arn,
        "EventBusName": rule.bus,
        "CreatedBy": rule.created_by,
    }
