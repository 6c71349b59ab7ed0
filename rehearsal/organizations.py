"""Organizations: which one an account is in. https://docs.aws.amazon.com/organizations/latest/APIReference/Welcome.html"""

from __future__ import annotations

from collections.abc import Mapping

from moto.core.utils import get_service_model

from rehearsal.api import ApiError, Caller, Operation, Params
from rehearsal.iam.context import Organization
from rehearsal.operations import operations


class Organizations:
    """The organization of the rehearsal's accounts; its first account manages it, strangers are in none."""

    name = "organizations"
    exclusive = True

    def __init__(self, organization: Organization) -> None:
        self._organization = organization

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method; any other operation is refused by its name."""
        return operations(get_service_model("organizations"), self)

    def describe_organization(self, caller: Caller, params: Params) -> Params:
        """The organization of the caller's account. Raises ApiError AWSOrganizationsNotInUseException."""
        found = self._organization.of(caller.account)
        if found is None:
            raise ApiError("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
        manager = min(self._organization.accounts)
        arn = f"arn:{caller.partition}:organizations::{manager}"
        return {
            "Organization": {
                "Id": found,
                "Arn": f"{arn}:organization/{found}",
                "FeatureSet": "ALL",
                "MasterAccountArn": f"{arn}:account/{found}/{manager}",
                "MasterAccountId": manager,
            }
        }
