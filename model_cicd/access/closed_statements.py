"""What a policy names that the matrix does not know: the matrix asks about what it knows, this says what else is there.

Somebody, an account, an organization, a service, an action, a resource or a condition that is neither a principal nor a
resource nor an expectation is a difference, whatever the simulation says of it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iam_policy.arn import names_nothing
from iam_policy.text import tokens
from model_cicd.access.actions import actions_on, matching
from model_cicd.access.expected import Expected, Rule, related
from model_cicd.access.pattern_resources import EXAMPLES
from model_cicd.access.policy_simulation import IDENTITY, RESOURCE
from model_cicd.access.principals import SERVICES, STRANGER, Principal
from model_cicd.access.resolve import Document
from model_cicd.access.resource import Resource
from model_cicd.access.statement_classes import NAMESPACES, classes_of, unknown_condition
from model_cicd.access.statement_index import matches
from model_cicd.access.web_identities import asked_tokens
from model_cicd.aws.metrics import namespace
from model_cicd.aws.notifications import registered_detail_type
from model_cicd.aws.regions import PARTITION_OF, dns_suffix
from model_cicd.aws.resources import WebIdentity

_ACCOUNT = re.compile(r"[0-9]{12}")
_ORGANIZATION = re.compile(r"(o|ou|r)-[a-z0-9-]{4,68}")
#: which of them, a condition on their aliases says
_KEYS = re.compile(r"arn:[\w-]+:kms:[\w-]+:[0-9]{12}:key/\*")
_WILD = re.compile(r"[*?$]")
_NEGATED = ("NotAction", "NotResource", "NotPrincipal")  # what is meant, by what is not


@dataclass(frozen=True)
class Named:
    """A statement of a document, for people: `statement 2 (Train) of stack/Role/Policies/0`."""

    origin: str
    number: int
    body: Mapping[str, Any]

    def __str__(self) -> str:
        sid = f" ({self.body['Sid']})" if self.body.get("Sid") else ""
        return f"statement {self.number}{sid} of {self.origin}"

    def listed(self, key: str) -> list[Any]:
        """The values of an element that may be one or several."""
        value = self.body.get(key, [])
        return value if isinstance(value, list) else [value]


@dataclass(frozen=True)
class ClosedWorld:
    """Everything that policies may name; `accounts` besides those that resources are in, `key_aliases` by name.

    `promotions` are the names of the groups' promotion pipelines.
    """

    expected: Expected
    principals: Sequence[Principal]
    resources: Sequence[Resource]
    accounts: frozenset[str]
    organization_id: str | None
    key_aliases: frozenset[str]
    promotions: frozenset[str]
    _by_kind: dict[str, dict[str, list[Resource]]] = field(init=False, default_factory=dict)
    _rules: dict[str, dict[str, list[Rule]]] = field(init=False, default_factory=dict)
    _arns: set[str] = field(init=False, default_factory=set)
    _known: dict[str, list[tuple[str, str]]] = field(init=False, default_factory=dict)
    _places: set[str] = field(init=False, default_factory=set)
    _accounts: set[str] = field(init=False, default_factory=set)
    _callers: set[str] = field(init=False, default_factory=set)
    _used_on: dict[frozenset[str], set[str]] = field(init=False, default_factory=dict)
    _with_tokens: list[tuple[str, WebIdentity]] = field(init=False, default_factory=list)
    _claims: dict[str, set[str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for resource in self.resources:
            of_kind = self._by_kind.setdefault(resource.kind, defaultdict(list))
            for group in resource.groups or ("",):
                of_kind[group].append(resource)
            for each in classes_of(resource):
                self._known.setdefault(each, []).extend((resource.arn, kind) for kind in resource.types)
            self._accounts.add(resource.arn.split(":")[4] if ":" in resource.arn else "")
            self._places.update((resource.arn, f"s3.{resource.region}.{dns_suffix(PARTITION_OF[resource.region])}"))
        for (kind, who), rules in self.expected.rules.items():
            self._rules.setdefault(who, {}).setdefault(kind, []).extend(rules)
        self._with_tokens.extend((each.kind, each.jobs) for each in self.principals if each.jobs)
        for _, jobs in self._with_tokens:
            for key, value in next(asked_tokens(jobs))[1].items():
                self._claims.setdefault(key.lower(), set()).add(value)
        self._arns.update(each.arn for each in self.principals if each.account != STRANGER)
        self._callers.update(each.account for each in self.principals)
        self._callers.difference_update((STRANGER, ""))
        self._accounts.update(self.accounts, self._callers)
        self._accounts.difference_update((STRANGER, ""))

    def of_principal(self, principal: Principal, document: Document) -> Iterator[str]:
        """What the Allow statements of a principal's own policy name that nothing is expected of."""
        given = self._expected_of(principal)
        for statement in _statements(document):
            yield from self._malformed(statement)
            if statement.body.get("Effect") != "Allow":
                continue
            who = f"{principal} could be let"
            yield from self._strangers(statement, f"{principal} is let by")
            for key in _NEGATED:
                if key in statement.body:
                    yield f"{who} all but what {key} names by {statement}: name what is allowed"
            actions = [name for pattern in statement.listed("Action") for name in matching(str(pattern)) or ()]
            patterns = [str(each) for each in statement.listed("Resource")]
            for pattern in map(str, statement.listed("Action")):
                yield from self._unexpected(who, statement, pattern, given, patterns)
            for pattern in patterns:
                own = "kms:ResourceAliases" in json.dumps(statement.body.get("Condition")) and _KEYS.fullmatch(pattern)
                expected = any(_inside(pattern, given.get(action, ())) for action in actions)
                if not own and not expected and not any(self._asked(pattern, action) for action in actions):
                    yield f"{who} {_some(statement)} on {pattern} by {statement}, where nothing is expected of it"

    def _unexpected(
        self, who: str, statement: Named, pattern: str, given: Mapping[str, set[str]], patterns: Sequence[str]
    ) -> Iterator[str]:
        """An action of a statement that is not expected, unless the matrix asks about it on all that it is on."""
        names = matching(pattern)
        if names is None:
            yield f"{who} {pattern} by {statement}: of that service, nothing is expected of anybody"
        elif not names:
            yield f"{who} {pattern} by {statement}: there is no such action"
        else:
            beyond = [each for each in names if each not in given]
            missed = [each for each in beyond if not all(self._asked(on, each) for on in patterns)]
            if missed:
                such = f", such as {missed[0]}," if missed != [pattern] else ""
                yield f"{who} {pattern} by {statement}: nothing of the sort{such} is expected of it"

    def _asked(self, pattern: str, action: str) -> bool:
        """Whether the matrix asks about this action on something that a pattern stands for."""
        return any(
            action in actions_on(kind) and (kind in EXAMPLES or matches(pattern, arn))
            for found in _classes(pattern, self._known)
            for arn, kind in self._known[found]
        )

    def _expected_of(self, principal: Principal) -> Mapping[str, set[str]]:
        """By action, the classes of resources that a principal is expected to use it on."""
        found: dict[str, set[str]] = {}
        for kind, rules in self._rules.get(principal.kind, {}).items():
            by_group = self._by_kind.get(kind, {})
            groups = ("", *principal.groups) if principal.groups else tuple(by_group)
            for resource in (each for group in groups for each in by_group.get(group, ())):
                if not related(principal, resource):
                    continue
                for rule in rules:
                    if rule.holds(principal, resource):
                        for grant in rule.most[IDENTITY]:
                            found.setdefault(grant.partition(" (")[0], set()).update(classes_of(resource))
        return found

    def of_resource(self, arn: str, kinds: Sequence[str], label: str, document: Document) -> Iterator[str]:
        """What the policy of a resource names, its kinds being `kinds`: whom it lets in, and on what."""
        services = {
            name for name, kind in SERVICES.items() if any((each, kind) in self.expected.rules for each in kinds)
        }
        providers = {
            jobs.provider.arn
            for kind, jobs in self._with_tokens
            if any((each, kind) in self.expected.rules for each in kinds)
        }
        expected = self._expected_on(frozenset(kinds))
        for statement in _statements(document):
            yield from self._malformed(statement)
            if statement.body.get("Effect") != "Allow":
                continue
            yield from self._strangers(statement, f"{label} is open by")
            for key in _NEGATED:
                if key in statement.body:
                    yield f"{label} is open to all but what {key} names by {statement}: name what is allowed"
            yield from self._let_in(statement, label, services, providers)
            for pattern in map(str, statement.listed("Action")):
                names = matching(pattern)
                beyond = [each for each in names or () if each not in expected]
                if not names:
                    yield f"{label} lets {pattern} by {statement}, which is no action that is known of it"
                elif beyond:
                    such = f", such as {beyond[0]}," if beyond != [pattern] else ""
                    yield f"{label} lets {pattern} by {statement}: nothing of the sort{such} is expected on it"
            for pattern in map(str, statement.listed("Resource")):
                # in the policy of a key, it means that key
                if not _of_own(pattern, arn) and (pattern != "*" or ":kms:" not in arn):
                    yield f"{label} names {pattern} by {statement}, which is another resource"

    def _expected_on(self, kinds: frozenset[str]) -> Collection[str]:
        """The actions that anybody is expected to use on resources of these kinds."""
        if kinds not in self._used_on:
            about = [rule for (kind, _), rules in self.expected.rules.items() if kind in kinds for rule in rules]
            self._used_on[kinds] = {grant.partition(" (")[0] for rule in about for grant in rule.most[RESOURCE]}
        return self._used_on[kinds]

    def _let_in(self, statement: Named, label: str, services: set[str], providers: set[str]) -> Iterator[str]:
        principal = statement.body.get("Principal", {})
        if not isinstance(principal, dict):
            principal = {"AWS": principal}
        for kind, values in principal.items():
            for value in values if isinstance(values, list) else [values]:
                text = str(value)
                who = text.split(":")[4] if text.startswith("arn:") else text
                whole = text.endswith(":root") or not text.startswith("arn:")
                if kind == "Service" and text in services | SERVICES.keys():
                    continue
                if kind == "Federated" and text in providers:
                    continue
                if kind == "AWS" and (text in self._arns or (whole and who in self._callers)):
                    continue
                word = "nobody whom the matrix knows" if kind == "AWS" else "none that is expected there"
                if text == "*":  # conditions may keep some of them out
                    word = "name accounts and roles"
                yield f"{label} lets in {kind} {text} by {statement}: {word}"

    def _malformed(self, statement: Named) -> Iterator[str]:
        for key in ("Resource", "NotResource"):
            for pattern in map(str, statement.listed(key)):
                if pattern != "*" and names_nothing(tokens(pattern, variables=True)):
                    yield f"{statement}: IAM matches {pattern} to nothing"

    def _strangers(self, statement: Named, words: str) -> Iterator[str]:
        """Accounts and organizations in resources and conditions, and conditions that no request is asked with."""
        named = [(str(each), self._accounts) for each in statement.listed("Resource")]
        for operator, keys in statement.body.get("Condition", {}).items():
            for key, written in keys.items():
                given = [str(each) for each in (written if isinstance(written, list) else [written])]
                named += [(each, self._callers) for each in given]
                if operator == "StringEquals" and self._claims.get(key.lower(), set()).issuperset(given):
                    continue
                if unknown := unknown_condition(operator, key, given) or self._unknown_value(key.lower(), given):
                    yield f"{words} {statement} on a condition that nothing is asked with: {unknown}"
        for value, known in named:
            account = value.split(":")[4] if value.count(":") >= 5 else value
            if _ACCOUNT.fullmatch(account) and account not in known:
                yield f"{words} {statement} for account {account}, which is none of the deployment"
            if _ORGANIZATION.fullmatch(value) and value != self.organization_id:
                yield f"{words} {statement} for the organization {value}, which is not the deployment's"

    def _unknown_value(self, key: str, values: Sequence[str]) -> str | None:
        known: Collection[str] = values
        match key:
            case "aws:principalarn":
                known = self._arns
            case "kms:resourcealiases":
                known = self.key_aliases
            case "kms:viaservice" | "kms:encryptioncontext:aws:sns:topicarn":
                known = self._places
            case "ec2:subnet":
                known = self._places
            case "events:detail-type":
                known = {"SageMaker Model Package State Change", "SageMaker Processing Job State Change"}
                known |= {"SageMaker Model Building Pipeline Execution Status Change"}
                known |= {*map(registered_detail_type, self.promotions)}
            case "cloudwatch:namespace":
                known = {*NAMESPACES, *map(namespace, self.promotions)}
        beyond = [each for each in values if each not in known]
        return f"{key}: {', '.join(beyond)}" if beyond else None


