"""Attacks over plain HTTP: each asks for one thing in a way that could be decided as another. None is answered."""

from __future__ import annotations

import datetime
import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.accounts import Credentials
from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.refusals import MODELS
from tests.emulator.raw import JSON, Raw, form_call, json_call, presigned, send, signed
from tests.emulator.roles import trusting

TOOLING, PROD, STRANGER = "111111111111", "222222222222", "999999999999"
REGION = "us-east-1"
BUCKET = "attacked"


@pytest.fixture(scope="module")
def world() -> Iterator[EmbeddedAws]:
    made = EmbeddedAws(accounts=[TOOLING, PROD], strangers=[STRANGER])
    s3 = made.client("s3", account=PROD, region=REGION)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="mine/a", Body=b"mine")
    s3.put_object(Bucket=BUCKET, Key="secret/b", Body=b"the secret")
    made.client("codecommit", account=TOOLING, region=REGION).create_repository(repositoryName="code")
    yield made
    made.close()


@pytest.fixture
def stranger(world: EmbeddedAws) -> Credentials:
    return world.accounts.add(STRANGER)


@pytest.fixture
def prod(world: EmbeddedAws) -> Credentials:
    return world.accounts.add(PROD)


def role(world: EmbeddedAws, name: str, *statements: dict[str, Any]) -> Credentials:
    """A session of a role of the account prod that may do what the statements say."""
    iam = world.client("iam", account=PROD, region=REGION)
    trust = trusting("codebuild.amazonaws.com")
    try:
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    except ClientError:
        arn = f"arn:aws:iam::{PROD}:role/{name}"
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=document)
    return world.accounts.session(arn, "attack")


def allow(action: str | list[str], resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def call(world: EmbeddedAws, who: Credentials, service: str = "sts") -> Raw:
    """What the caller may do: its identity."""
    assert service == "sts"
    return form_call(world, who, "sts", "Action=GetCallerIdentity&Version=2011-06-15")


# --- one signature, of one scope ---------------------------------------------------------------------------------


def test_the_services_of_the_parser_are_those_of_the_authorization_map() -> None:
    import botocore.session

    from rehearsal.aws_request import SERVICES, TARGETS
    from rehearsal.iam.table import TABLE

    assert {*TABLE, "s3"} == SERVICES
    session = botocore.session.Session()
    for service, prefix in TARGETS.items():
        assert session.get_service_model(MODELS.get(service, service)).metadata["targetPrefix"] == prefix


def test_two_scopes_in_one_header_are_refused(world: EmbeddedAws) -> None:
    """Decided as ecr by the last scope, run as iam by the first."""
    limited = role(world, "ecr-only", allow("ecr:*"))
    body = "Action=ListRoles&Version=2010-05-08"
    target = {
        "X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
        "Content-Type": "text/plain",
    }
    honest = signed(world, limited, "ecr", target=f"/?{body}", headers=target, body=b"{}")
    scope = f"{limited.access_key}/{honest.header('X-Amz-Date')[:8]}/{REGION}"
    for first, second in (("iam", "ecr"), ("ecr", "iam")):
        header = (
            f"AWS4-HMAC-SHA256 Credential={scope}/{first}/aws4_request, Credential={scope}/{second}/aws4_request, "
            f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
        )
        for request in (
            honest.with_header("Authorization", header),
            honest.with_header(
                "Authorization", f"x {scope}/{first}/aws4_request Credential={scope}/{second}/aws4_request"
            ),
            honest.and_header("Authorization", header),
        ):
            answer = send(world, request)
            assert answer.status in (400, 403), answer.text
            assert "ListRolesResult" not in answer.text


def test_a_header_and_a_signed_url_together_are_refused(world: EmbeddedAws, prod: Credentials) -> None:
    in_url = presigned(world, prod, f"/{BUCKET}/mine/a")
    in_header = signed(world, prod, "s3", method="GET", target=f"/{BUCKET}/mine/a")
    assert send(world, in_url).body == b"mine"
    answer = send(world, replace(in_url, headers=in_header.headers))
    assert answer.status == 400
    assert "Only one auth mechanism allowed" in answer.text


@pytest.mark.parametrize("name", ["x-amz-signature", "X-AMZ-CREDENTIAL", "X-Amz-Date"])
def test_parts_of_a_signed_url_are_refused_on_their_own(world: EmbeddedAws, prod: Credentials, name: str) -> None:
    request = signed(world, prod, "s3", method="GET", target=f"/{BUCKET}/mine/a?{name}=x")
    assert send(world, request).status in (400, 403)


@pytest.mark.parametrize(
    "service", ["moto_api", "kinesis", "lambda", "instance_metadata", "S3", "s3-control", "execute-api"]
)
def test_other_services_are_refused(world: EmbeddedAws, prod: Credentials, service: str) -> None:
    body = b"{}"
    answer = send(world, json_call(world, prod, service, "DynamoDB_20120810.ListTables", body))
    assert answer.status in (400, 403), answer.text


@pytest.mark.parametrize("region", ["..", "../..", "us-east-9", "US-EAST-1", "us-east-1%2f..", "", "aws-global", "."])
def test_other_regions_are_refused_and_reach_nothing(world: EmbeddedAws, stranger: Credentials, region: str) -> None:
    """A region `..` made the path of the stranger's repository that of all accounts' repositories."""
    for operation in ("CreateRepository", "DeleteRepository"):
        body = json.dumps({"repositoryName": TOOLING}).encode()
        answer = send(
            world, json_call(world, stranger, "codecommit", f"CodeCommit_20150413.{operation}", body, region=region)
        )
        assert answer.status in (400, 403), answer.text
    repositories = world.directory / "git" / TOOLING / REGION / "code"
    assert (repositories / "HEAD").is_file()
    assert not (world.directory / "git" / STRANGER).exists()


# --- moto's own doors --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/moto-api/data.json"),
        ("POST", "/moto-api/reset"),
        ("GET", "/moto-api/"),
        ("POST", "/moto-api/config"),
        ("POST", "//moto-api/reset"),
        ("POST", "/%6doto-api/reset"),
        ("POST", "/moto-api%2freset"),
        ("GET", "/latest/meta-data/iam/security-credentials/"),
        ("GET", "/latest/api/token"),
        ("GET", "/favicon.ico"),
    ],
)
@pytest.mark.parametrize("service", ["s3", "ssm", "iam"])
def test_paths_of_motos_own_are_refused(
    world: EmbeddedAws, stranger: Credentials, service: str, method: str, target: str
) -> None:
    request = signed(world, stranger, service, method=method, target=target)
    assert send(world, request).status in (400, 403, 404)
    buckets = world.client("s3", account=PROD, region=REGION).list_buckets()["Buckets"]
    assert BUCKET in [each["Name"] for each in buckets]


