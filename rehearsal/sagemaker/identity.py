"""Who acts: the caller of an operation, and the roles that SageMaker takes on."""

from __future__ import annotations

from typing import Any

from rehearsal.accounts import ROLE_ARN
from rehearsal.api import Caller, Params, invalid
from rehearsal.sagemaker.ports import SageMakerPlatform

_SERVICE = "sagemaker.amazonaws.com"


def client_of(platform: SageMakerPlatform, caller: Caller, service: str) -> Any:
    """A client of `service` with which SageMaker acts on the caller's behalf."""
    return platform.on_behalf(caller, _SERVICE, service)


def created_by(caller: Caller) -> Params:
    """The member CreatedBy or LastModifiedBy."""
    return {"IamIdentity": {"Arn": caller.arn, "PrincipalId": caller.access_key}}


def check_role(platform: SageMakerPlatform, arn: str, account: str) -> None:
    """SageMaker must be able to take on the role.

    Raises ApiError ValidationException when the role is another account's, does not exist or does not trust SageMaker.
    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """
    found = ROLE_ARN.match(arn)
    if not found or found["account"] != account:
        raise invalid(f"RoleArn: Cross-account pass role is not allowed: {arn} is no role of account {account}")
    if not platform.trusted_by(arn, _SERVICE):
        raise invalid(
            f"Could not assume role {arn}. Please ensure that the role exists and allows principal "
            f"'{_SERVICE}' to assume the role."
        )
