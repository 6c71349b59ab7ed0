"""Lets an SDK believe that it speaks to AWS: what it uploads to S3 is kept as files, nothing leaves the machine."""

import io
import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
from botocore.awsrequest import AWSResponse

ACCOUNT, REGION = "111122223333", "us-east-1"
BUCKET = "sdk-data"
os.environ["AWS_DEFAULT_REGION"] = REGION  # some clients are made without a session
os.environ["AWS_REQUEST_CHECKSUM_CALCULATION"] = "when_required"  # so that a body is the file and nothing else
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pipeline"
IDENTITY = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    f"<Arn>{ROLE}</Arn><UserId>x</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult>"
    "</GetCallerIdentityResponse>"
)
BUCKETS = (
    f"<ListAllMyBucketsResult><Buckets><Bucket><Name>{BUCKET}</Name><CreationDate>2026-01-01T00:00:00Z</CreationDate>"
    "</Bucket></Buckets></ListAllMyBucketsResult>"
)
DENIED = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"


class _Raw(io.BytesIO):
    def stream(self, **ignored: Any) -> Any:
        yield self.read()


def session(objects: Path) -> boto3.Session:
    """A session whose uploads become files below `objects`."""

    none: Any = {}

    def answer(request: Any, **ignored: Any) -> Any:
        parts = urlsplit(request.url)
        body = b""
        if parts.hostname.startswith("sts"):
            body = IDENTITY.encode()
        elif parts.hostname.startswith("iam"):  # version 3 looks at the role if it may
            return AWSResponse(request.url, 403, none, _Raw(DENIED.encode()))
        elif request.method == "PUT":
            bucket, key = parts.hostname.partition(".s3")[0], unquote(parts.path).lstrip("/")
            content = request.body if isinstance(request.body, bytes) else request.body.read()
            path = objects / bucket / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        elif request.method == "GET" and parts.path == "/":
            body = BUCKETS.encode()
        elif request.method != "HEAD":
            raise RuntimeError(f"unexpected {request.method} {request.url}")
        return AWSResponse(request.url, 200, none, _Raw(body))

    made = boto3.Session("AKIA", "secret", region_name=REGION)
    made.events.register("before-send", answer)
    return made
