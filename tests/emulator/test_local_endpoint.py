"""The endpoint of `rehearse pipeline` takes what is signed rightly and nothing else, as the gateway does."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials as Keys
from botocore.exceptions import ClientError

from rehearsal.accounts import Accounts
from rehearsal.local.endpoint import Endpoint
from rehearsal.local.objects import Objects

ACCOUNT = "111122223333"


class Local:
    """An endpoint, and clients of it."""

    def __init__(self, folder: Path) -> None:
        self.accounts = Accounts()
        self.owner = self.accounts.add(ACCOUNT)
        calls = {"DescribeThing": lambda caller, params: {"who": caller.arn, "got": params}}
        self.endpoint = Endpoint(self.accounts, Objects(folder), calls)

    def client(self, service: str, **keys: str) -> Any:
        given = {"key": self.owner.access_key, "secret": self.owner.secret_key} | keys
        return botocore.session.Session().create_client(
            service,
            region_name="us-east-1",
            endpoint_url=self.endpoint.url,
            aws_access_key_id=given["key"],
            aws_secret_access_key=given["secret"],
            aws_session_token=given.get("token"),
            config=Config(
                signature_version=given.get("version"), retries={"max_attempts": 0}, s3={"addressing_style": "path"}
            ),
        )

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, str]:
        connection = http.client.HTTPConnection(urlsplit(self.endpoint.url).netloc, timeout=20)
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def signed(self, service: str, method: str, path: str, body: bytes = b"", **headers: str) -> dict[str, str]:
        request = AWSRequest(method=method, url=f"{self.endpoint.url}{path}", data=body, headers=headers)
        request.headers["Host"] = urlsplit(self.endpoint.url).netloc
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        signer(Keys(self.owner.access_key, self.owner.secret_key), service, "us-east-1").add_auth(request)
        return {name: str(value) for name, value in request.headers.items()}


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    made = Local(tmp_path)
    yield made
    made.endpoint.close()


def refused(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return str(error.value.response["Error"]["Code"])


def test_objects_are_written_read_listed_and_deleted(local: Local) -> None:
    s3 = local.client("s3")
    for key in ("a b", "é+c", "d/e"):
        s3.put_object(Bucket="bench", Key=key, Body=b"0123456789")
        assert s3.head_object(Bucket="bench", Key=key)["ContentLength"] == 10
        assert s3.get_object(Bucket="bench", Key=key, Range="bytes=2-4")["Body"].read() == b"234"
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="bench")["Contents"]] == ["a b", "d/e", "é+c"]
    s3.delete_objects(Bucket="bench", Delete={"Objects": [{"Key": "a b"}, {"Key": "é+c"}]})
    assert s3.list_objects_v2(Bucket="bench")["KeyCount"] == 1
    for version in ("s3v4", "s3"):
        signing = local.client("s3", version=version)
        url = signing.generate_presigned_url("get_object", Params={"Bucket": "bench", "Key": "d/e"})
        assert ("AWSAccessKeyId=" in url) == (version == "s3")
        target = url.removeprefix(local.endpoint.url)
        assert local.send("GET", target, {}) == (200, "0123456789")
        assert local.send("GET", target.replace("d/e", "d/f"), {})[0] == 403
    identity = local.client("sts").get_caller_identity()
    assert identity["Arn"] == local.owner.arn
    assert identity["UserId"] == local.owner.user_id


def test_wrong_keys_secrets_and_tokens_are_refused(local: Local) -> None:
    local.client("s3").put_object(Bucket="bench", Key="k", Body=b"x")
    get = {"Bucket": "bench", "Key": "k"}
    assert refused(local.client("s3", key="AKIANOBODY").get_object, **get) == "InvalidAccessKeyId"
    assert refused(local.client("s3", secret="guess").get_object, **get) == "SignatureDoesNotMatch"
    assert refused(local.client("s3", token="more").get_object, **get) == "InvalidToken"
    role = local.accounts.session(f"arn:aws:iam::{ACCOUNT}:role/r", "s")
    without = local.client("s3", key=role.access_key, secret=role.secret_key)
    assert refused(without.get_object, **get) == "InvalidToken"
    assert refused(local.client("sts", secret="guess").get_caller_identity) == "SignatureDoesNotMatch"
    assert refused(local.client("sqs").list_queues) == "UnknownOperationException"


def test_requests_that_are_not_what_was_signed_are_refused(local: Local) -> None:
    local.client("s3").put_object(Bucket="bench", Key="k", Body=b"secret")
    right = local.signed("s3", "GET", "/bench/k")
    assert local.send("GET", "/bench/k", right) == (200, "secret")
    for method, target, headers, code in (
        ("GET", "/bench/other", right, 403),
        ("GET", "/bench/k?acl", right, 403),
        ("DELETE", "/bench/k", right, 403),
        ("GET", "/bench/k", right | {"Host": "example.org"}, 400),
        ("GET", "/bench/k", right | {"x-amz-copy-source": "bench/k"}, 403),
        ("GET", "/bench/k", right | {"X-Amz-Date": "20200101T000000Z"}, 403),
        ("GET", "/bench/k", {}, 403),
        ("GET", "/bench/../bench/k", right, 403),
    ):
        status, text = local.send(method, target, headers)
        assert status >= 400, (method, target, text)
        assert "secret" not in text
        assert code <= status
    body = b'{"a": 1}'
    headers = local.signed(
        "sagemaker",
        "POST",
        "/",
        body,
        **{"X-Amz-Target": "SageMaker.DescribeThing", "Content-Type": "application/x-amz-json-1.1"},
    )
    assert local.send("POST", "/", headers, body)[0] == 200
    assert local.send("POST", "/", headers, b'{"a": 2}')[0] == 400
    assert local.send("POST", "/", headers | {"X-Amz-Target": "SageMaker.Other"}, body)[0] == 400
    assert local.send("POST", "/?Action=GetCallerIdentity", headers, body)[0] == 400


@pytest.mark.parametrize("body", [b"[]", b"{", b"null"])
def test_parameters_that_are_none_are_refused(local: Local, body: bytes) -> None:
    headers = local.signed("sagemaker", "POST", "/", body, **{"X-Amz-Target": "SageMaker.DescribeThing"})
    status, text = local.send("POST", "/", headers, body)
    assert status == 400
    assert "SerializationException" in text
