"""Roles that commands take: their credentials are renewed, for rollouts of hours."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from model_cicd.operate.access import Access, DeniedError

ROLE = "arn:aws:iam::333333333333:role/deploy"
IDENTITY = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::111111111111:user/me</Arn><UserId>ME</UserId><Account>111111111111</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""
ASSUMED = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIA{number}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
<Expiration>{expires}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
DENIED = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>"""


class Sts(ThreadingHTTPServer):
    """Hands out credentials that are due for renewal at once, and keeps the keys that sign other calls."""

    def __init__(self) -> None:
        self.assumed, self.allowed, self.keys = 0, True, list[str]()
        super().__init__(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, body: str, key: str) -> tuple[int, str]:
        if "Action=GetCallerIdentity" in body:
            return 200, IDENTITY
        if "Action=AssumeRole" in body:
            self.assumed += 1
            expires = (datetime.now(UTC) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
            return (200, ASSUMED.format(number=self.assumed, expires=expires)) if self.allowed else (403, DENIED)
        self.keys.append(key)
        return 200, json.dumps({"pipelines": []})


class Answer(BaseHTTPRequestHandler):
    server: Sts

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        found = re.search(r"Credential=([^/]+)/", self.headers.get("Authorization", ""))
        status, text = self.server.answer(body, found[1] if found else "")
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sts]:
    server = Sts()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAME")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    yield server
    server.shutdown()
    server.server_close()


def test_the_credentials_of_a_role_are_renewed(sts: Sts) -> None:
    client = Access(region="us-east-1").as_role("codepipeline", role_arn=ROLE, region="us-east-1")
    for _ in range(3):
        client.list_pipelines()
    assert len(set(sts.keys)) == 3
    assert all(key.startswith("ASIA") for key in sts.keys)


def test_a_role_that_the_caller_may_not_take_is_said_at_once(sts: Sts) -> None:
    sts.allowed = False
    with pytest.raises(DeniedError, match="user/me may not sts:AssumeRole on arn"):
        Access(region="us-east-1").as_role("codepipeline", role_arn=ROLE, region="us-east-1")


def test_a_role_that_is_asked_for_at_the_start_is_renewed_too(sts: Sts) -> None:
    access = Access(region="us-east-1", role_arn=ROLE)
    client = access.client("codepipeline", account=access.account, region="us-east-1")
    client.list_pipelines()
    client.list_pipelines()
    assert len(set(sts.keys)) == 2
