"""What is true of every policy: parsing ends in a policy or in words, denies win, more allows never take away.

Hypothesis prints the input of a failure, shrunk. https://hypothesis.readthedocs.io
"""

from __future__ import annotations

import copy
import itertools
import os
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from iam_policy import Decision, Effect, Policy, PolicyError, Unsupported, decide
from iam_policy.operators import OPERATORS
from tests.unit.iam_policy.build import allow
from tests.unit.iam_policy.cases import Case, Document, cases

EXAMPLES = int(os.environ.get("IAM_POLICY_EXAMPLES", "100"))
PROFILE = settings(
    derandomize=True, deadline=None, database=None, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck)
)
CASES = st.integers(0, 2**32).map(lambda seed: next(cases(seed)))
LAYERS = st.sampled_from(["identity", "boundary", "session", "scps", "resource"])

TEXTS = ("*", "${", "${}", "${a", "${aws:username}", "${a, 'b'}", "arn:aws:s3:::*", "s3:Get*", "Allow", "2012-10-17")
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(TEXTS)
NAMES = (
    *("Version", "Statement", "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"),
    *("Principal", "NotPrincipal", "AWS", "Service", "Null", "aws:x"),
    *(f"{over}{name}{end}" for over in ("", "ForAnyValue:") for name in OPERATORS for end in ("", "IfExists")),
)
MEMBERS = st.sampled_from(NAMES) | st.text(max_size=5)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=4),
    max_leaves=12,
)


def decided(case: Case) -> Decision:
    return decide(case.request, case.policies())


def with_statement(case: Case, layer: str, statement: Document) -> Case:
    """The case with one statement more in every policy of a layer, if it has the layer."""

    def more(document: Document) -> Document:
        principal = {"Principal": "*"} if layer == "resource" else {}
        return document | {"Statement": [*document["Statement"], statement | principal]}

    def maybe(name: str, document: Document | None) -> Document | None:
        return more(document) if document and layer == name else document

    return replace(
        case,
        identity=tuple(maybe("identity", each) or each for each in case.identity),
        boundary=maybe("boundary", case.boundary),
        session=maybe("session", case.session),
        scps=tuple(tuple(maybe("scps", each) or each for each in level) for level in case.scps),
        resource=maybe("resource", case.resource),
    )


@PROFILE
@given(JSON)
def test_any_json_is_parsed_or_refused_in_words(document: Any) -> None:
    try:
        Policy.parse(document, name="p")
    except PolicyError as error:
        assert str(error).startswith("p: ")


@PROFILE
@given(CASES, st.data())
def test_a_damaged_document_is_parsed_or_refused_in_words(case: Case, data: st.DataObject) -> None:
    """A member somewhere in a valid document replaced by anything."""
    assume(case.documents())
    document = copy.deepcopy(data.draw(st.sampled_from(case.documents())))
    places = list(_places(document))
    where, member = data.draw(st.sampled_from(range(len(places))).map(places.__getitem__))
    where[member] = data.draw(JSON)
    try:
        Policy.parse(document, name="p")
    except PolicyError as error:
        assert str(error).startswith("p: ")


def _places(value: Any) -> Any:
    for member, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, member
        if isinstance(inner, dict | list):
            yield from _places(inner)


@PROFILE
@given(CASES, LAYERS)
def test_a_deny_of_everything_wins(case: Case, layer: str) -> None:
    denied = with_statement(case, layer, {"Effect": "Deny", "Action": "*", "Resource": "*"})
    assume(denied != case and not (layer == "resource" and case.request.principal.kind == "root"))
    decision = decided(denied)
    assert decision.effect is Effect.EXPLICITLY_DENIED
    assert any(statement.effect == "Deny" for statement in decision.statements)


@PROFILE
@given(CASES, LAYERS)
def test_one_more_allow_takes_nothing_away(case: Case, layer: str) -> None:
    before, after = decided(case), decided(with_statement(case, layer, allow()))
    if before.allowed:
        assert after.allowed
    assert (before.effect is Effect.EXPLICITLY_DENIED) == (after.effect is Effect.EXPLICITLY_DENIED)


@PROFILE
@given(CASES)
def test_a_limit_less_takes_nothing_away(case: Case) -> None:
    """Without boundary, session policy or service control policies, what was allowed still is."""
    assume(decided(case).allowed)
    for freed in (replace(case, boundary=None), replace(case, session=None), replace(case, scps=())):
        assert decided(freed).allowed


@PROFILE
@given(CASES)
def test_nothing_without_an_allow(case: Case) -> None:
    """Denies alone allow nothing, except the root user in its own account."""
    none = case.changed(
        lambda document: document | {"Statement": [each for each in document["Statement"] if each["Effect"] == "Deny"]}
    )
    assume(case.request.principal.kind != "root")
    assert not decided(none).allowed


@PROFILE
@given(CASES, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(case: Case, chance: Any) -> None:
    def shuffled(document: Document) -> Document:
        statements = list(document["Statement"])
        chance.shuffle(statements)
        return document | {"Statement": statements}

    again = case.changed(shuffled)
    assert decided(replace(again, identity=again.identity[::-1], scps=again.scps[::-1])).effect is decided(case).effect


@PROFILE
@given(CASES)
def test_a_decision_stands_on_statements_of_its_effect(case: Case) -> None:
    decision = decided(case)
    wanted = {Effect.ALLOWED: "Allow", Effect.EXPLICITLY_DENIED: "Deny"}.get(decision.effect)
    assert all(statement.effect == wanted for statement in decision.statements)
    assert decision.reason


def test_the_same_seed_gives_the_same_cases() -> None:
    assert list(itertools.islice(cases(1), 20)) == list(itertools.islice(cases(1), 20))
    assert next(cases(1)) != next(cases(2))
    assert issubclass(Unsupported, PolicyError)