@pytest.mark.parametrize(
    "host",
    [
        "moto_api", "iam.amazonaws.com", "iam", "s3.amazonaws.com", "secretsmanager.us-east-1.amazonaws.com",
        "localhost", f"{BUCKET}.s3.amazonaws.com", f"{BUCKET}.localhost", "127.0.0.1", "evil", "", "127.0.0.1:1",
    ],
)  # fmt: skip
def test_other_hosts_are_refused(world: EmbeddedAws, prod: Credentials, host: str) -> None:
    assert send(world, call(world, prod)).status == 200
    assert send(world, call(world, prod).with_header("Host", host)).status == 400


def test_a_host_in_the_request_line_is_refused(world: EmbeddedAws, prod: Credentials) -> None:
    honest = call(world, prod)
    for target in ("http://iam.amazonaws.com/", "//iam.amazonaws.com/", "iam.amazonaws.com:80", "*"):
        assert send(world, replace(honest, target=target)).status in (400, 403, 501)


@pytest.mark.parametrize("name", ["X-Moto-Account-Id", "x-moto-account-id", "X-MOTO-Anything"])
def test_headers_of_motos_own_are_refused(world: EmbeddedAws, stranger: Credentials, name: str) -> None:
    request = signed(world, stranger, "s3", method="GET", headers={name: PROD})
    assert send(world, request).status == 400


