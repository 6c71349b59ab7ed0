"""Where the simulator and AWS's documentation differ: each class rewritten to the same question without the difference.

A rewrite keeps the meaning of a case as the quoted page has it, which the engine must confirm by deciding both alike;
of the rewritten case the simulator must think the same. A class that no case of a run needs is stale, and refused.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from iam_policy import arn, services
from iam_policy.context import Context
from iam_policy.text import tokens
from tests.unit.iam_policy.cases import Case, Document

DOCS = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
NEVER = "no-value-is-this-one"
NOTHING = "arn:aws:sns:us-east-1:333333333333:none"
_VARIABLE = re.compile(r"\$\{([^},*?$]+)(?:, '([^']*)')?\}")
Rewrite = Callable[[Case], Case]


@dataclass(frozen=True)
class Divergence:
    """A class of disagreement, the page that decides it, and the rewrite that removes it."""

    name: str
    page: str
    quote: str
    rewrite: Rewrite


def _statements(case: Case, change: Callable[[Document], Document]) -> Case:
    return case.changed(lambda each: each | {"Statement": [change(statement) for statement in each["Statement"]]})


def _listed(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]


def _members(statement: Document, change: Callable[[str], str]) -> Document:
    """Resources changed one by one."""
    return statement | {
        member: [change(value) for value in _listed(statement[member])]
        for member in ("Resource", "NotResource")
        if member in statement
    }


def _conditions(statement: Document, change: Callable[[str, str, Any], list[Any]]) -> Document:
    """Values of conditions changed one by one, each into any number of values."""
    if "Condition" not in statement:
        return statement
    return statement | {
        "Condition": {
            operator: {
                key: [new for value in _listed(values) for new in change(operator, key, value)]
                for key, values in keys.items()
            }
            for operator, keys in statement["Condition"].items()
        }
    }


def _old_version(case: Case) -> Case:
    """`${...}` of an old version are those characters, which no request of ours has."""

    def change(document: Document) -> Document:
        if document["Version"] != "2008-10-17":
            return document
        return document | {
            "Statement": [
                _conditions(
                    _members(each, lambda value: value.replace("${", "#{")),
                    lambda _, __, value: [value.replace("${", "#{") if isinstance(value, str) else value],
                )
                for each in document["Statement"]
            ]
        }

    return case.changed(change)


def _resource_variables(case: Case) -> Case:
    """Variables of resources replaced by what they stand for, resources without a value by one that is not there."""
    context = Context(case.request)

    def change(resource: str) -> str:
        if arn.names_nothing(tokens(resource, variables=True)):
            return NOTHING

        def value(match: re.Match[str]) -> str:
            found = context.variable(match[1].lower())
            return (found if found is not None else match[2] or "${}").replace("*", "${*}")

        replaced = _VARIABLE.sub(value, resource)
        return NOTHING if "${}" in replaced else replaced

    return case.changed(
        lambda document: (
            document
            if document["Version"] == "2008-10-17"
            else document | {"Statement": [_members(each, change) for each in document["Statement"]]}
        ),
    )


def _types(case: Case) -> Case:
    """Wildcards before the first slash or colon of a resource: in a type they name nothing, in a name they do."""

    def change(resource: str) -> str:
        parsed = tokens(resource, variables=True)
        parts = arn.segments(parsed)
        if resource == "*" or len(parts) < arn.SEGMENTS:
            return resource
        if arn.names_nothing(parsed):
            return NOTHING
        begin = re.split("[/:]", resource.split(":", arn.SEGMENTS - 1)[-1])[0]
        if parts[2] not in [(each,) for each in arn.UNTYPED] or not set("*?") & set(begin.replace("${*}", "")):
            return resource
        return case.request.resource if arn.resource_pattern(parsed).fullmatch(case.request.resource) else NOTHING

    return _statements(case, lambda each: _members(each, change))


def _without_value(case: Case) -> Case:
    """A value whose variable has none becomes one that matches nothing."""
    context = Context(case.request)

    def change(operator: str, _: str, value: Any) -> list[Any]:
        for match in _VARIABLE.finditer(value) if isinstance(value, str) else ():
            if context.variable(match[1].lower()) is None and match[2] is None:
                return [NOTHING if "Arn" in operator else NEVER]
        return [value]

    return _statements(case, lambda each: _conditions(each, change))


def _escaped(case: Case) -> Case:
    """`${*}` for operators without wildcards, which take a `*` as it is."""
    return _statements(
        case,
        lambda each: _conditions(
            each,
            lambda operator, _, value: (
                [value.replace("${*}", "*")] if "Like" not in operator and isinstance(value, str) else [value]
            ),
        ),
    )


def _if_exists(case: Case) -> Case:
    """A condition with ForAnyValue and IfExists on an absent key is true: left out."""
    context = Context(case.request)

    def change(statement: Document) -> Document:
        kept = {
            operator: {
                key: values
                for key, values in keys.items()
                if not (
                    operator.startswith("ForAnyValue")
                    and operator.endswith("IfExists")
                    and not context.get(key.lower())
                )
            }
            for operator, keys in statement.get("Condition", {}).items()
        }
        kept = {operator: keys for operator, keys in kept.items() if keys}
        rest = {member: value for member, value in statement.items() if member != "Condition"}
        return rest | ({"Condition": kept} if kept else {})

    return _statements(case, change)


def _addresses(case: Case) -> Case:
    """Ranges of the other family match nothing; the range of all addresses is its halves; one spelling of IPv6."""
    context = Context(case.request)

    def change(operator: str, key: str, value: Any) -> list[Any]:
        asked = context.get(key.lower())
        if "IpAddress" not in operator or not isinstance(asked, str):
            return [value]
        version = ipaddress.ip_address(asked).version
        if ipaddress.ip_network(value).version != version:
            return ["192.0.2.255" if version == 4 else "2001:db8:ffff::1"]
        return ["0.0.0.0/1", "128.0.0.0/1"] if value == "0.0.0.0/0" else [str(ipaddress.ip_network(value))]

    return _statements(case, lambda each: _conditions(each, change))


def _epoch(case: Case) -> Case:
    """Seconds since 1970 as a date of ISO 8601."""

    def change(operator: str, _: str, value: Any) -> list[Any]:
        if "Date" in operator and str(value).isdigit() and len(str(value)) > 4:
            return [datetime.datetime.fromtimestamp(int(value), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")]
        return [value]

    return _statements(case, lambda each: _conditions(each, change))


def _not_principal(case: Case) -> Case:
    """A Deny with NotPrincipal is for everyone who is not listed together with the account; else for nobody."""
    caller = case.request.principal
    names = {caller.arn, caller.session_arn or caller.arn}
    account = {caller.account, f"arn:aws:iam::{caller.account}:root"}

    def change(statement: Document) -> Document:
        if "NotPrincipal" not in statement or statement["Effect"] != "Deny" or not caller.account:
            return statement
        listed = statement["NotPrincipal"]
        values = set(_listed(listed.get("AWS", []))) if isinstance(listed, dict) else {listed}
        exempt = "*" in values or (bool(values & account) and bool(values & names))
        rest = {member: value for member, value in statement.items() if member != "NotPrincipal"}
        nobody = {"AWS": "arn:aws:iam::333333333333:user/nobody"}
        return rest | {"Principal": nobody if exempt and not case.boundary else "*"}

    return _statements(case, change)


def _session(case: Case) -> Case:
    """What is granted to the session itself is not limited by what its session policy leaves out."""
    policies = case.policies()
    caller = case.request.principal
    if not policies.resource or not policies.session or caller.account != case.request.resource_account:
        return case
    direct = (
        statement.principals.match(caller, effect="Allow", bounded=False).name == "DIRECT"
        and statement.speaks_of(case.request.action.lower())
        and statement.applies(case.request.resource, Context(case.request))
        for statement in policies.resource.statements
        if statement.effect == "Allow" and statement.principals
    )
    return replace(case, session=None) if any(direct) else case


def _root(case: Case) -> Case:
    """The bucket policy does not bind the owner's root user: left out."""
    return replace(case, resource=None) if services.beyond_resource_policy(case.request) else case


