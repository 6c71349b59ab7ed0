"""Which layers must allow: the rules within an account and between two."""

from __future__ import annotations

from typing import Any

import pytest

from iam_policy import Effect, Policies, PolicyError, Principal
from tests.unit.iam_policy.build import (
    ALLOWED,
    ANONYMOUS,
    DENIED,
    NOT_ALLOWED,
    OTHER,
    OTHER_ROOT,
    OWN,
    ROLE,
    ROOT,
    USER,
    allow,
    ask,
    deny,
    policy,
    role,
    root,
    service,
    user,
)

YES = policy(allow(), name="yes")
READ = policy(allow("s3:Get*"), name="read")
OTHERWISE = policy(allow("ec2:*"), name="otherwise")
NO = policy(deny("s3:*"), name="no")
EVERYTHING_BUT = policy(allow(), deny("s3:GetObject"), name="everything but")


def to(principal: Any) -> Any:
    return policy(allow(to=principal), name="bucket policy")


SESSION = str(ROLE.session_arn)

# name, caller, layers, what comes out
SAME_ACCOUNT: list[tuple[str, Principal, dict[str, Any], Effect]] = [
    ("nothing allows", ROLE, {}, NOT_ALLOWED),
    ("identity", ROLE, {"identity": READ}, ALLOWED),
    ("identity of something else", ROLE, {"identity": OTHERWISE}, NOT_ALLOWED),
    ("any of the identity policies", ROLE, {"identity": (OTHERWISE, READ)}, ALLOWED),
    ("a deny in another identity policy", ROLE, {"identity": (READ, NO)}, DENIED),
    ("user, identity", USER, {"identity": READ}, ALLOWED),
    # resource policies: whom they name counts
    ("resource policy names the role", ROLE, {"resource": to({"AWS": ROLE.arn})}, ALLOWED),
    ("resource policy names another role", ROLE, {"resource": to({"AWS": f"{ROLE.arn}2"})}, NOT_ALLOWED),
    ("resource policy names the session", ROLE, {"resource": to({"AWS": SESSION})}, ALLOWED),
    ("resource policy names another session", ROLE, {"resource": to({"AWS": f"{SESSION}2"})}, NOT_ALLOWED),
    ("resource policy names the account: up to identity", ROLE, {"resource": to({"AWS": ROOT})}, NOT_ALLOWED),
    ("the account, by its number", ROLE, {"resource": to({"AWS": OWN})}, NOT_ALLOWED),
    ("the account, and identity", ROLE, {"resource": to({"AWS": OWN}), "identity": READ}, ALLOWED),
    ("resource policy names everyone", ROLE, {"resource": to("*")}, ALLOWED),
    ("resource policy names everyone of AWS", ROLE, {"resource": to({"AWS": "*"})}, ALLOWED),
    ("resource policy names the user", USER, {"resource": to({"AWS": USER.arn})}, ALLOWED),
    ("resource policy denies the account", ROLE, {"identity": YES, "resource": policy(deny(to={"AWS": OWN}))}, DENIED),
    ("resource policy denies another", ROLE, {"identity": YES, "resource": policy(deny(to={"AWS": OTHER}))}, ALLOWED),
    # permissions boundaries
    ("boundary and identity", ROLE, {"identity": READ, "boundary": YES}, ALLOWED),
    ("boundary alone", ROLE, {"boundary": YES}, NOT_ALLOWED),
    ("boundary allows something else", ROLE, {"identity": YES, "boundary": OTHERWISE}, NOT_ALLOWED),
    ("boundary denies", ROLE, {"identity": YES, "boundary": EVERYTHING_BUT}, DENIED),
    ("boundary, role named", ROLE, {"boundary": OTHERWISE, "resource": to({"AWS": ROLE.arn})}, NOT_ALLOWED),
    ("boundary, role named, both allow", ROLE, {"boundary": READ, "resource": to({"AWS": ROLE.arn})}, ALLOWED),
    ("boundary, session named", ROLE, {"boundary": OTHERWISE, "resource": to({"AWS": SESSION})}, ALLOWED),
    ("boundary, everyone", ROLE, {"boundary": OTHERWISE, "resource": to("*")}, ALLOWED),
    ("boundary, user named", USER, {"boundary": OTHERWISE, "resource": to({"AWS": USER.arn})}, ALLOWED),
    ("boundary denies, session named", ROLE, {"boundary": EVERYTHING_BUT, "resource": to({"AWS": SESSION})}, DENIED),
    # session policies
    ("session policy and identity", ROLE, {"identity": YES, "session": READ}, ALLOWED),
    ("session policy alone", ROLE, {"session": YES}, NOT_ALLOWED),
    ("session policy allows something else", ROLE, {"identity": YES, "session": OTHERWISE}, NOT_ALLOWED),
    ("no session policy allows anything", ROLE, {"identity": YES, "session": ()}, NOT_ALLOWED),
    ("session policy denies", ROLE, {"identity": YES, "session": EVERYTHING_BUT}, DENIED),
    ("session policy, role named", ROLE, {"session": OTHERWISE, "resource": to({"AWS": ROLE.arn})}, NOT_ALLOWED),
    ("session policy, session named", ROLE, {"session": OTHERWISE, "resource": to({"AWS": SESSION})}, ALLOWED),
    ("all three", ROLE, {"identity": YES, "boundary": YES, "session": READ}, ALLOWED),
    # service control policies: every level
    ("a level allows", ROLE, {"identity": YES, "scps": ((YES,),)}, ALLOWED),
    ("a level grants nothing itself", ROLE, {"scps": ((YES,),)}, NOT_ALLOWED),
    ("both levels allow", ROLE, {"identity": YES, "scps": ((YES,), (OTHERWISE, READ))}, ALLOWED),
    ("one level does not", ROLE, {"identity": YES, "scps": ((YES,), (OTHERWISE,))}, NOT_ALLOWED),
    ("a level without policies", ROLE, {"identity": YES, "scps": ((),)}, NOT_ALLOWED),
    ("a level denies", ROLE, {"identity": YES, "scps": ((YES, NO),)}, DENIED),
    ("a level limits resource policies too", ROLE, {"resource": to("*"), "scps": ((OTHERWISE,),)}, NOT_ALLOWED),
    # root user
    ("root needs no policy", root(), {}, ALLOWED),
    ("a level limits root", root(), {"scps": ((OTHERWISE,),)}, NOT_ALLOWED),
    ("the resource policy denies root", root(), {"resource": policy(deny(to="*"))}, DENIED),
    # services and everyone
    ("service named", service(), {"resource": to({"Service": "events.amazonaws.com"})}, ALLOWED),
    ("another service named", service(), {"resource": to({"Service": "sns.amazonaws.com"})}, NOT_ALLOWED),
    ("service, no policy", service(), {}, NOT_ALLOWED),
    ("service, account named", service(), {"resource": to({"AWS": OWN})}, NOT_ALLOWED),
    ("service, everyone", service(), {"resource": to("*")}, ALLOWED),
    ("service denied", service(), {"resource": policy(allow(to="*"), deny(to={"Service": service().arn}))}, DENIED),
    ("anonymous, everyone", ANONYMOUS, {"resource": to("*")}, ALLOWED),
    ("anonymous, account named", ANONYMOUS, {"resource": to({"AWS": OWN})}, NOT_ALLOWED),
    ("anonymous, no policy", ANONYMOUS, {}, NOT_ALLOWED),
]