def test_no_header_but_those_of_aws_changes_anything(world: EmbeddedAws, stranger: Credentials) -> None:
    """Region in the User-Agent, methods, hosts and schemes of proxies."""
    ssm = world.client("ssm", account=STRANGER, region="eu-west-1")
    ssm.put_parameter(Name="/here", Value="x", Type="String")
    body = json.dumps({"Name": "/here"}).encode()
    honest = json_call(world, stranger, "ssm", "AmazonSSM.GetParameter", body, region="eu-west-1")
    assert send(world, honest).status == 200
    for name, value in {
        "User-Agent": "Boto3 region/us-west-2",
        "X-HTTP-Method-Override": "DELETE",
        "X-Method-Override": "DELETE",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "iam.amazonaws.com",
        "Forwarded": "host=iam.amazonaws.com;proto=https",
        "X-Original-URL": "/moto-api/reset",
        "Action": "DeleteParameter",
    }.items():
        assert send(world, honest.and_header(name, value)).status == 200, name
    assert ssm.get_parameter(Name="/here")["Parameter"]["Value"] == "x"


# --- one operation -----------------------------------------------------------------------------------------------


def test_an_action_beside_the_target_is_not_run(world: EmbeddedAws) -> None:
    """moto prefers an Action of the query, of a form, and even of a JSON text to X-Amz-Target."""
    reader = role(world, "ssm-reader", allow("ssm:GetParameter"))
    ssm = world.client("ssm", account=PROD, region=REGION)
    ssm.put_parameter(Name="/kept", Value="x", Type="String", Overwrite=True)
    target = "AmazonSSM.GetParameter"
    smuggled = json.dumps({"Name": "/kept", "x": "&Action=DeleteParameter&Name=/kept&y="}).encode()
    attempts = [
        signed(
            world,
            reader,
            "ssm",
            target="/?Action=DeleteParameter",
            body=b'{"Name": "/kept"}',
            headers={"X-Amz-Target": target, "Content-Type": JSON},
        ),
        json_call(world, reader, "ssm", target, smuggled),
        signed(
            world,
            reader,
            "ssm",
            body=b"Action=DeleteParameter&Name=/kept",
            headers={"X-Amz-Target": target, "Content-Type": "application/x-www-form-urlencoded"},
        ),
    ]
    for each in attempts:
        send(world, each)
        assert ssm.get_parameter(Name="/kept")["Parameter"]["Value"] == "x"


@pytest.mark.parametrize(
    "target",
    [
        "SageMaker.GetParameter",
        "AmazonSSM",
        "AmazonSSM.",
        ".GetParameter",
        "x.AmazonSSM.GetParameter",
        "AmazonSSM.Get Parameter",
    ],
)
def test_the_target_must_be_the_services(world: EmbeddedAws, prod: Credentials, target: str) -> None:
    answer = send(world, json_call(world, prod, "ssm", target, b'{"Name": "/kept"}'))
    assert answer.status == 400
    assert "UnknownOperationException" in answer.text


def test_an_action_in_query_and_form_is_refused(world: EmbeddedAws) -> None:
    limited = role(world, "lister", allow("iam:ListRoles"))
    body = "Action=ListRoles&Version=2010-05-08"
    for request in (
        form_call(world, limited, "iam", body, target="/?Action=CreateUser&UserName=evil"),
        form_call(world, limited, "iam", f"{body}&Action=CreateUser&UserName=evil"),
        form_call(world, limited, "iam", "Action=CreateUser&UserName=evil", target=f"/?{body}"),
        form_call(world, limited, "iam", body, method="PUT"),
        signed(world, limited, "iam", body=body.encode(), headers={"Content-Type": JSON}),
        signed(world, limited, "iam", body=body.encode(), headers={"X-Amz-Target": "IAM.CreateUser"}),
    ):
        assert send(world, request).status == 400
    users = world.client("iam", account=PROD, region=REGION).list_users()["Users"]
    assert "evil" not in [each["UserName"] for each in users]


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"Name": "a", "Name": "b"}', b"\xff", b"1", b'"x"', b"[" * 100_000])
def test_bodies_that_are_no_object_are_refused(world: EmbeddedAws, prod: Credentials, body: bytes) -> None:
    assert send(world, json_call(world, prod, "ssm", "AmazonSSM.GetParameter", body)).status == 400


def test_a_compressed_body_is_decided_as_it_is_run(world: EmbeddedAws, prod: Credentials) -> None:
    body = gzip.compress(b"Action=GetCallerIdentity&Version=2011-06-15")
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"}
    assert send(world, signed(world, prod, "sts", body=body, headers=headers)).status == 200
    bomb = gzip.compress(b"a" * (64 << 20))
    assert send(world, signed(world, prod, "sts", body=bomb, headers=headers)).status == 413


