"""The condition context of a request: what is true about the caller, the resource and the way the request came.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from rehearsal.accounts import Credentials
from rehearsal.iam.checks import Check, Value


@dataclass(frozen=True)
class Organization:
    """The AWS organization of a rehearsal and the accounts that belong to it."""

    id: str
    accounts: Collection[str] = field(default_factory=frozenset)

    def of(self, account: str) -> str | None:
        """Its id for a member, None for a stranger."""
        return self.id if account in self.accounts else None


def context_of(
    identity: Credentials,
    check: Check,
    region: str,
    organization: Organization,
    now: datetime.datetime,
    *,
    secure: bool = True,
) -> dict[str, Value]:
    """The keys of a request by `identity` in `region`; those of the check itself come on top."""
    made: dict[str, Value] = {
        "aws:SecureTransport": "true" if secure else "false",
        "aws:RequestedRegion": region,
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now.timestamp())),
    }
    made |= _resource(check, organization)
    made |= _principal(identity, organization, check)
    via = check.via or (identity.via and f"{identity.via.partition('.')[0]}.{region}.amazonaws.com")
    if not identity.service:
        made["aws:ViaAWSService"] = "true" if via else "false"
    if identity.via:
        made |= {"aws:CalledVia": [identity.via], "aws:CalledViaFirst": identity.via, "aws:CalledViaLast": identity.via}
    if check.action.startswith("kms:"):
        made["kms:CallerAccount"] = identity.account
        made |= {"kms:ViaService": via} if via else {}
    return made | dict(check.context)


def _resource(check: Check, organization: Organization) -> Mapping[str, Value]:
    owner = organization.of(check.account)
    return {"aws:ResourceAccount": check.account} | ({"aws:ResourceOrgID": owner} if owner else {})


def _keeps_its_source(identity: Credentials, check: Check) -> bool:
    """EventBridge tells neither SNS nor, through it, KMS for whom it works.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
    """
    through_sns = check.action.startswith("sns:") or (check.via or "").startswith("sns.")
    return identity.service == "events.amazonaws.com" and through_sns


def _principal(identity: Credentials, organization: Organization, check: Check) -> Mapping[str, Value]:
    if identity.service:
        made: dict[str, Value] = {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": identity.service}
        if _keeps_its_source(identity, check):
            return made
        made["aws:SourceAccount"] = identity.account
        home = organization.of(identity.account)
        made |= {"aws:SourceOrgID": home} if home else {}
        return made | ({"aws:SourceArn": identity.source} if identity.source else {})
    if identity.provider and identity.role is None:
        return {"aws:FederatedProvider": identity.provider}
    made = {
        "aws:PrincipalArn": identity.role or identity.arn,
        "aws:PrincipalAccount": identity.account,
        "aws:PrincipalIsAWSService": "false",
    }
    made["aws:userid"] = identity.user_id
    if identity.role:
        made |= {"aws:PrincipalType": "AssumedRole"}
        made |= {"aws:FederatedProvider": identity.provider} if identity.provider else {}
    else:
        made |= {"aws:PrincipalType": "User", "aws:username": identity.arn.rpartition("/")[2]}
    home = organization.of(identity.account)
    return made | ({"aws:PrincipalOrgID": home} if home else {})
