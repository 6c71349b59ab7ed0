"""Resource policies of functions: who else may invoke them.

https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from rehearsal.accounts import ACCOUNT_ID
from rehearsal.api import ApiError, Caller, Params, partition_of
from rehearsal.iam.functions import LATEST, FunctionName, function_name
from rehearsal.lambdas.state import Function, Functions, absent, unsupported
from rehearsal.params import only

_ADD = {"FunctionName", "StatementId", "Action", "Principal", "SourceArn", "SourceAccount", "PrincipalOrgID",
        "Qualifier", "RevisionId"}  # fmt: skip
_NONE = "No policy is associated with the given resource."


class PermissionOperations:
    """AddPermission, RemovePermission and GetPolicy."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def add_permission(self, caller: Caller, params: Params) -> Params:
        """Add a statement. Raises ApiError ResourceConflictException for an id that is there."""
        only(params, _ADD, "AddPermission")
        if not params["Action"].startswith("lambda:Invoke") or params["Action"] == "lambda:InvokeFunctionUrl":
            raise unsupported(f"the action {params['Action']} of AddPermission: lambda:InvokeFunction only")
        function, name = self._found(caller, params)
        held = function.statements.setdefault(name.slot, [])
        if any(each["Sid"] == params["StatementId"] for each in held):
            text = (
                f"The statement id ({params['StatementId']}) provided already exists. Please provide a new statement "
            )
            raise ApiError("ResourceConflictException", f"{text}id, or remove the existing statement.", 409)
        made = _statement(params, name)
        held.append(made)
        function.policy_revision = str(uuid.uuid4())
        return {"Statement": json.dumps(made)}

    def remove_permission(self, caller: Caller, params: Params) -> None:
        """Take a statement away. Raises ApiError ResourceNotFoundException without it."""
        only(params, {"FunctionName", "StatementId", "Qualifier", "RevisionId"}, "RemovePermission")
        function, name = self._found(caller, params)
        held = function.statements.get(name.slot, [])
        left = [each for each in held if each["Sid"] != params["StatementId"]]
        if len(left) == len(held):
            raise absent("No policy is associated with the given resource." if not held else
                         f"Statement {params['StatementId']} is not found in resource policy.")  # fmt: skip
        function.statements[name.slot] = left
        function.policy_revision = str(uuid.uuid4())

    def get_policy(self, caller: Caller, params: Params) -> Params:
        """The policy as it is. Raises ApiError ResourceNotFoundException without any."""
        only(params, {"FunctionName", "Qualifier"}, "GetPolicy")
        function, name = self._found(caller, params)
        text = _policy(function, name.slot)
        if text is None:
            raise absent(_NONE)
        return {"Policy": text, "RevisionId": function.policy_revision}

    def policy_of(self, arn: str) -> str | None:
        """The policy of a function by ARN, or of what a qualifier names; None without any."""
        try:
            name = function_name(arn, Caller("", "", "", ""))
        except ApiError:
            return None
        function = self._functions.find(name.scope, name.name) if arn.count(":function:") == 1 else None
        return _policy(function, name.slot) if function else None

    def _found(self, caller: Caller, params: Params) -> tuple[Function, FunctionName]:
        name = function_name(params["FunctionName"], caller, params.get("Qualifier"))
        function = self._functions.named(name, caller.region)
        if name.qualifier == LATEST:
            text = "We currently do not support adding policies for $LATEST."
            raise ApiError("InvalidParameterValueException", text)
        if name.qualifier:
            function.version(name.qualifier)
        if params.get("RevisionId") not in (None, function.policy_revision):
            raise ApiError("PreconditionFailedException", "The RevisionId provided does not match the latest one", 412)
        return function, name


def _policy(function: Function, qualifier: str) -> str | None:
    held = function.statements.get(qualifier)
    return json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": held}) if held else None


def _statement(params: Params, name: FunctionName) -> Params:
    made: dict[str, Any] = {
        "Sid": params["StatementId"], "Effect": "Allow", "Principal": _principal(params["Principal"], name.region),
        "Action": params["Action"], "Resource": name.arn,
    }  # fmt: skip
    equal = {"AWS:SourceAccount": params.get("SourceAccount"), "aws:PrincipalOrgID": params.get("PrincipalOrgID")}
    condition: Params = {}
    if any(equal.values()):
        condition["StringEquals"] = {key: value for key, value in equal.items() if value}
    if params.get("SourceArn"):
        condition["ArnLike"] = {"AWS:SourceArn": params["SourceArn"]}
    return made | ({"Condition": condition} if condition else {})


def _principal(text: str, region: str) -> Any:
    if text == "*":
        return "*"
    if ACCOUNT_ID.match(text):
        return {"AWS": f"arn:{partition_of(region)}:iam::{text}:root"}
    return {"AWS": text} if text.startswith("arn:") else {"Service": text}