# --- one message -------------------------------------------------------------------------------------------------


def test_messages_of_two_lengths_and_repeated_headers_are_refused(world: EmbeddedAws, prod: Credentials) -> None:
    honest = call(world, prod)
    for name, value in {
        "Transfer-Encoding": "chunked",
        "Content-Length": "0",
        "Host": "iam.amazonaws.com",
        "X-Amz-Date": honest.header("X-Amz-Date"),
        "Content-Type": JSON,
        "X-Amz-Security-Token": "x",
    }.items():
        assert send(world, honest.and_header(name, value)).status in (400, 403), name
    for wrong in ("-1", "1e3", "+5", "5, 5", "0x10", str(10**13)):
        assert send(world, honest.with_header("Content-Length", wrong)).status == 400
    folded = honest.bytes().replace(b"\r\n\r\n", b"\r\nX-A: b\r\n c\r\n\r\n", 1)
    assert send(world, folded).status == 400
    spaced = honest.bytes().replace(b"Content-Type:", b"Content-Type :", 1)
    assert send(world, spaced).status == 400
    nul = honest.bytes().replace(b"\r\n\r\n", b"\r\nX-A: b\0c\r\n\r\n", 1)
    assert send(world, nul).status == 400


# --- the signature -----------------------------------------------------------------------------------------------


def test_signatures_secrets_and_tokens_are_verified(world: EmbeddedAws, prod: Credentials) -> None:
    session = role(world, "anybody", allow("*"))
    other = role(world, "somebody", allow("*"))
    assert send(world, call(world, session)).status == 200
    for wrong, code in {
        replace(prod, secret_key="wrong"): "SignatureDoesNotMatch",
        replace(session, secret_key=other.secret_key): "SignatureDoesNotMatch",
        replace(session, session_token=None): "InvalidClientTokenId",
        replace(session, session_token=other.session_token): "InvalidClientTokenId",
        replace(session, session_token=str(session.session_token)[:-1]): "InvalidClientTokenId",
        replace(prod, session_token=session.session_token): "InvalidClientTokenId",
        replace(prod, access_key="AKIAAAAAAAAAAAAAAAAA"): "InvalidClientTokenId",
    }.items():
        answer = send(world, call(world, wrong))
        assert (answer.status, code in answer.text) == (403, True), answer.text


def test_whatever_is_changed_after_signing_is_refused(world: EmbeddedAws, prod: Credentials) -> None:
    honest = call(world, prod)
    s3 = signed(world, prod, "s3", method="PUT", target=f"/{BUCKET}/mine/new?tagging", body=b"<Tagging/>")
    changed = [
        replace(honest, body=honest.body.replace(b"Get", b"Set")),
        honest.with_header("Authorization", honest.header("Authorization")[:-1] + "0g"),
        honest.with_header("Authorization", honest.header("Authorization").replace("us-east-1", "us-west-2")),
        honest.with_header("Authorization", honest.header("Authorization").replace("host;", "")),
        honest.with_header("X-Amz-Date", time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + 7))),
        honest.and_header("X-Amz-Anything", "unsigned"),
        replace(s3, target=f"/{BUCKET}/secret/b?tagging"),
        replace(s3, target=f"/{BUCKET}/mine/new"),
        replace(s3, method="DELETE"),
        replace(s3, body=b"<tagging/>"),
        s3.and_header("x-amz-copy-source", f"/{BUCKET}/secret/b"),
    ]
    for number, each in enumerate(changed):
        assert send(world, each).status in (400, 403), number
    assert send(world, honest).status == 200


def test_requests_of_another_time_are_refused(
    world: EmbeddedAws, prod: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    import botocore.auth

    for minutes, good in ((-4, True), (4, True), (-6, False), (6, False), (-24 * 60, False)):
        shifted = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(minutes=minutes)
        with monkeypatch.context() as patched:
            clock = SimpleNamespace(datetime=SimpleNamespace(utcnow=lambda at=shifted: at))
            patched.setattr(botocore.auth, "datetime", clock)
            request = call(world, prod)
        answer = send(world, request)
        assert (answer.status == 200) == good, (minutes, answer.text)


def test_a_session_ends(world: EmbeddedAws) -> None:
    role(world, "short", allow("*"))
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=1)
    ended = world.accounts.session(f"arn:aws:iam::{PROD}:role/short", "late", (), past)
    answer = send(world, call(world, ended))
    assert (answer.status, "ExpiredToken" in answer.text) == (403, True)


