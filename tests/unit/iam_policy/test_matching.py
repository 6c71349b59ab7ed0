"""Actions, resources, principals and variables: what a statement names."""

from __future__ import annotations

from typing import Any

import pytest

from iam_policy import Principal
from tests.unit.iam_policy.build import (
    ALLOWED,
    ANONYMOUS,
    DENIED,
    NOT_ALLOWED,
    OBJECT,
    OTHER,
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
)


@pytest.mark.parametrize(
    ("actions", "matches"),
    [
        ("s3:GetObject", True),
        ("S3:getobject", True),
        ("s3:Get*", True),
        ("s3:get*t", True),
        ("s3:GetObjec?", True),
        ("s3:GetObject?", False),
        ("s3:GetObjectTagging", False),
        ("s3:*", True),
        ("*", True),
        ("*:*", True),
        ("ec2:*", False),
        (["ec2:*", "s3:GetObject"], True),
    ],
)
def test_actions(actions: Any, matches: bool) -> None:
    assert ask(identity=policy(allow(actions))).allowed is matches
    assert ask(identity=policy(allow(NotAction=actions))).allowed is not matches


LOGS = "arn:aws:logs:us-east-1:111111111111:log-group"
# pattern, resource, whether it matches
RESOURCES: list[tuple[Any, str, bool]] = [
    ("*", OBJECT, True),
    (OBJECT, OBJECT, True),
    ("arn:aws:s3:::models/*", OBJECT, True),
    ("arn:aws:s3:::models/*/*.gz", OBJECT, True),
    ("arn:aws:s3:::models/live/model.tar.g?", OBJECT, True),
    ("arn:aws:s3:::models/LIVE/*", OBJECT, False),
    ("arn:aws:s3:::models", OBJECT, False),
    ("arn:aws:s3:::models*", OBJECT, True),
    ("arn:aws:s3:::model./*", OBJECT, False),
    (["arn:aws:s3:::logs/*", "arn:aws:s3:::models/*"], OBJECT, True),
    ("arn:aws:s3:*", OBJECT, True),  # a * at the end of a part expands beyond colons
    ("arn:aws:*", OBJECT, True),
    ("arn:*:s3:::models/*", OBJECT, True),
    ("arn:aws:s3:::models/a*b", "arn:aws:s3:::models/a:b", True),
    ("arn:aws:logs:*:*:log-group:a", "arn:aws:logs:us-east-1:111111111111:log-group:a", True),
    ("arn:aws:logs:us-*-1:111111111111:*", "arn:aws:logs:us-east-1:111111111111:log-group:a:b", True),
    ("arn:aws:logs:us*1:111111111111:*", "arn:aws:logs:us:111111111111:1:111111111111:x", False),
    ("arn:aws:logs:us-east-1:111111111111:log-group:log?group", f"{LOGS}:log:group", True),
    # wildcards in the type of a resource name nothing, however little of it they stand for
    ("arn:aws:logs:us-east-1:111111111111:log?group:a", f"{LOGS}:a", False),
    ("arn:aws:logs:us-east-1:111111111111:log-gr*", f"{LOGS}:a", False),
    ("arn:aws:logs:us-east-1:111111111111:*", f"{LOGS}:a", True),
    ("arn:aws:logs:us-east-1:111111111111:*:a", f"{LOGS}:a", False),
    ("arn:aws:iam::111111111111:*/a", "arn:aws:iam::111111111111:role/a", False),
    ("arn:aws:iam::111111111111:r*", "arn:aws:iam::111111111111:role/a", False),
    ("arn:aws:iam::111111111111:role*", "arn:aws:iam::111111111111:role/a", False),
    ("arn:aws:iam::111111111111:rol?/a", "arn:aws:iam::111111111111:role/a", False),
    ("arn:aws:iam::111111111111:role/*", "arn:aws:iam::111111111111:role/a", True),
    # names without a type before them
    ("arn:aws:sqs:us-east-1:111111111111:a*", "arn:aws:sqs:us-east-1:111111111111:ab", True),
    ("arn:aws:codepipeline:us-east-1:111111111111:a*/B/*", "arn:aws:codepipeline:us-east-1:111111111111:ab/B/C", True),
    ("arn:aws:logs:us-east-?:111111111111:a", "arn:aws:logs:us-east-1:111111111111:a", True),
    ("arn:aws:logs:us-east-1?111111111111:a", "arn:aws:logs:us-east-1:111111111111:a", False),
    ("arn:aws:iam::111111111111:role/a", "*", False),
    ("*", "*", True),
]


