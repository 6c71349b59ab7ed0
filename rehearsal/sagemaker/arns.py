"""ARNs of SageMaker resources."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rehearsal.api import invalid, partition_of
from rehearsal.named import Scope

_ARN = re.compile(
    r"^arn:aws[a-z-]*:sagemaker:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):(?P<kind>[a-z-]+)/(?P<name>.+)$"
)


@dataclass(frozen=True)
class Arn:
    """The parts of an ARN; `name` is all that follows the kind (`group/3`, `name/execution/id`)."""

    scope: Scope
    kind: str
    name: str


def make(scope: Scope, kind: str, name: str) -> str:
    """`arn:aws:sagemaker:REGION:ACCOUNT:KIND/NAME`."""
    account, region = scope
    return f"arn:{partition_of(region)}:sagemaker:{region}:{account}:{kind}/{name}"


def parse(arn: str) -> Arn:
    """The parts of `arn`. Raises ApiError ValidationException when it is none of SageMaker's."""
    found = _ARN.match(arn)
    if not found:
        raise invalid(f"{arn!r} is no ARN of a SageMaker resource")
    return Arn((found["account"], found["region"]), found["kind"], found["name"])


def locate(scope: Scope, kind: str, name_or_arn: str) -> Arn:
    """What a member that takes a name or an ARN means; a bare name is one of `scope`.

    Raises ApiError ValidationException.
    """
    if not name_or_arn.startswith("arn:"):
        return Arn(scope, kind, name_or_arn)
    found = parse(name_or_arn)
    if found.kind != kind:
        raise invalid(f"{name_or_arn} is no ARN of a {kind}")
    return found
