"""Reserved concurrency, of which only none at all has an effect, and how events invoke a function.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
"""

from __future__ import annotations

import datetime
from typing import Any

from rehearsal.api import Caller, Params
from rehearsal.iam.functions import LATEST, FunctionName, function_name
from rehearsal.lambdas.state import Function, Functions, absent, unsupported, wrong
from rehearsal.params import only, page

_KEY = {"FunctionName", "Qualifier"}
_PUT = _KEY | {"MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"}
_TARGETS = ("sqs", "sns", "lambda", "events")
_PAGE = 50
ALL, _LEFT = 1000, 100  # executions at once in an account, and how many nobody may reserve
ATTEMPTS = 2  # more ones, when nothing else is said


class LimitOperations:
    """PutFunctionConcurrency and PutFunctionEventInvokeConfig, and what belongs to them."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def put_function_concurrency(self, caller: Caller, params: Params) -> Params:
        """Keep the number; with 0 nobody can invoke the function."""
        only(params, {"FunctionName", "ReservedConcurrentExecutions"}, "PutFunctionConcurrency")
        function, _ = self._found(caller, params)
        others = sum(each.concurrency or 0 for each in self._functions.of(caller.scope) if each is not function)
        if params["ReservedConcurrentExecutions"] and others + params["ReservedConcurrentExecutions"] > ALL - _LEFT:
            text = "Specified ReservedConcurrentExecutions for function decreases account's"
            raise wrong(f"{text} UnreservedConcurrentExecution below its minimum value of [{_LEFT}].")
        function.concurrency = params["ReservedConcurrentExecutions"]
        return {"ReservedConcurrentExecutions": function.concurrency}

    def get_function_concurrency(self, caller: Caller, params: Params) -> Params:
        """The number, if any."""
        only(params, {"FunctionName"}, "GetFunctionConcurrency")
        return {"ReservedConcurrentExecutions": self._found(caller, params)[0].concurrency}

    def delete_function_concurrency(self, caller: Caller, params: Params) -> None:
        """Take it away."""
        only(params, {"FunctionName"}, "DeleteFunctionConcurrency")
        self._found(caller, params)[0].concurrency = None

    def put_function_event_invoke_config(self, caller: Caller, params: Params) -> Params:
        """Say how events invoke it: what is not given is as by default."""
        only(params, _PUT, "PutFunctionEventInvokeConfig")
        function, name = self._found(caller, params)
        return self._put(function, name, params, {})

    def update_function_event_invoke_config(self, caller: Caller, params: Params) -> Params:
        """Change a part of that."""
        only(params, _PUT, "UpdateFunctionEventInvokeConfig")
        function, name = self._found(caller, params)
        return self._put(function, name, params, self._config(function, name))

    def get_function_event_invoke_config(self, caller: Caller, params: Params) -> Params:
        """How events invoke it. Raises ApiError ResourceNotFoundException where nothing was said."""
        only(params, _KEY, "GetFunctionEventInvokeConfig")
        function, name = self._found(caller, params)
        return _shown(name, self._config(function, name))

    def delete_function_event_invoke_config(self, caller: Caller, params: Params) -> None:
        """As by default again."""
        only(params, _KEY, "DeleteFunctionEventInvokeConfig")
        function, name = self._found(caller, params)
        self._config(function, name)
        del function.asynchronous[name.slot]

    def list_function_event_invoke_configs(self, caller: Caller, params: Params) -> Params:
        """Those of a function, its versions and aliases."""
        only(params, {"FunctionName", "Marker", "MaxItems"}, "ListFunctionEventInvokeConfigs")
        function, name = self._found(caller, params)
        rows = [
            _shown(FunctionName(name.account, name.region, name.name, qualifier or None), found)
            for qualifier, found in sorted(function.asynchronous.items())
        ]
        rows, marker = page(rows, params.get("Marker"), params.get("MaxItems") or _PAGE)
        return {"FunctionEventInvokeConfigs": rows, "NextMarker": marker}

    def _put(self, function: Function, name: FunctionName, params: Params, before: Params) -> Params:
        given = {member: params[member] for member in _PUT - _KEY if params.get(member) is not None}
        for place in (given.get("DestinationConfig") or {}).values():
            _check_target(place.get("Destination"))
        made = {"DestinationConfig": {"OnSuccess": {}, "OnFailure": {}}, **before, **given}
        made["LastModified"] = datetime.datetime.now(datetime.UTC)
        function.asynchronous[name.slot] = made
        return _shown(name, made)

    def _found(self, caller: Caller, params: Params) -> tuple[Function, FunctionName]:
        name = function_name(params["FunctionName"], caller, params.get("Qualifier"))
        function = self._functions.named(name, caller.region)
        if name.qualifier:
            function.version(name.qualifier)
        return function, name

    def _config(self, function: Function, name: FunctionName) -> Params:
        found = function.asynchronous.get(name.slot)
        if found is None:
            raise absent(f"The function {name.arn} doesn't have an EventInvokeConfig")
        return found


def _check_target(arn: Any) -> None:
    if arn and str(arn).split(":")[2:3] not in [[each] for each in _TARGETS]:
        raise unsupported(f"the destination {arn}: {', '.join(_TARGETS)} only")


def _shown(name: FunctionName, found: Params) -> Params:
    return {"FunctionArn": f"{name.unqualified}:{name.slot or LATEST}", **found}