def test_caller_identity_shows_no_key(world: EmbeddedAws, prod: Credentials) -> None:
    session = role(world, "shown", allow("*"))
    for who, begins in ((prod, "AIDA"), (session, "AROA")):
        shown = send(world, call(world, who)).text
        assert who.access_key not in shown
        assert f"<UserId>{begins}" in shown
    assert ":attack</UserId>" in send(world, call(world, session)).text


# --- signed URLs -------------------------------------------------------------------------------------------------


def test_signed_urls_read_and_write_what_was_signed(world: EmbeddedAws, prod: Credentials) -> None:
    put = replace(presigned(world, prod, f"/{BUCKET}/mine/put", method="PUT"), body=b"new")
    put = put.and_header("Content-Length", "3")
    assert send(world, put).status == 200
    get = presigned(world, prod, f"/{BUCKET}/mine/put")
    assert send(world, get).body == b"new"
    token = presigned(world, role(world, "url", allow("s3:GetObject")), f"/{BUCKET}/mine/put")
    assert send(world, token).body == b"new"
    for bent in (
        replace(get, target=get.target.replace("mine/put", "secret/b")),
        replace(get, target=get.target.replace("Expires=300", "Expires=3000")),
        replace(get, method="DELETE"),
        replace(get, target=get.target + "&versionId=null"),
        replace(token, target=token.target.partition("&X-Amz-Security-Token")[0] + "&X-Amz-Signature=" + "0" * 64),
        get.and_header("x-amz-security-token", "x"),
    ):
        assert send(world, bent).status in (400, 403)
    ended = presigned(world, prod, f"/{BUCKET}/mine/put", seconds=0)
    time.sleep(1.1)
    answer = send(world, ended)
    assert (answer.status, "Request has expired" in answer.text) == (403, True)


# --- S3 ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def mine(world: EmbeddedAws) -> Credentials:
    """Everything on `mine/*` and the settings of the bucket, but neither its objects nor its end."""
    return role(
        world,
        "mine",
        allow("s3:*", f"arn:aws:s3:::{BUCKET}/mine/*"),
        allow(["s3:GetBucketAcl", "s3:*BucketLogging", "s3:*Analytics*", "s3:*Versioning"], f"arn:aws:s3:::{BUCKET}"),
    )


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", f"/{BUCKET}?acl&policy"),
        ("GET", f"/{BUCKET}?acl&acl"),
        ("GET", f"/{BUCKET}?acl&list-type=2"),
        ("GET", f"/{BUCKET}?analytics&id=x"),
        ("GET", f"/{BUCKET}?Acl"),
        ("GET", f"/{BUCKET}?acl&Action=DeleteBucket"),
        ("DELETE", f"/{BUCKET}?logging"),
        ("DELETE", f"/{BUCKET}?versioning"),
        ("PUT", f"/{BUCKET}?analytics&id=x"),
        ("GET", f"/{BUCKET}//secret/b"),
        ("GET", f"//{BUCKET}/secret/b"),
        ("GET", f"/{BUCKET}/mine/../secret/b"),
        ("GET", f"/{BUCKET}/mine/%2e%2e/secret/b"),
        ("GET", f"/{BUCKET}%2fsecret/b"),
        ("GET", f"/{BUCKET}/mine/a%00"),
        ("GET", f"/{BUCKET}/%ff"),
        ("GET", f"/../{BUCKET}/secret/b"),
        ("GET", f"/{BUCKET}/mine/a?versionId=null&versionId=x"),
        ("POST", f"/{BUCKET}/mine/a?delete"),
        ("OPTIONS", f"/{BUCKET}/secret/b"),
        ("PATCH", f"/{BUCKET}/secret/b"),
    ],
)
def test_s3_is_asked_one_thing(world: EmbeddedAws, mine: Credentials, method: str, target: str) -> None:
    answer = send(world, signed(world, mine, "s3", method=method, target=target))
    assert 400 <= answer.status < 500 or answer.status == 501, answer.text
    assert b"the secret" not in answer.body
    assert world.client("s3", account=PROD, region=REGION).head_object(Bucket=BUCKET, Key="secret/b")


