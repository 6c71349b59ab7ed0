"""Decisions a second of iam_policy: a registry as the module makes it, read, written and probed from three accounts."""

from __future__ import annotations

import itertools
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

from iam_policy import Policies, Policy, Principal, Request, decide

BUILD, PROD, STRANGER = "111111111111", "222222222222", "333333333333"
BUCKET, KEY = "arn:aws:s3:::models-live", f"arn:aws:kms:us-east-1:{BUILD}:key/1234"
ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "kms:Decrypt", "kms:ScheduleKeyDeletion")
VIA_S3 = {"kms:ViaService": "s3.us-east-1.amazonaws.com"}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def documents() -> dict[str, dict[str, Any]]:
    """The policies, by what they belong to."""
    consumer = {"AWS": f"arn:aws:iam::{PROD}:root"}
    named = {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{PROD}:role/model-execution"}}
    everyone, objects = {"Principal": "*", "Resource": [BUCKET, f"{BUCKET}/*"]}, f"{BUCKET}/models/*"
    foreign = {"StringNotEquals": {"aws:PrincipalAccount": BUILD}, "Bool": {"aws:PrincipalIsAWSService": "false"}}
    reading = ["s3:GetObject", "s3:ListBucket"]
    return {
        "bucket": document(
            {"Effect": "Deny", "Action": "s3:*", **everyone, "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            {"Effect": "Deny", "NotAction": reading, **everyone, "Condition": foreign},
            {
                "Effect": "Allow",
                "Principal": consumer,
                "Action": "s3:GetObject",
                "Resource": objects,
                "Condition": named,
            },
            {
                "Effect": "Allow",
                "Principal": consumer,
                "Action": "s3:ListBucket",
                "Resource": BUCKET,
                "Condition": named | {"StringLike": {"s3:prefix": "models/*"}},
            },
        ),
        "key": document(
            {"Effect": "Allow", "Principal": {"AWS": BUILD}, "Action": ["kms:Describe*", "kms:Put*"], "Resource": "*"},
            {
                "Effect": "Allow",
                "Principal": consumer,
                "Action": "kms:Decrypt",
                "Resource": "*",
                "Condition": named | {"StringEquals": VIA_S3},
            },
        ),
        "role": document(
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": objects},
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": BUCKET},
            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY, "Condition": {"StringEquals": VIA_S3}},
            {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"},
            {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        ),
        "administrator": document({"Effect": "Allow", "Action": "*", "Resource": "*"}),
        "boundary": document({"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}),
    }


def questions(texts: dict[str, str]) -> list[tuple[Request, Policies]]:
    """Every action of every role of every account."""
    parsed = {name: Policy.parse(json.loads(text), name=name) for name, text in texts.items()}
    found: list[tuple[Request, Policies]] = []
    roles = (("model-execution", "role"), ("administrator", "administrator"))
    for account, (name, policy), action in itertools.product((BUILD, PROD, STRANGER), roles, ACTIONS):
        on = KEY if action.startswith("kms:") else BUCKET if action == "s3:ListBucket" else f"{BUCKET}/models/a.tar.gz"
        session = f"arn:aws:sts::{account}:assumed-role/{name}/s"
        principal = Principal("role", f"arn:aws:iam::{account}:role/{name}", account, session)
        context = {"aws:SecureTransport": "true", "s3:prefix": "models/a", **VIA_S3}
        resource = parsed["key" if action.startswith("kms:") else "bucket"]
        policies = Policies(
            (parsed[policy],), parsed["boundary"], scps=((parsed["administrator"],),), resource=resource
        )
        found.append((Request(principal, action, on, BUILD, context), policies))
    return found


def measure(repeat: int) -> dict[str, Any]:
    """Decisions and parsed documents a second: medians of `repeat` runs, seconds of one processor."""
    texts = {name: json.dumps(each) for name, each in documents().items()}
    asked = questions(texts)
    allowed = sum(decide(*each).allowed for each in asked)

    def rate(count: int, run: Callable[[], object]) -> int:
        seconds = []
        for _ in range(repeat):
            began = time.process_time()
            run()
            seconds.append(time.process_time() - began)
        return round(count / statistics.median(seconds))

    return {
        "decisions a second": rate(len(asked) * 100, lambda: [decide(*each) for each in asked * 100]),
        "documents parsed a second": rate(
            len(texts) * 200,
            lambda: [Policy.parse(json.loads(text), name="p") for text in texts.values() for _ in range(200)],
        ),
        "questions (allowed)": f"{len(asked)} ({allowed})",
    }
