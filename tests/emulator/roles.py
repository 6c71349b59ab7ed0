"""Roles of the tests in which IAM is not the subject."""

from __future__ import annotations

import json
from typing import Any

ALLOW_ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def almighty(iam: Any, name: str, trust: str) -> str:
    """A role that may do everything, by its trust policy; its ARN."""
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="everything", PolicyDocument=ALLOW_ALL)
    return str(arn)


def trusting(service: str) -> str:
    """A trust policy for a service (`events.amazonaws.com`)."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def open_to(service: str, queue: str) -> dict[str, str]:
    """The attributes of a queue (an ARN) on which a service may put messages."""
    statement = {
        "Effect": "Allow", "Principal": {"Service": service}, "Action": "sqs:SendMessage", "Resource": queue,
    }  # fmt: skip
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}
