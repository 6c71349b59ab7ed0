"""Policy documents, parsed once and matched many times.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from iam_policy import arn, conditions, principals
from iam_policy.conditions import Condition
from iam_policy.context import Context
from iam_policy.errors import PolicyError, nearest, within
from iam_policy.principals import Principals
from iam_policy.text import Lookup, Tokens, Wild, has_variables, pattern, resolve, tokens

VERSIONS = ("2012-10-17", "2008-10-17")
_MEMBERS = ("Version", "Id", "Statement")
_STATEMENT = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip
_ACTION = re.compile(r"\*(:\*)?|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes:
        policy: the name of its policy.
        index: its place among the policy's statements, from 0.
        sid: its Sid, or nothing.
        effect: Allow or Deny.
        actions, not_action: patterns as written, and whether they are of NotAction.
        resources, not_resource: the same; no resources in policies that stand for one resource only (trust policies,
            ECR repository policies).
        principals: of Principal or NotPrincipal; None in policies of identities.
        conditions: all of which must hold.
    """

    policy: str
    index: int
    sid: str
    effect: str
    actions: tuple[str, ...]
    not_action: bool
    resources: tuple[str, ...]
    not_resource: bool
    principals: Principals | None
    conditions: tuple[Condition, ...]
    _acts: Callable[[str], bool] = field(compare=False, repr=False)
    _names: Callable[[str, Lookup], bool] = field(compare=False, repr=False)

    def speaks_of(self, action: str) -> bool:
        """Whether the action (in lower case) matches."""
        return self._acts(action) is not self.not_action

    @functools.cached_property
    def keys(self) -> frozenset[str] | None:
        """The keys of a request's context that it looks at, in lower case; None: any, for there are variables in it."""
        values = (value for condition in self.conditions for value in condition.values)
        if any("${" in each for each in (*self.resources, *values)):
            return None
        return frozenset(condition.key.lower() for condition in self.conditions)

    def applies(self, resource: str, context: Context) -> bool:
        """Whether resource and conditions match; who asks for which action is not looked at."""
        if self.resources and self._names(resource, context.variable) is self.not_resource:
            return False
        for condition in self.conditions:  # noqa: SIM110 - the loop that most of a decision's time goes into
            if not condition.holds(context):
                return False
        return True

    def __str__(self) -> str:
        """Where it stands: `statement 2 (ReadModels) of bucket policy of models`."""
        return f"statement {self.index + 1}{f' ({self.sid})' if self.sid else ''} of {self.policy}"


@dataclass(frozen=True, eq=False)
class Spoken:
    """The statements of one policy that match an action: one object for all actions that the same ones match.

    `keys` are those of a request's context that they look at, in lower case; None: any.
    """

    statements: tuple[Statement, ...]
    keys: frozenset[str] | None


@dataclass(frozen=True)
class Policy:
    """A parsed policy document.

    Attributes:
        name: where it comes from, for explanations: `role train, inline policy read`.
        statements: in the document's order.
    """

    name: str
    statements: tuple[Statement, ...]
    _of_actions: dict[str, Spoken] = field(init=False, compare=False, repr=False, default_factory=dict)
    _spoken: dict[tuple[int, ...], Spoken] = field(init=False, compare=False, repr=False, default_factory=dict)

    @classmethod
    def parse(cls, document: Mapping[str, Any], *, name: str) -> Policy:
        """Parse a document, as `json.loads` gives it.

        Raises:
            PolicyError: what IAM would refuse; the message names policy, statement and member.
            Unsupported: what this engine does not decide.
        """
        with within(name):
            return cls(name, tuple(_statements(document, name)))

    def on(self, action: str) -> Spoken:
        """The statements that match the action (in lower case): few of many, and asked for again and again."""
        found = self._of_actions.get(action)
        if found is None:
            numbers = tuple([number for number, each in enumerate(self.statements) if each.speaks_of(action)])
            found = self._spoken.get(numbers)
            if found is None:
                found = self._spoken[numbers] = _spoken(tuple(self.statements[number] for number in numbers))
            self._of_actions[action] = found
        return found

    @functools.cached_property
    def of_resource(self) -> Statement | None:
        """The first statement with a Principal, which only policies of resources have."""
        return next((each for each in self.statements if each.principals is not None), None)

    @functools.cached_property
    def of_identity(self) -> Statement | None:
        """The first statement without a Principal, which only policies of identities have."""
        return next((each for each in self.statements if each.principals is None), None)


def _spoken(statements: tuple[Statement, ...]) -> Spoken:
    keys: set[str] = set()
    for each in statements:
        if each.keys is None:
            return Spoken(statements, None)
        keys |= each.keys
    return Spoken(statements, frozenset(keys))


def _statements(document: Any, name: str) -> list[Statement]:
    if not isinstance(document, Mapping):
        raise PolicyError(f"expected a policy document, got {document!r}")
    _known(document, _MEMBERS)
    version = document.get("Version", "2008-10-17")  # "If you do not include a Version element": the older one
    if version not in VERSIONS:
        raise PolicyError(f"Version: {version!r}: expected {' or '.join(VERSIONS)}")
    if "Statement" not in document:
        raise PolicyError("Statement: missing")
    listed = document["Statement"]
    if isinstance(listed, Mapping):
        listed = [listed]
    if not isinstance(listed, list | tuple):
        raise PolicyError(f"Statement: expected statements, got {listed!r}")
    found: list[Statement] = []
    for index, element in enumerate(listed):
        sid = element.get("Sid", "") if isinstance(element, Mapping) else ""
        with within(f"statement {index + 1}{f' ({sid})' if sid else ''}"):
            found.append(_statement(element, name, index, variables=version == VERSIONS[0]))
    sids = [statement.sid for statement in found if statement.sid]
    if twice := sorted({sid for sid in sids if sids.count(sid) > 1}):
        raise PolicyError(f"Sid: {twice[0]!r} is used more than once")
    return found


