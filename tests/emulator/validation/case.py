"""What a case of the validator is: an operation, the same as a resource of a template, and AWS's error."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.emulator.conftest import ACCOUNTS

ONE = ACCOUNTS[0]
ROOT = f"arn:aws:iam::{ONE}:root"
NOBODY = f"arn:aws:iam::{ONE}:role/nobody"
STRANGER = "999999999999"
LONG = 12_000


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]}


def trust(principal: Any = None, **more: Any) -> dict[str, Any]:
    principal = principal or {"Service": "codebuild.amazonaws.com"}
    return policy({"Principal": principal, "Action": "sts:AssumeRole", **more})


def reading(size: int) -> dict[str, Any]:
    """An identity policy of about `size` characters."""
    return policy({"Action": "s3:GetObject", "Resource": [f"arn:aws:s3:::b/{n:020}" for n in range(size // 37)]})


def bucket_policy(bucket: str = "validated", **statement: Any) -> dict[str, Any]:
    usual = {"Principal": {"AWS": ROOT}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    return policy(usual | statement)


@dataclass(frozen=True)
class Case:
    """An operation with what it is given, the same as a resource of a template, and the error."""

    name: str
    service: str
    operation: str
    given: dict[str, Any]
    error: str
    resource: tuple[str, dict[str, Any]] | None = None
    templated: str = field(default="")

    @property
    def reason(self) -> str:
        """What a stack's event says: the error's text."""
        return self.templated or self.error.partition(": ")[2]
