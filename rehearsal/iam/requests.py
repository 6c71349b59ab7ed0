"""From a request to what it has to be allowed."""

from __future__ import annotations

from collections.abc import Iterable

from rehearsal.api import Caller
from rehearsal.aws_request import AwsRequest
from rehearsal.iam.actions import s3
from rehearsal.iam.checks import Asked, Check
from rehearsal.iam.table import rule_of


class Unmapped(Exception):
    """Nobody has said what this operation needs; the text names it."""


def checks_of(request: AwsRequest, caller: Caller) -> list[Check]:
    """What a request needs to be allowed. Raises Unmapped."""
    if request.s3 is not None:
        try:
            return list(s3.checks(request.s3, caller))
        except s3.Unmapped as unmapped:
            raise Unmapped(f"s3 {unmapped}") from None
    rule = rule_of(request.service, request.operation)
    if rule is None:
        raise Unmapped(f"{request.service} {request.operation}")
    made: Iterable[Check] = rule(Asked(request.service, request.operation, request.params, caller))
    return list(made)