@pytest.mark.parametrize(
    ("caller", "layers", "expected"), [row[1:] for row in SAME_ACCOUNT], ids=[r[0] for r in SAME_ACCOUNT]
)
def test_within_an_account(caller: Principal, layers: dict[str, Any], expected: Effect) -> None:
    assert ask(caller, **layers).effect is expected


FOREIGN, FOREIGN_SESSION = role(OTHER), str(role(OTHER).session_arn)
CROSS_ACCOUNT: list[tuple[str, Principal, dict[str, Any], Effect]] = [
    ("identity alone", FOREIGN, {"identity": YES}, NOT_ALLOWED),
    ("resource policy alone", FOREIGN, {"resource": to({"AWS": FOREIGN.arn})}, NOT_ALLOWED),
    ("everyone alone", FOREIGN, {"resource": to("*")}, NOT_ALLOWED),
    ("session named alone", FOREIGN, {"resource": to({"AWS": FOREIGN_SESSION})}, NOT_ALLOWED),
    ("both, role named", FOREIGN, {"identity": READ, "resource": to({"AWS": FOREIGN.arn})}, ALLOWED),
    ("both, account named", FOREIGN, {"identity": READ, "resource": to({"AWS": OTHER_ROOT})}, ALLOWED),
    ("both, everyone", FOREIGN, {"identity": READ, "resource": to("*")}, ALLOWED),
    ("both, the owner's account named", FOREIGN, {"identity": YES, "resource": to({"AWS": OWN})}, NOT_ALLOWED),
    ("both, another role named", FOREIGN, {"identity": YES, "resource": to({"AWS": ROLE.arn})}, NOT_ALLOWED),
    ("a boundary limits", FOREIGN, {"identity": YES, "boundary": OTHERWISE, "resource": to("*")}, NOT_ALLOWED),
    ("a session policy limits", FOREIGN, {"identity": YES, "session": OTHERWISE, "resource": to("*")}, NOT_ALLOWED),
    (
        "a session policy limits a named session as well",
        FOREIGN,
        {"identity": YES, "session": OTHERWISE, "resource": to({"AWS": FOREIGN_SESSION})},
        NOT_ALLOWED,
    ),
    ("a level limits", FOREIGN, {"identity": YES, "scps": ((OTHERWISE,),), "resource": to("*")}, NOT_ALLOWED),
    ("identity denies", FOREIGN, {"identity": (YES, NO), "resource": to("*")}, DENIED),
    ("resource policy denies", FOREIGN, {"identity": YES, "resource": policy(allow(to="*"), deny(to="*"))}, DENIED),
    ("user", user(OTHER), {"identity": YES, "resource": to({"AWS": OTHER})}, ALLOWED),
    ("root, account named", root(OTHER), {"resource": to({"AWS": OTHER})}, ALLOWED),
    ("root, nothing", root(OTHER), {}, NOT_ALLOWED),
]


