"""What is signed rightly is answered: odd keys, all forms of bodies, as botocore signs them."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Keys

from rehearsal import sigv4
from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.conftest import ACCOUNTS, REGION
from tests.emulator.raw import Answer, Raw, send

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
