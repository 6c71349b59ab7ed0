"""Any bytes: what was run is what was decided, nobody without a signature is answered, and nothing breaks inside.

What was run is seen at the other end: in moto's own base class and in the operations of our services.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from moto.core.responses import BaseResponse
from moto.s3.responses import S3Response

from rehearsal.accounts import Credentials
from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.raw import FORM, JSON, Raw, presigned, send, signed
from tests.emulator.test_request_attacks import allow, role

TOOLING, PROD, STRANGER = "111111111111", "222222222222", "999999999999"
BUCKET = "fuzzed"
OTHER_NAMES = {"cloudwatch": "monitoring"}


@dataclass
class Seen:
    """What was decided and what was run, of one request after the other: service, operation, account and region."""

    decided: list[tuple[str, ...]] = field(default_factory=list)
    run: list[tuple[str, ...]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def clear(self) -> None:
        self.decided.clear()
        self.run.clear()


@pytest.fixture(scope="module")
def world() -> Iterator[EmbeddedAws]:
    made = EmbeddedAws(accounts=[TOOLING, PROD], strangers=[STRANGER])
    s3 = made.client("s3", account=PROD, region="us-east-1")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="mine/a", Body=b"mine")
    made.client("ssm", account=PROD, region="us-east-1").put_parameter(Name="/kept", Value="x", Type="String")
    yield made
    made.close()


@pytest.fixture(scope="module")
def seen(world: EmbeddedAws) -> Iterator[Seen]:
    """Spies on both ends."""
    made, patch = Seen(), pytest.MonkeyPatch()
    decide, setup = world.iam.request, BaseResponse.setup_class

    def deciding(request: Any, caller: Any) -> Any:
        checks = decide(request, caller)
        what = (request.s3.bucket, request.s3.key) if request.s3 else ()
        made.decided.append((request.service, _name(request.operation, what), caller.account, request.region, *what))
        return checks

    def running(response: Any, request: Any, *given: Any, **more: Any) -> None:
        setup(response, request, *given, **more)
        what: tuple[str, ...] = ()
        if isinstance(response, S3Response):
            response.request = request
            what = (response.parse_bucket_name_from_url(request, request.raw_url) or "", response.parse_key_name())
        service = OTHER_NAMES.get(str(response.service_name), str(response.service_name))
        operation = _name(f"{request.method} /" if what else str(response._get_action()), what)
        made.run.append((service, operation, response.current_account, response.region, *what))

    def own(service: str, name: str, call: Any) -> Any:
        def called(caller: Any, params: Any) -> Any:
            made.run.append((service, name, caller.account, caller.region))
            return call(caller, params)

        return called

    patch.setattr(world.iam, "request", deciding)
    patch.setattr(BaseResponse, "setup_class", running)
    operations = world.gateway._operations
    wrapped = {(service, name): own(service, name, call) for (service, name), call in operations.items()}
    patch.setattr(world.gateway, "_operations", wrapped)
    yield made
    patch.undo()


def _name(operation: str, what: tuple[str, ...]) -> str:
    return operation.partition(" ")[0] if what else operation


@pytest.fixture(scope="module")
def callers(world: EmbeddedAws) -> dict[str, Credentials]:
    """Who asks: those that may do something, and those whose requests nobody signed."""
    limited = role(world, "fuzz", allow(["ssm:GetParameter", "iam:ListRoles", "s3:*", "sts:*", "codecommit:List*"]))
    prod = world.accounts.add(PROD)
    return {
        "prod": prod,
        "role": limited,
        "stranger": world.accounts.add(STRANGER),
        "nobody": replace(prod, access_key="AKIAAAAAAAAAAAAAAAAA"),
        "forger": replace(prod, secret_key="0" * 40),
        "thief": replace(limited, session_token=None),
    }


NOT_SIGNED = ("nobody", "forger", "thief")

# service, method, target, content type, X-Amz-Target, body
CALLS = [
    ("ssm", "POST", "/", JSON, "AmazonSSM.GetParameter", b'{"Name": "/kept"}'),
    ("ssm", "POST", "/", JSON, "AmazonSSM.DescribeParameters", b"{}"),
    ("iam", "POST", "/", FORM, None, b"Action=ListRoles&Version=2010-05-08"),
    ("sts", "POST", "/", FORM, None, b"Action=GetCallerIdentity&Version=2011-06-15"),
    ("sts", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15", None, None, b""),
    ("codecommit", "POST", "/", JSON, "CodeCommit_20150413.ListRepositories", b"{}"),
    ("events", "POST", "/", JSON, "AWSEvents.ListRules", b"{}"),
    ("monitoring", "POST", "/", FORM, None, b"Action=ListMetrics&Version=2010-08-01"),
    ("kms", "POST", "/", JSON, "TrentService.ListKeys", b"{}"),
    ("s3", "GET", "/", None, None, b""),
    ("s3", "GET", f"/{BUCKET}?list-type=2", None, None, b""),
    ("s3", "GET", f"/{BUCKET}/mine/a", None, None, b""),
    ("s3", "HEAD", f"/{BUCKET}/mine/a", None, None, b""),
    ("s3", "PUT", f"/{BUCKET}/mine/b", "text/plain", None, b"content"),
    ("s3", "DELETE", f"/{BUCKET}/mine/b", None, None, b""),
    ("s3", "POST", f"/{BUCKET}?delete", None, None, b"<Delete><Object><Key>mine/c</Key></Object></Delete>"),
]

TEXTS = st.sampled_from([
    "", "iam", "s3", "us-west-2", "..", "/moto-api/reset", "/moto-api/data.json", "127.0.0.1", "iam.amazonaws.com",
    "https", "chunked", "gzip", "identity", "0", "5", "-1", JSON, FORM, "multipart/form-data; boundary=x",
    "text/xml", PROD, "DELETE", "AmazonSSM.DeleteParameter", "Boto3 region/us-west-2", "100-continue", "bytes=0-1",
    f"/{BUCKET}/mine/a", "UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "aws-chunked", "x\r\n y",
    "\xff", "a" * 300,
]) | st.text(max_size=12)  # fmt: skip
NAMES = st.sampled_from([
    "Host", "Authorization", "X-Amz-Target", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256",
    "Content-Type", "Content-Length", "Transfer-Encoding", "Content-Encoding", "X-Moto-Account-Id",
    "X-HTTP-Method-Override", "User-Agent", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Expect",
    "Action", "Range", "x-amz-copy-source", "X_Amz_Target", "x-amz-acl", "x-amz-meta-a_b", "Date", "Connection",
    "Upgrade", "Content-MD5", "X-Amz-Decoded-Content-Length",
])  # fmt: skip
TARGETS = st.sampled_from([
    "/", "//", "/moto-api/reset", "/moto-api/data.json", "/favicon.ico", "/latest/meta-data/", "/latest/api/token",
    "/?Action=DeleteUser", "/?Action=ListUsers&Version=2010-05-08", f"/{BUCKET}", f"/{BUCKET}/",
    f"/{BUCKET}?acl&policy", f"/{BUCKET}?policy", f"/{BUCKET}?Policy", f"/{BUCKET}?delete", f"/{BUCKET}/mine%2fa",
    f"/{BUCKET}//mine/a", "/%2e%2e/x", f"/{BUCKET}/../x", f"/{BUCKET}/mine/a?versionId=null",
    f"/{BUCKET}/mine/a?uploads", f"/{BUCKET}/a?uploadId=x&partNumber=1", f"/{BUCKET}/mine/a+b?prefix=a+b",
    f"/{BUCKET}/%E2%82%AC%20?x-id=GetObject", f"http://iam.amazonaws.com/{BUCKET}", "*",
    "/endpoints/x/invocations", f"/{BUCKET}/mine/a#b", f"/{BUCKET}?list-type=2&prefix=%00",
    f"/{BUCKET}?tagging&x-id=a",
])  # fmt: skip
BODIES = st.sampled_from([
    b"", b"{}", b"[]", b"{", b"\xff\xfe", b"Action=DeleteUser&UserName=x", b'{"Name": "/kept", "Name": "/x"}',
    b"<a/>", b'{"Name": "/kept", "a": "&Action=DeleteParameter&Name=/kept"}', b"Action=ListRoles&Action=ListUsers",
    b"<Delete><Object><Key> mine/a</Key></Object></Delete>", b"5\r\nhello\r\n0\r\n\r\n", b"null", b'{"Name": 5}',
    b"Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Signature=x",
])  # fmt: skip

# what is bent before it is signed (the caller itself lies), and after (somebody else does)
BENDS = st.lists(
    st.tuples(st.sampled_from(["header", "more header"]), NAMES, TEXTS)
    | st.tuples(st.just("target"), TARGETS, st.just(""))
    | st.tuples(st.just("body"), BODIES, st.just(""))
    | st.tuples(
        st.just("method"), st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "x"]), st.just("")
    ),
    max_size=3,
)


@dataclass(frozen=True)
class Attempt:
    """A call by somebody, bent before and after it is signed, in its header or its URL."""

    call: tuple[Any, ...]
    who: str
    before: list[tuple[str, Any, str]]
    after: list[tuple[str, Any, str]]
    in_url: bool

    def signed(self, world: EmbeddedAws, who: Credentials) -> Raw:
        """The request."""
        service, method, target, content_type, operation, body = self.call
        headers = {"Content-Type": content_type, "X-Amz-Target": operation}
        asked = Raw(method, target, [(name, value) for name, value in headers.items() if value], body)
        asked = bent(asked, self.before)
        if not asked.target.startswith("/"):  # botocore signs no such target
            asked = replace(asked, target="/")
        if self.in_url and service == "s3":
            made = presigned(world, who, asked.target, method=asked.method)
            made = replace(made, headers=[*made.headers, *asked.headers], body=asked.body)
        else:
            given = {name: value for name, value in asked.headers if value.isprintable()}
            made = signed(world, who, service, method=asked.method, target=asked.target, body=asked.body, headers=given)
        return bent(made, self.after)


#: the same requests in each run, others with FUZZ=random
DERANDOMIZE = os.environ.get("FUZZ") != "random"
ATTEMPTS = st.builds(
    Attempt,
    st.sampled_from(CALLS),
    st.sampled_from(["prod", "role", "stranger", *NOT_SIGNED]),
    BENDS,
    st.just([]) | BENDS,
    st.booleans(),
)
SMUGGLED = b'{"Name": "/kept", "a": "&Action=DeleteParameter&Name=/kept"}'


@settings(max_examples=400, derandomize=DERANDOMIZE, deadline=None, suppress_health_check=list(HealthCheck))
@given(ATTEMPTS)
@example(Attempt(CALLS[0], "role", [("body", SMUGGLED, "")], [], False))
@example(Attempt(("s3", "PUT", "/no-bucket-yet", "text/plain", None, b"no XML"), "prod", [], [], False))
@example(Attempt(CALLS[0], "role", [("target", "/?Action=DeleteUser", "")], [], False))
@example(Attempt(CALLS[11], "stranger", [("header", "X-Moto-Account-Id", PROD)], [], False))
@example(Attempt(CALLS[11], "prod", [], [("target", "/moto-api/data.json", "")], False))
def test_what_is_run_was_decided(
    world: EmbeddedAws, seen: Seen, callers: dict[str, Credentials], attempt: Attempt
) -> None:
    seen.clear()
    answer = send(world, attempt.signed(world, callers[attempt.who]))
    assert answer.status < 500, (answer.status, answer.text)
    assert len(seen.run) <= 1
    assert [each for each in seen.run if each not in seen.decided] == []
    if 200 <= answer.status < 300:
        assert attempt.who not in NOT_SIGNED
        assert len(seen.decided) == 1


def bent(request: Raw, bends: list[tuple[str, Any, str]]) -> Raw:
    """With some of it exchanged."""
    for kind, first, second in bends:
        if kind == "header":
            request = request.with_header(first, second)
        elif kind == "more header":
            request = request.and_header(first, second)
        elif kind == "body":
            request = replace(request, body=first)
            if any(name == "Content-Length" for name, _ in request.headers):
                request = request.with_header("Content-Length", str(len(first)))
        else:
            request = replace(request, **{kind: first})
    return request


@settings(max_examples=150, derandomize=DERANDOMIZE, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.binary(max_size=40) | st.sampled_from([
    b"GET ", b"POST ", b"/ ", b"/moto-api/reset ", b"HTTP/1.1\r\n", b"HTTP/9.9\r\n", b"\r\n", b"\0", b":",
    b"Host: 127.0.0.1\r\n", b"Authorization: AWS4-HMAC-SHA256 Credential=",
    b"Content-Length: 10\r\n",
    b"Transfer-Encoding: chunked\r\n",
]), max_size=12))  # fmt: skip
def test_bytes_that_are_no_request_are_not_answered(world: EmbeddedAws, seen: Seen, parts: list[bytes]) -> None:
    seen.clear()
    answer = send(world, b"".join(parts))
    assert answer.status == 0 or 400 <= answer.status < 500 or answer.status == 505, answer.text
    assert (seen.decided, seen.run) == ([], [])


def test_the_spies_see_a_request(world: EmbeddedAws, seen: Seen, callers: dict[str, Credentials]) -> None:
    """So that the tests above can fail."""
    for service, method, target, content_type, operation, body in CALLS:
        seen.clear()
        headers = {
            name: value for name, value in (("Content-Type", content_type), ("X-Amz-Target", operation)) if value
        }
        request = signed(world, callers["prod"], service, method=method, target=target, body=body, headers=headers)
        answer = send(world, request)
        assert 200 <= answer.status < 300, (operation, answer.text)
        assert len(seen.run) == 1
        assert seen.run == seen.decided, json.dumps([seen.run, seen.decided])