@pytest.mark.parametrize(
    ("caller", "layers", "expected"), [row[1:] for row in CROSS_ACCOUNT], ids=[row[0] for row in CROSS_ACCOUNT]
)
def test_between_accounts(caller: Principal, layers: dict[str, Any], expected: Effect) -> None:
    assert ask(caller, **layers).effect is expected


def test_a_decision_names_the_statements() -> None:
    first, second = policy(deny("s3:*"), name="a"), policy(allow(), deny("s3:Get*", Sid="NoReading"), name="b")
    decision = ask(identity=(first, second), boundary=EVERYTHING_BUT)
    assert [str(each) for each in decision.statements] == [
        "statement 1 of a",
        "statement 2 (NoReading) of b",
        "statement 2 of everything but",
    ]
    assert decision.reason == "explicit deny in an identity policy: statement 1 of a"
    allowed = ask(identity=(READ, OTHERWISE), boundary=YES, scps=((YES,),))
    assert [each.policy for each in allowed.statements] == ["read", "yes", "yes"]
    assert allowed.reason == "allowed by identity policies: statement 1 of read"
    named = ask(resource=to({"AWS": ROLE.arn}), boundary=READ, session=YES)
    assert [each.policy for each in named.statements] == ["bucket policy", "read", "yes"]
    directly = ask(resource=to({"AWS": SESSION}), boundary=READ, session=YES)
    assert [each.policy for each in directly.statements] == ["bucket policy"]
    across = ask(FOREIGN, identity=READ, boundary=YES, resource=to("*"), scps=((YES, OTHERWISE),))
    assert [each.policy for each in across.statements] == ["read", "bucket policy", "yes", "yes"]
    by_itself = ask(root())
    assert (by_itself.reason, by_itself.statements) == ("allowed by what root users may", ())


@pytest.mark.parametrize(
    ("caller", "layers", "words"),
    [
        (
            ROLE,
            {},
            "no identity policy of arn:aws:sts::111111111111:assumed-role/train/monday allows it to s3:GetObject",
        ),
        (ROLE, {"resource": to({"AWS": OWN})}, "statement 1 of bucket policy names the account"),
        (ROLE, {"identity": YES, "boundary": OTHERWISE}, "the permissions boundary of "),
        (ROLE, {"identity": YES, "session": OTHERWISE}, "the session policy of "),
        (ROLE, {"identity": YES, "scps": ((YES,), (OTHERWISE,))}, "no service control policy at level 2 "),
        (FOREIGN, {"identity": YES}, "no bucket policy of account 111111111111 allows "),
        (FOREIGN, {"resource": to("*")}, "as access to another account needs besides the bucket policy"),
        (ANONYMOUS, {}, "no resource policy allows an anonymous caller to "),
    ],
)
def test_a_denial_names_the_layer(caller: Principal, layers: dict[str, Any], words: str) -> None:
    decision = ask(caller, **layers)
    assert words in decision.reason
    assert decision.statements == ()


@pytest.mark.parametrize(
    ("caller", "policies", "words"),
    [
        (service(), {"identity": YES}, "identity policies with events.amazonaws.com"),
        (ANONYMOUS, {"scps": ((YES,),)}, "service control policies with an anonymous caller"),
        (root(), {"boundary": YES}, "a permissions boundary with arn:aws:iam::111111111111:root"),
        (USER, {"session": YES}, "session policies with arn:aws:iam::111111111111:user/eve"),
        (ROLE, {"identity": to("*")}, "statement 1 of bucket policy: Principal: only in policies of resources"),
        (ROLE, {"resource": YES}, "statement 1 of yes: Principal: missing in the policy of a resource"),
    ],
)
def test_layers_that_cannot_be(caller: Principal, policies: dict[str, Any], words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        ask(caller, **policies)


def test_nothing_applies_by_default() -> None:
    assert Policies() == Policies(identity=(), boundary=None, session=None, scps=(), resource=None)
