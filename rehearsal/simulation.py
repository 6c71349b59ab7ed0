"""IAM's policy simulator, by the engine that decides the calls.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from moto.core.utils import get_service_model

from iam_policy import Policies, Policy, PolicyError, Principal, Request, Unsupported, decide
from rehearsal.api import ApiError, Caller, Operation, Params
from rehearsal.iam.checks import account_of
from rehearsal.iam.principals import Missing, find_role, managed_text, parse, policies_of_role
from rehearsal.operations import operations
from rehearsal.params import only

_COMMON = {"ActionNames", "ResourceArns", "ContextEntries", "PolicyInputList", "MaxItems", "Marker",
           "PermissionsBoundaryPolicyInputList"}  # fmt: skip


class Simulation:
    """SimulatePrincipalPolicy and SimulateCustomPolicy, and the operations that `parts` have; all others are moto's."""

    name = "iam"
    exclusive = False

    def __init__(self, *parts: object) -> None:
        self._parts = parts

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method."""
        own = {"SimulatePrincipalPolicy": self.of_principal, "SimulateCustomPolicy": self.of_policies}
        return own | operations(get_service_model("iam"), *self._parts)

    def of_principal(self, caller: Caller, params: Params) -> Params:
        """What a role may do. Raises ApiError NoSuchEntity; users have no policies here but the administrator's."""
        only(params, {*_COMMON, "PolicySourceArn"}, "SimulatePrincipalPolicy")
        arn = params["PolicySourceArn"]
        role = find_role(arn)
        if role is None or account_of(arn, caller) != caller.account:
            raise ApiError("NoSuchEntity", f"The role with ARN {arn} cannot be found.", 404)
        boundary = role.permissions_boundary_arn
        try:
            identity = (*policies_of_role(arn), *_given(params, "PolicyInputList"))
            bounds = [parse(managed_text(boundary, caller.account), "boundary")] if boundary else []
        except Missing as error:
            raise ApiError("NoSuchEntity", str(error), 404) from None
        principal = Principal(kind="role", arn=arn, account=caller.account)
        return _simulated(caller, params, principal, identity, [*bounds, *_bounds(params)])

    def of_policies(self, caller: Caller, params: Params) -> Params:
        """What policies would allow."""
        only(params, _COMMON, "SimulateCustomPolicy")
        principal = Principal(kind="user", arn=caller.arn, account=caller.account)
        return _simulated(caller, params, principal, _given(params, "PolicyInputList"), _bounds(params))


def _simulated(
    caller: Caller, params: Params, principal: Principal, identity: Iterable[Policy], boundaries: list[Policy]
) -> Params:
    context = {each["ContextKeyName"]: _value(each) for each in params.get("ContextEntries") or []}
    policies = Policies(identity=tuple(identity), boundary=boundaries[-1] if boundaries else None)
    results = []
    for action in params["ActionNames"]:
        for resource in params.get("ResourceArns") or ["*"]:
            request = Request(principal=principal, action=action, resource=resource,
                              resource_account=account_of(resource, caller), context=context)  # fmt: skip
            try:
                decision = decide(request, policies)
            except (PolicyError, Unsupported, ValueError) as error:
                raise ApiError("InvalidInput", f"{action} on {resource}: {error}") from None
            denied = "explicitDeny" if decision.reason.startswith("explicit deny") else "implicitDeny"
            kind = "allowed" if decision.allowed else denied
            results.append({"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": kind,
                            "MatchedStatements": [], "MissingContextValues": []})  # fmt: skip
    return {"EvaluationResults": results, "IsTruncated": False}


def _value(entry: Params) -> str | list[str]:
    values = [str(each) for each in entry.get("ContextKeyValues") or []]
    return values if entry.get("ContextKeyType", "").endswith("List") or len(values) != 1 else values[0]


def _given(params: Params, member: str) -> tuple[Policy, ...]:
    try:
        return tuple(parse(text, f"{member}.{number}") for number, text in enumerate(params.get(member) or [], 1))
    except ValueError as error:
        raise ApiError("MalformedPolicyDocument", str(error)) from None


def _bounds(params: Params) -> list[Policy]:
    return list(_given(params, "PermissionsBoundaryPolicyInputList"))