@pytest.mark.parametrize(("patterns", "resource", "matches"), RESOURCES)
def test_resources(patterns: Any, resource: str, matches: bool) -> None:
    assert ask(on=resource, identity=policy(allow(resource=patterns))).allowed is matches
    assert ask(on=resource, identity=policy(allow(NotResource=patterns))).allowed is not matches


def test_not_action_and_not_resource_together() -> None:
    everything_else = policy(allow(), deny(NotAction="s3:GetObject", NotResource="arn:aws:s3:::models/*"))
    assert ask(identity=everything_else).allowed
    assert ask(action="s3:PutObject", identity=everything_else).allowed
    assert ask(on="arn:aws:s3:::logs/a", identity=everything_else).allowed
    assert ask(action="s3:PutObject", on="arn:aws:s3:::logs/a", identity=everything_else).effect is DENIED


RED = role(team="red")
# caller, resource of the policy, whether it is models/live/model.tar.gz
VARIABLES: list[tuple[Principal, str, bool]] = [
    (role(team="live"), "arn:aws:s3:::models/${aws:PrincipalTag/team}/*", True),
    (role(team="live"), "arn:aws:s3:::models/${AWS:principaltag/TEAM}/*", True),
    (RED, "arn:aws:s3:::models/${aws:PrincipalTag/team}/*", False),
    (ROLE, "arn:aws:s3:::models/${aws:PrincipalTag/team}/*", False),
    (ROLE, "arn:aws:s3:::models/${aws:PrincipalTag/team, 'live'}/*", True),
    (RED, "arn:aws:s3:::models/${aws:PrincipalTag/team, 'live'}/*", False),
    (role(team="l*e"), "arn:aws:s3:::models/${aws:PrincipalTag/team}/*", False),  # a value is no pattern
    (role(team="*"), "arn:aws:s3:::models/${aws:PrincipalTag/team}", False),
    (ROLE, "arn:aws:s3:::models/${aws:username}/*", False),
    (Principal("user", f"arn:aws:iam::{OWN}:user/x/live", OWN), "arn:aws:s3:::models/${aws:username}/*", True),
    (ROLE, "arn:aws:s3:::models/l${*}e/*", False),
    (ROLE, "arn:aws:s3:::models/l${?}ve/*", False),
    (ROLE, "arn:aws:s3:::models/${aws:CalledVia}/*", False),  # a multivalued key is no variable
    # before the fifth colon they are no variables
    (ROLE, "arn:aws:s3::${aws:none, ''}:models/*", False),
    (ROLE, "arn:${aws:none, 'aws'}:s3:::models/*", False),
    (role(team="s3"), "arn:aws:${aws:PrincipalTag/team}:::models/*", False),
    (role(team="models"), "arn:aws:s3:::${aws:PrincipalTag/team}/*", True),
]


def test_a_variable_is_no_account_and_no_type() -> None:
    key = "arn:aws:kms:us-east-1:111111111111:key/a"
    for resource in ("${aws:PrincipalAccount}:key/a", "111111111111:${aws:PrincipalTag/team}/a"):
        document = policy(allow("kms:Decrypt", resource=f"arn:aws:kms:us-east-1:{resource}"))
        admits = policy(allow("kms:Decrypt", to={"AWS": ROOT}))
        assert not ask(role(team="key"), action="kms:Decrypt", on=key, identity=document, resource=admits).allowed
    inside = policy(allow("kms:Decrypt", resource="arn:aws:kms:us-east-1:111111111111:key/${aws:PrincipalTag/team}"))
    assert ask(role(team="a"), action="kms:Decrypt", on=key, identity=inside, resource=admits).allowed


@pytest.mark.parametrize(("caller", "resource", "matches"), VARIABLES)
def test_variables_in_resources(caller: Principal, resource: str, matches: bool) -> None:
    context = {"aws:CalledVia": ["live"]}
    assert ask(caller, identity=policy(allow(resource=resource)), context=context).allowed is matches


def test_literal_wildcards() -> None:
    starred = policy(allow(resource="arn:aws:s3:::models/a${*}b${?}c${$}d"))
    assert ask(on="arn:aws:s3:::models/a*b?c$d", identity=starred).allowed
    assert not ask(on="arn:aws:s3:::models/axbyc$d", identity=starred).allowed