def _statement(element: Any, policy: str, index: int, *, variables: bool) -> Statement:
    if not isinstance(element, Mapping):
        raise PolicyError(f"expected an object, got {element!r}")
    _known(element, _STATEMENT)
    sid = element.get("Sid", "")
    if not isinstance(sid, str):
        raise PolicyError(f"Sid: expected a string, got {sid!r}")
    effect = element.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f"Effect: expected Allow or Deny, got {effect!r}")
    action_member = _one_of(element, "Action", "NotAction")
    if action_member is None:
        raise PolicyError("Action: missing (or NotAction)")
    resource_member = _one_of(element, "Resource", "NotResource")
    principal_member = _one_of(element, "Principal", "NotPrincipal")
    if resource_member is None and principal_member is None:
        raise PolicyError("Resource: missing (or NotResource)")
    actions = _strings(element, action_member)
    resources = _strings(element, resource_member) if resource_member else ()
    return Statement(
        policy=policy,
        index=index,
        sid=sid,
        effect=effect,
        actions=actions,
        not_action=action_member == "NotAction",
        resources=resources,
        not_resource=resource_member == "NotResource",
        principals=principals.parse(element[principal_member], member=principal_member) if principal_member else None,
        conditions=conditions.parse(element["Condition"], variables=variables) if "Condition" in element else (),
        _acts=_actions(actions, action_member),
        _names=_resources(resources, resource_member or "", variables=variables),
    )


def _known(element: Mapping[str, Any], members: tuple[str, ...]) -> None:
    for member in element:
        if member not in members:
            raise PolicyError(f"{member}: unknown member{nearest(str(member), members)}")


def _one_of(element: Mapping[str, Any], member: str, other: str) -> str | None:
    if member in element and other in element:
        raise PolicyError(f"{other}: not together with {member}")
    return member if member in element else other if other in element else None


def _strings(element: Mapping[str, Any], member: str) -> tuple[str, ...]:
    values = element[member]
    listed = values if isinstance(values, list | tuple) else [values]
    if not listed or not all(isinstance(value, str) and value for value in listed):
        raise PolicyError(f"{member}: expected one or more strings, got {values!r}")
    return tuple(listed)


@functools.lru_cache(maxsize=8192)
def _actions(written: tuple[str, ...], member: str) -> Callable[[str], bool]:
    """Actions match without regard to case; variables do not exist in them."""
    exact: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for action in written:
        if not _ACTION.fullmatch(action):
            raise PolicyError(f"{member}: {action!r}: expected '*' or SERVICE:NAME, wildcards in the name only")
        if set("*?") & set(action):
            patterns.append(pattern(tokens(action.lower(), variables=False)))
        else:
            exact.add(action.lower())
    if not patterns:
        return exact.__contains__
    wild = _any_of(patterns)
    return lambda action: action in exact or wild(action) is not None


def _resources(written: tuple[str, ...], member: str, *, variables: bool) -> Callable[[str, Lookup], bool]:
    """Resources match with regard to case; one whose variable has no value or is out of place matches nothing."""
    exact: set[str] = set()
    begins: list[str] = []
    fixed: list[Tokens] = []
    varying: list[Tokens] = []
    for value in written:
        if value != "*" and not value.startswith("arn:"):
            raise PolicyError(f"{member}: {value!r}: expected '*' or an ARN")
        parsed = tokens(value, variables=variables)
        literal = len(parsed) == 1 and isinstance(parsed[0], str) and not value.endswith(":")
        if not literal and arn.names_nothing(parsed):
            continue
        match parsed:
            case (str(whole),):
                exact.add(whole)
            case (Wild.ANY,):
                begins.append("")
            case (str(begin), Wild.ANY):
                begins.append(begin)
            case _:
                (varying if has_variables(parsed) else fixed).append(parsed)
    prefixes = tuple(begins)

    def names(resource: str, lookup: Lookup) -> bool:
        if resource in exact or resource.startswith(prefixes):
            return True
        if fixed and any(arn.resource_pattern(parsed).fullmatch(resource) for parsed in fixed):
            return True
        resolved = (resolve(parsed, lookup) for parsed in varying)
        return any(each is not None and arn.resource_pattern(each).fullmatch(resource) for each in resolved)

    def plainly(resource: str, _lookup: Lookup) -> bool:
        return resource in exact or resource.startswith(prefixes)

    return names if fixed or varying else plainly


@functools.lru_cache(maxsize=8192)
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source, re.DOTALL)


def _any_of(patterns: list[re.Pattern[str]]) -> Callable[[str], re.Match[str] | None]:
    """One search for all patterns: what a statement names is asked more often than anything else."""
    source = "|".join(f"(?:{each.pattern})" for each in patterns) or "(?!)"
    return _compiled(source).fullmatch
