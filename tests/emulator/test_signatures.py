"""What is signed rightly is answered: odd keys, all forms of bodies, as botocore signs them."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials as Keys

from rehearsal import sigv4
from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.conftest import ACCOUNTS, REGION
from tests.emulator.raw import Answer, Raw, send
from tests.emulator.roles import almighty, trusting

BUCKET = "signed"
EMPTY = hashlib.sha256(b"").hexdigest()


@pytest.fixture(scope="module", autouse=True)
def bucket(client: Any) -> None:
    client("s3").create_bucket(Bucket=BUCKET)


@pytest.mark.parametrize(
    "key",
    [
        "a b",
        "a+b",
        "a%2fb",
        "a//b",
        "a/../b",
        "/a",
        "a?b#c",
        "é€",
        "a&b=c",
        "a;b,c",
        "~-_.",
        "a'(b)*!",
        'x"<>|',
        "a:b@$",
    ],
)
def test_odd_keys_are_written_read_listed_and_deleted(client: Any, key: str) -> None:
    s3 = client("s3")
    metadata = {"my_key": "1", "my-key2": "a  b"}
    s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode(), Metadata=metadata, ContentType="text/x; charset=utf-8")
    got = s3.get_object(Bucket=BUCKET, Key=key)
    assert got["Body"].read() == key.encode()
    assert got["Metadata"]["my_key"] == "1"
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET, Prefix=key)["Contents"]] == [key]
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": key})
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key}, {"Key": "copy"}]})
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)


def streamed(world: EmbeddedAws, payload: str, body: bytes, length: int, **headers: str) -> Raw:
    """A PUT in chunks, whose signature is of its headers."""
    who = world.accounts.add(ACCOUNTS[0])
    request = AWSRequest(method="PUT", url=f"{world.endpoint}/{BUCKET}/streamed", headers=headers)
    request.headers["Host"] = urlsplit(world.endpoint).netloc
    request.headers["X-Amz-Decoded-Content-Length"] = str(length)
    request.headers["Content-Encoding"] = "aws-chunked"

    class Streaming(S3SigV4Auth):
        def payload(self, request: Any) -> str:
            return payload

    Streaming(Keys(who.access_key, who.secret_key), "s3", REGION).add_auth(request)
    sent = [(name, str(value)) for name, value in request.headers.items()]
    return Raw("PUT", f"/{BUCKET}/streamed", [*sent, ("Content-Length", str(len(body)))], body)


def test_chunks_with_a_checksum_behind_them(world: EmbeddedAws, client: Any) -> None:
    body = b"5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n"
    more = {"x-amz-trailer": "x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm": "CRC32"}
    made = streamed(world, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", body, 11, **more)
    assert send(world, made).status == 200
    got = client("s3").get_object(Bucket=BUCKET, Key="streamed", ChecksumMode="ENABLED")
    assert (got["Body"].read(), got["ChecksumCRC32"]) == (b"hello world", "DUoRhQ==")
    assert "ContentEncoding" not in got
    for wrong in (body[:-30], body.replace(b"6\r\n", b"7\r\n"), body.replace(b"0\r\n", b""), body + b"more", b""):
        bent = replace(made, body=wrong).with_header("Content-Length", str(len(wrong)))
        assert send(world, bent).status == 400


def test_chunks_that_are_signed_one_by_one(world: EmbeddedAws, client: Any) -> None:
    def sent(change: bytes = b"") -> Answer:
        size = len(chunk("0" * 64, b"hello")[0] + chunk("0" * 64, b" world")[0] + chunk("0" * 64, b"")[0])
        made = streamed(world, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", b"x" * size, 11)
        before, body = made.header("Authorization").rpartition("=")[2], b""
        for content in (b"hello", b" world", b""):
            part, before = chunk(before, content, made.header("X-Amz-Date"))
            body += part
        return send(world, replace(made, body=body.replace(b"hello", change) if change else body))

    def chunk(before: str, content: bytes, time: str = "20260101T000000Z") -> tuple[bytes, str]:
        who = world.accounts.add(ACCOUNTS[0])
        scope = f"{time[:8]}/{REGION}/s3/aws4_request"
        lines = ("AWS4-HMAC-SHA256-PAYLOAD", time, scope, before, EMPTY, hashlib.sha256(content).hexdigest())
        key = sigv4.signing_key(who.secret_key, time[:8], REGION, "s3")
        signature = hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).hexdigest()
        return f"{len(content):x};chunk-signature={signature}\r\n".encode() + content + b"\r\n", signature

    assert sent().status == 200
    assert client("s3").get_object(Bucket=BUCKET, Key="streamed")["Body"].read() == b"hello world"
    answer = sent(b"jello")
    assert (answer.status, "SignatureDoesNotMatch" in answer.text) == (403, True)
    assert client("s3").get_object(Bucket=BUCKET, Key="streamed")["Body"].read() == b"hello world"


def old_url(who: Any, *, method: str = "get_object", region: str = REGION, seconds: int = 60, **params: str) -> str:
    """A URL that botocore signs with Signature Version 2."""
    session = botocore.session.Session()
    s3: Any = session.create_client(
        "s3",
        region_name=region,
        endpoint_url=who[0].endpoint,
        config=Config(signature_version="s3-query", s3={"addressing_style": "path"}),
        aws_access_key_id=who[1].access_key,
        aws_secret_access_key=who[1].secret_key,
        aws_session_token=who[1].session_token,
    )
    return str(s3.generate_presigned_url(method, Params=params, ExpiresIn=seconds))


def fetched(url: str, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
    parts = urlsplit(url)
    sent = [("Host", parts.netloc), ("Content-Length", str(len(body))), *headers.items()]
    return send_to(parts, Raw(method, f"{parts.path}?{parts.query}", sent, body))


def send_to(parts: Any, request: Raw) -> Answer:
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
    for name, value in request.headers:
        connection.putheader(name, value)
    connection.endheaders(request.body)
    answer = connection.getresponse()
    return Answer(answer.status, answer.read(), dict(answer.getheaders()))


@pytest.fixture
def owner(world: EmbeddedAws) -> tuple[EmbeddedAws, Any]:
    return world, world.accounts.add(ACCOUNTS[0])


def test_urls_of_version_2_are_answered_when_they_are_right(client: Any, owner: Any) -> None:
    s3 = client("s3")
    s3.put_object(Bucket=BUCKET, Key="old é+b", Body=b"content")
    answer = fetched(old_url(owner, Bucket=BUCKET, Key="old é+b", ResponseContentType="text/old"))
    kind = {name.lower(): value for name, value in answer.headers.items()}["content-type"]
    assert (answer.status, answer.body, kind) == (200, b"content", "text/old")
    put = fetched(old_url(owner, method="put_object", Bucket=BUCKET, Key="written"), "PUT", b"new")
    assert put.status == 200, put.text
    assert s3.get_object(Bucket=BUCKET, Key="written")["Body"].read() == b"new"
    listed = fetched(old_url(owner, method="list_objects_v2", Bucket=BUCKET, Prefix="writ"))
    assert "<Key>written</Key>" in listed.text


def test_urls_of_version_2_of_a_session_need_its_token(world: EmbeddedAws, client: Any) -> None:
    client("s3").put_object(Bucket=BUCKET, Key="session", Body=b"content")
    role = almighty(client("iam"), "old-signer", trusting("ec2.amazonaws.com"))
    url = old_url((world, world.accounts.session(role, "me")), Bucket=BUCKET, Key="session")
    assert "x-amz-security-token=" in url
    assert fetched(url).body == b"content"
    without = re.sub(r"&x-amz-security-token=[^&]*", "", url)
    assert (fetched(without).status, code_of(fetched(without))) == (400, "InvalidToken")


@pytest.mark.parametrize(
    ("pattern", "by", "code"),
    [
        (r"Signature=[^&]*", "Signature=AAAAAAAAAAAAAAAAAAAAAAAAAAA%3D", "SignatureDoesNotMatch"),
        (r"/signed/old", "/signed/other", "SignatureDoesNotMatch"),
        (r"Expires=(\d+)", r"Expires=9\1", "SignatureDoesNotMatch"),
        (r"Expires=\d+", "Expires=1", "AccessDenied"),
        (r"Expires=\d+", "Expires=soon", "AccessDenied"),
        (r"&Expires=\d+", "", "AccessDenied"),
        (r"AWSAccessKeyId=\w+", "AWSAccessKeyId=AKIANOBODY", "InvalidAccessKeyId"),
        (r"$", "&versionId=x", "SignatureDoesNotMatch"),
        (r"$", "&acl", "SignatureDoesNotMatch"),
        (r"$", "&retention", "InvalidRequest"),
        (r"$", "&x-amz-acl=public-read", "InvalidRequest"),
        (r"$", "&X-Amz-Signature=00", "IncompleteSignature"),
        (r"$", "&signature=x", "InvalidRequest"),
    ],
)
def test_urls_of_version_2_are_refused_when_they_are_bent(
    client: Any, owner: Any, pattern: str, by: str, code: str
) -> None:
    client("s3").put_object(Bucket=BUCKET, Key="old", Body=b"content")
    url = old_url(owner, Bucket=BUCKET, Key="old")
    assert fetched(url).status == 200
    answer = fetched(re.sub(pattern, by, url, count=1))
    assert answer.status >= 400
    assert code in answer.text


def test_a_header_or_method_that_was_not_signed_is_refused(client: Any, owner: Any) -> None:
    client("s3").put_object(Bucket=BUCKET, Key="old", Body=b"content")
    url = old_url(owner, Bucket=BUCKET, Key="old")
    assert code_of(fetched(url, "DELETE")) == "SignatureDoesNotMatch"
    assert code_of(fetched(url, "GET", b"", **{"x-amz-request-payer": "requester"})) == "SignatureDoesNotMatch"
    assert code_of(fetched(url, Authorization="AWS4-HMAC-SHA256 x")) == "InvalidRequest"


def test_version_2_ends_when_it_says(client: Any, owner: Any) -> None:
    client("s3").put_object(Bucket=BUCKET, Key="old", Body=b"content")
    answer = fetched(old_url(owner, seconds=-5, Bucket=BUCKET, Key="old"))
    assert (answer.status, code_of(answer)) == (403, "AccessDenied")
    assert "Request has expired" in answer.text


def test_newer_regions_and_keys_of_kms_take_version_4_alone(client: Any, owner: Any) -> None:
    there = client("s3", region="eu-central-1")
    there.create_bucket(Bucket="newer", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    answer = fetched(old_url(owner, Bucket="newer", Key="x"))
    assert (answer.status, code_of(answer)) == (400, "InvalidRequest")
    assert "Please use AWS4-HMAC-SHA256." in answer.text
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    s3 = client("s3")
    s3.put_object(Bucket=BUCKET, Key="locked", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    answer = fetched(old_url(owner, Bucket=BUCKET, Key="locked"))
    assert (answer.status, code_of(answer)) == (400, "InvalidArgument")


def code_of(answer: Answer) -> str:
    found = re.search(r"<Code>(\w+)</Code>", answer.text)
    return found[1] if found else answer.text