@pytest.mark.parametrize(
    "source",
    [
        f"/{BUCKET}/secret/b?versionId=null&versionId=x", f"{BUCKET}/secret/b#mine/a", f"/{BUCKET}/secret/b?x=y",
        f"arn:aws:s3:us-east-1:{PROD}:accesspoint/x/object/secret/b", f"//{BUCKET}/secret/b", f"{BUCKET}/mine/%ff",
        f"{BUCKET}/mine/a%3FversionId=x",
    ],
)  # fmt: skip
def test_what_a_copy_reads_is_what_is_decided(world: EmbeddedAws, mine: Credentials, source: str) -> None:
    headers = {"x-amz-copy-source": source}
    answer = send(world, signed(world, mine, "s3", method="PUT", target=f"/{BUCKET}/mine/copy", headers=headers))
    assert 400 <= answer.status < 500, answer.text


def test_a_copy_of_a_key_with_a_question_mark_reads_that_key(world: EmbeddedAws, prod: Credentials) -> None:
    s3 = world.client("s3", account=PROD, region=REGION)
    s3.put_object(Bucket=BUCKET, Key="mine/q?versionId=null#x", Body=b"odd")
    s3.copy_object(Bucket=BUCKET, Key="mine/copied", CopySource={"Bucket": BUCKET, "Key": "mine/q?versionId=null#x"})
    assert s3.get_object(Bucket=BUCKET, Key="mine/copied")["Body"].read() == b"odd"


@pytest.mark.parametrize(
    "listed",
    [
        "<Object><Key> secret/b</Key></Object>",
        "<Object><Key>mine/a</Key><Key>secret/b</Key></Object>",
        "<Object><Key>mine/a</Key></Object><Thing><Object><Key>secret/b</Key></Object></Thing>",
        "<Object><Name>secret/b</Name></Object>",
        "",
    ],
)
def test_the_list_of_deletions_is_read_once(world: EmbeddedAws, listed: str) -> None:
    """A key with white space is another key for the decision, and not for moto."""
    denied = {"Effect": "Deny", "Action": "s3:*", "Resource": f"arn:aws:s3:::{BUCKET}/secret/*"}
    who = role(world, "deleter", allow("s3:*"), denied)
    body = f"<Delete>{listed}</Delete>".encode()
    answer = send(world, signed(world, who, "s3", target=f"/{BUCKET}?delete", body=body))
    assert 400 <= answer.status < 500, answer.text
    assert world.client("s3", account=PROD, region=REGION).head_object(Bucket=BUCKET, Key="secret/b")


def test_an_upload_is_that_of_its_key(world: EmbeddedAws, mine: Credentials) -> None:
    s3 = world.client("s3", account=PROD, region=REGION)
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="secret/b")["UploadId"]
    for method, query in (
        ("PUT", f"partNumber=1&uploadId={upload}"),
        ("GET", f"uploadId={upload}"),
        ("DELETE", f"uploadId={upload}"),
    ):
        answer = send(world, signed(world, mine, "s3", method=method, target=f"/{BUCKET}/mine/a?{query}", body=b""))
        assert (answer.status, "NoSuchUpload" in answer.text) == (404, True)


@pytest.mark.parametrize(
    "body", [b'<!DOCTYPE a [<!ENTITY x "y">]><Delete><Object><Key>&x;</Key></Object></Delete>', b"<Delete>", b"\0"]
)
def test_xml_that_is_none_is_refused(world: EmbeddedAws, prod: Credentials, body: bytes) -> None:
    assert send(world, signed(world, prod, "s3", target=f"/{BUCKET}?delete", body=body)).status == 400