def test_variables_without_a_value_in_conditions() -> None:
    """Nothing equals them, so the negated operator holds."""
    same = policy(allow(when={"StringEquals": {"s3:ExistingObjectTag/team": "${aws:PrincipalTag/team}"}}))
    other = policy(allow(), deny(when={"StringNotEquals": {"s3:ExistingObjectTag/team": "${aws:PrincipalTag/team}"}}))
    context = {"s3:ExistingObjectTag/team": "red"}
    assert ask(RED, identity=same, context=context).effect is ALLOWED
    assert ask(RED, identity=other, context=context).effect is ALLOWED
    assert ask(ROLE, identity=same, context=context).effect is NOT_ALLOWED
    assert ask(ROLE, identity=other, context=context).effect is DENIED


def test_the_old_version_has_no_variables() -> None:
    statement = allow(resource="arn:aws:s3:::models/${aws:PrincipalTag/team}/*")
    live = role(team="live")
    assert ask(live, identity=policy(statement)).allowed
    assert not ask(live, identity=policy(statement, version="2008-10-17")).allowed
    literal = "arn:aws:s3:::models/${aws:PrincipalTag/team}/x"
    assert ask(live, on=literal, identity=policy(statement, version="2008-10-17")).allowed


def exempt(*arns: str) -> dict[str, Any]:
    return {"Effect": "Deny", "NotPrincipal": {"AWS": list(arns)}, "Action": "*", "Resource": "*"}


SESSION = str(ROLE.session_arn)
NOT_PRINCIPAL: list[tuple[Principal, tuple[str, ...], bool]] = [
    (ROLE, (ROLE.arn, ROOT), True),
    (ROLE, (ROLE.arn, OWN), True),
    (ROLE, (SESSION, ROOT), True),
    (ROLE, (SESSION, ROLE.arn, ROOT), True),
    (ROLE, (ROLE.arn,), False),  # "you must also specify the account"
    (ROLE, (ROOT,), False),
    (ROLE, (USER.arn, ROOT), False),
    (USER, (USER.arn, ROOT), True),
    (USER, (USER.arn,), False),
    (root(), (ROOT,), True),
    (root(), (USER.arn,), False),
    (role(OTHER), (ROLE.arn, ROOT), False),
]


@pytest.mark.parametrize(("caller", "listed", "spared"), NOT_PRINCIPAL)
def test_deny_with_not_principal(caller: Principal, listed: tuple[str, ...], spared: bool) -> None:
    assert (ask(caller, resource=policy(exempt(*listed))).effect is not DENIED) is spared


def test_not_principal_spares_nobody_with_a_boundary() -> None:
    spared = policy(exempt(ROLE.arn, ROOT), allow(to="*"))
    assert ask(resource=spared).allowed
    assert ask(resource=spared, boundary=policy(allow())).effect is DENIED


def test_not_principal_and_services() -> None:
    only = {"Effect": "Deny", "NotPrincipal": {"Service": "events.amazonaws.com"}, "Action": "*", "Resource": "*"}
    bucket = policy(only, allow(to="*"))
    assert ask(service(), resource=bucket).allowed
    assert ask(service("sns.amazonaws.com"), resource=bucket).effect is DENIED
    assert ask(ANONYMOUS, resource=bucket).effect is DENIED


def test_allow_with_not_principal_is_for_everyone_else() -> None:
    bucket = policy({"Effect": "Allow", "NotPrincipal": {"AWS": ROLE.arn}, "Action": "*", "Resource": "*"})
    assert not ask(resource=bucket).allowed
    assert ask(USER, resource=bucket).allowed
    assert ask(ANONYMOUS, resource=bucket).allowed


@pytest.mark.parametrize("listed", ["AROAEXAMPLEEXAMPLE12", f"arn:aws:sts::{OWN}:federated-user/eve"])
def test_principals_that_nobody_is(listed: str) -> None:
    """The unique id that stands for a deleted role, and federated users."""
    assert not ask(resource=policy(allow(to={"AWS": listed}))).allowed
    assert not ask(resource=policy(allow(to={"Federated": "cognito-identity.amazonaws.com"}))).allowed


def test_a_role_is_named_with_its_path() -> None:
    caller = role(name="teams/red/train")
    assert ask(caller, resource=policy(allow(to={"AWS": caller.arn}))).allowed
    assert not ask(caller, resource=policy(allow(to={"AWS": ROLE.arn}))).allowed
    without_session = role(session=None)
    assert ask(without_session, resource=policy(allow(to={"AWS": ROLE.arn}))).allowed
    assert not ask(without_session, resource=policy(allow(to={"AWS": SESSION}))).allowed