def _forbidden(case: Case) -> Case:
    """Nothing allows it: Allow statements are turned to something else."""
    if not services.forbidden(case.request):
        return case

    def change(statement: Document) -> Document:
        if statement["Effect"] == "Deny":
            return statement
        return {name: each for name, each in statement.items() if name != "NotAction"} | {"Action": "ec2:RunInstances"}

    return _statements(case, change)


def _event_keys(case: Case) -> Case:
    """One value of a key that the simulator takes for multivalued is any of its values."""

    def change(statement: Document) -> Document:
        if "Condition" not in statement:
            return statement
        kept: Document = {}
        for operator, keys in statement["Condition"].items():
            for key, values in keys.items():
                many = key in ("events:source", "events:detail-type") and ":" not in operator and operator != "Null"
                kept.setdefault(f"ForAnyValue:{operator}" if many else operator, {})[key] = values
        return statement | {"Condition": kept}

    return _statements(case, change)


# needed by the policies of templates only
OF_TEMPLATES = (
    Divergence(
        "conditions of events that the simulator takes for multivalued",
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html",
        "If you specify a single condition with multiple values for one key, EventBridge grants permission if one of "
        "the values is met.",
        _event_keys,
    ),
)
DIVERGENCES = (
    Divergence(
        "variables of version 2008-10-17",
        f"{DOCS}/reference_policies_elements_version.html",
        "In an earlier version, variables such as ${aws:username} aren't recognized as variables and are instead "
        "treated as literal strings in the policy.",
        _old_version,
    ),
    Divergence(
        "variables in resources",
        f"{DOCS}/reference_policies_variables.html#policy-vars-no-value",
        "the resource that includes a policy variable with no value will not match any resource (the simulator also "
        "takes the colon of a variable for one of the ARN)",
        _resource_variables,
    ),
    Divergence(
        "wildcards in what a resource begins with",
        f"{DOCS}/reference-arns.html#arns-paths-wildcards",
        "You cannot use a wildcard in the portion of the ARN that specifies the resource type (the simulator also "
        "takes the name of a pipeline for a type, and a type for a name where nothing follows it)",
        _types,
    ),
    Divergence(
        "variables without a value in negated conditions",
        f"{DOCS}/reference_policies_variables.html#policy-vars-no-value",
        "Inverted condition operators like StringNotEquals or StringNotLike do match against a null value",
        _without_value,
    ),
    Divergence(
        "special characters where there are no wildcards",
        f"{DOCS}/reference_policies_variables.html#policy-vars-specialchars",
        "These predefined policy variables can be used in any string where you can use regular policy variables.",
        _escaped,
    ),
    Divergence(
        "ForAnyValue with IfExists on an absent key",
        f"{DOCS}/reference_policies_elements_condition_operators.html#Conditions_IfExists",
        "If the key is not present, evaluate the condition element as true.",
        _if_exists,
    ),
    Divergence(
        "all addresses, addresses of two families, spellings of IPv6",
        f"{DOCS}/reference_policies_elements_condition_operators.html#Conditions_IPAddress",
        "The value must be in the standard CIDR format (for example, 203.0.113.0/24 or 2001:DB8:1234:5678::/64).",
        _addresses,
    ),
    Divergence(
        "dates in seconds since 1970",
        f"{DOCS}/reference_policies_elements_condition_operators.html#Conditions_Date",
        "You must specify date/time values with one of the W3C implementations of the ISO 8601 date formats or in "
        "epoch (UNIX) time.",
        _epoch,
    ),
    Divergence(
        "NotPrincipal with Deny",
        f"{DOCS}/reference_policies_elements_notprincipal.html",
        "When you use NotPrincipal, you must also specify the account ARN of the not-denied principal.",
        _not_principal,
    ),
    Divergence(
        "grants to a session itself",
        f"{DOCS}/reference_policies_evaluation-logic_policy-eval-denyallow.html",
        "Permissions granted directly to a session are not limited by an implicit deny in an identity-based policy, a "
        "permissions boundary, or session policy.",
        _session,
    ),
    Divergence(
        "the root user and the bucket policy",
        "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html",
        "the root principal in a bucket owner's AWS account can perform the GetBucketPolicy, PutBucketPolicy, and "
        "DeleteBucketPolicy API actions, even if their bucket policy explicitly denies the root principal's access.",
        _root,
    ),
    Divergence(
        "operations of the owner only, role sessions of root users",
        "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html",
        "the calling identity must have the PutBucketPolicy permissions on the specified bucket and belong to the "
        "bucket owner's account in order to use this operation (services.py names the pages of the others)",
        _forbidden,
    ),
)