def test_grants_of_an_upload_need_their_own_right(world: EmbeddedAws) -> None:
    putter = role(world, "putter", allow("s3:PutObject"))
    assert send(world, signed(world, putter, "s3", method="PUT", target=f"/{BUCKET}/p", body=b"x")).status == 200
    headers = {"x-amz-grant-read": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'}
    answer = send(world, signed(world, putter, "s3", method="PUT", target=f"/{BUCKET}/p", body=b"x", headers=headers))
    assert (answer.status, "s3:PutObjectAcl" in answer.text) == (403, True)


def test_no_query_makes_a_deletion_of_the_bucket(world: EmbeddedAws) -> None:
    """Decided as the deletion of a setting; moto deletes the bucket when it does not know the setting."""
    world.client("s3", account=PROD, region=REGION).create_bucket(Bucket="emptied")
    who = role(world, "all-but-end", allow("s3:*"), {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"})
    for query in ("logging", "versioning", "analytics&id=x", "accelerate", "x-id=DeletePolicy", "notification"):
        send(world, signed(world, who, "s3", method="DELETE", target=f"/emptied?{query}"))
    assert world.client("s3", account=PROD, region=REGION).head_bucket(Bucket="emptied")


# --- resources of others -----------------------------------------------------------------------------------------


def test_the_bus_of_another_account_is_not_opened(world: EmbeddedAws, stranger: Credentials) -> None:
    bus = f"arn:aws:events:{REGION}:{TOOLING}:event-bus/default"
    owner = world.client("events", account=TOOLING, region=REGION)
    owner.put_permission(Action="events:PutEvents", Principal=PROD, StatementId="prod")
    before = owner.describe_event_bus()["Policy"]
    named: dict[str, Any] = {"EventBusName": bus}
    permission = {"Action": "events:PutEvents", "Principal": STRANGER, "StatementId": "mine"}
    policy = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": []})}
    for operation, body in (
        ("PutPermission", named | permission),
        ("PutPermission", named | policy),
        ("RemovePermission", named | {"StatementId": "prod"}),
        ("RemovePermission", named | {"RemoveAllPermissions": True}),
        ("DescribeEventBus", {"Name": bus}),
        ("PutRule", named | {"Name": "r", "EventPattern": '{"source": ["x"]}'}),
        ("ListRules", named),
    ):
        answer = send(world, json_call(world, stranger, "events", f"AWSEvents.{operation}", json.dumps(body).encode()))
        assert answer.status in (400, 403), answer.text
    assert owner.describe_event_bus()["Policy"] == before


def test_put_permission_is_decided_on_its_bus(world: EmbeddedAws) -> None:
    events = world.client("events", account=PROD, region=REGION)
    for name in ("open", "closed"):
        events.create_event_bus(Name=name)
    who = role(world, "opener", allow("events:PutPermission", f"arn:aws:events:{REGION}:{PROD}:event-bus/open"))
    for name, status in (("open", 200), ("closed", 400)):
        given = {"EventBusName": name, "Action": "events:PutEvents", "Principal": PROD, "StatementId": "s"}
        request = json_call(world, who, "events", "AWSEvents.PutPermission", json.dumps(given).encode())
        assert (send(world, request).status == 200) == (status == 200)


def test_a_part_of_a_name_is_not_the_whole_resource(world: EmbeddedAws) -> None:
    """A log stream called like the ARN of an allowed one was decided as that, and written to another group."""
    logs = world.client("logs", account=PROD, region=REGION)
    for name in ("allowed", "forbidden"):
        logs.create_log_group(logGroupName=name)
    arn = f"arn:aws:logs:{REGION}:{PROD}:log-group:allowed:log-stream:a"
    who = role(world, "logger", allow("logs:*", f"arn:aws:logs:{REGION}:{PROD}:log-group:allowed:*"))
    body = json.dumps({"logGroupName": "forbidden", "logStreamName": arn}).encode()
    answer = send(world, json_call(world, who, "logs", "Logs_20140328.CreateLogStream", body))
    assert "InvalidParameterException" in answer.text  # such a name is none; nothing has to be decided
    assert logs.describe_log_streams(logGroupName="forbidden")["logStreams"] == []


def test_what_is_decided_in_another_account_is_run_there(world: EmbeddedAws) -> None:
    """A queue or secret of another account, decided there, was the one of the same name in the caller's own."""
    for account in (TOOLING, PROD):
        queue = world.client("sqs", account=account, region=REGION).create_queue(QueueName="same")["QueueUrl"]
        assert account in queue
    url = queue.replace(PROD, TOOLING)
    opened = {"Effect": "Allow", "Principal": {"AWS": PROD}, "Action": "sqs:SendMessage",
              "Resource": f"arn:aws:sqs:{REGION}:{TOOLING}:same"}  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [opened]})
    world.client("sqs", account=TOOLING, region=REGION).set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": policy}
    )
    sender = role(world, "sender", allow("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{TOOLING}:same"))
    body = json.dumps({"QueueUrl": url, "MessageBody": "hello"}).encode()
    assert send(world, json_call(world, sender, "sqs", "AmazonSQS.SendMessage", body)).status == 200
    for account, messages in ((TOOLING, 1), (PROD, 0)):
        sqs = world.client("sqs", account=account, region=REGION)
        got = sqs.receive_message(QueueUrl=queue.replace(PROD, account)).get("Messages", [])
        assert len(got) == messages, account
    other_region = {"SecretId": f"arn:aws:secretsmanager:eu-west-1:{PROD}:secret:x-abcdef"}
    who = role(world, "everywhere", allow("*"))
    request = json_call(
        world, who, "secretsmanager", "secretsmanager.GetSecretValue", json.dumps(other_region).encode()
    )
    assert (send(world, request).status, "AccessDenied" in send(world, request).text) == (403, True)