def _statements(document: Document) -> Iterator[Named]:
    written = document.body.get("Statement", [])
    for index, body in enumerate(written if isinstance(written, list) else [written]):
        yield Named(document.origin, index + 1, body)


def _some(statement: Named) -> str:
    actions = [str(each) for each in statement.listed("Action")]
    return ", ".join(actions[:3]) + (" and more" if len(actions) > 3 else "")


def _inside(pattern: str, known: Collection[str]) -> bool:
    """Whether a pattern stands for nothing beyond one of the classes that are `known`."""
    return next(_classes(pattern, known), None) is not None


def _classes(pattern: str, known: Collection[str]) -> Iterator[str]:
    """The classes that a pattern is within: an ARN or pattern as it is, or with `*` how its literal part begins."""
    if pattern in known:
        yield pattern
    literal = _WILD.split(pattern, maxsplit=1)[0]
    yield from (
        begin for end in range(len(literal) + 1) if (begin := f"{literal[:end]}*") in known and begin != pattern
    )


def _of_own(pattern: str, arn: str) -> bool:
    """Whether a pattern in a resource's policy is about that resource or what is in it."""
    within = arn.replace(":model-package-group/", ":model-package/")
    return pattern == arn or pattern.startswith((f"{arn}/", f"{within}/"))