# --- names that become paths -------------------------------------------------------------------------------------

NAMES = ("..", ".", "../x", "a/b", "/etc", "a\0b", "a\nb", "a" * 5000, "", "..%2f", "~", "a\\b", "\u2025")


@pytest.mark.parametrize("name", NAMES)
def test_names_do_not_leave_their_directory(world: EmbeddedAws, tmp_path: Path, name: str) -> None:
    from rehearsal.paths import UnsafeName, below, inside

    for names in (("a", name), (name,), (name, "a")):
        with pytest.raises(UnsafeName):
            below(tmp_path, *names)
    if ".." in name.split("/") or name.startswith("/") or "\0" in name:
        with pytest.raises(UnsafeName):
            inside(tmp_path, name)
    else:
        assert inside(tmp_path, name).resolve().is_relative_to(tmp_path)
    assert below(tmp_path, "a-b_c.d", "1+2=3,4@5") == tmp_path / "a-b_c.d" / "1+2=3,4@5"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("target", "member"),
    [
        ("CodeCommit_20150413.CreateRepository", "repositoryName"),
        ("CodeCommit_20150413.DeleteRepository", "repositoryName"),
        ("CodeBuild_20161006.CreateProject", "name"),
        ("CodeBuild_20161006.StartBuild", "projectName"),
        ("SageMaker.CreateTrainingJob", "TrainingJobName"),
        ("SageMaker.CreateEndpoint", "EndpointName"),
        ("SageMaker.CreatePipeline", "PipelineName"),
    ],
)
def test_requests_write_nothing_outside(
    world: EmbeddedAws, prod: Credentials, target: str, member: str, name: str
) -> None:
    before = sorted(str(path) for path in world.directory.rglob("*"))
    service = target.partition(".")[0].partition("_")[0].lower()
    answer = send(world, json_call(world, prod, service, target, json.dumps({member: name}).encode()))
    known_good = answer.status == 200 and "DeleteRepository" in target  # what is not there is deleted
    assert known_good or 400 <= answer.status < 500, answer.text
    assert sorted(str(path) for path in world.directory.rglob("*")) == before


# --- without TLS -------------------------------------------------------------------------------------------------


def test_secure_transport_is_that_of_the_endpoint_and_of_nothing_else(world: EmbeddedAws, prod: Credentials) -> None:
    """One port stands for AWS's https endpoints, the other for its http ones; no header makes one the other."""
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::tls-only/*",
              "Condition": {"Bool": {"aws:SecureTransport": "false"}}}  # fmt: skip
    s3 = world.client("s3", account=PROD, region=REGION)
    s3.create_bucket(Bucket="tls-only")
    s3.put_object(Bucket="tls-only", Key="a", Body=b"x")
    s3.put_bucket_policy(Bucket="tls-only", Policy=json.dumps({"Version": "2012-10-17", "Statement": [denied]}))
    plain = world.open_plain_endpoint()
    for headers in ({}, {"X-Forwarded-Proto": "https"}, {"Forwarded": "proto=https"}, {"X-Forwarded-Ssl": "on"}):
        request = signed(world, prod, "s3", method="GET", target="/tls-only/a", headers=headers)
        assert send(world, request).status == 200
        request = signed(world, prod, "s3", method="GET", target="/tls-only/a", headers=headers, endpoint=plain)
        answer = send(world, request, endpoint=plain)
        assert (answer.status, "explicit deny" in answer.text) == (403, True), answer.text
        assert send(world, request).status == 400  # signed for the other host
