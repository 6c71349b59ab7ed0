"""The people of a promotion: a role with exactly the policy that the module publishes for them."""

from __future__ import annotations

import hashlib
import json
import time

from botocore.exceptions import ClientError

from rehearsal.accounts import Credentials, role_arn
from rehearsal.api import partition_of
from rehearsal.embedded_aws import EmbeddedAws


def ensure_role(aws: EmbeddedAws, *, account: str, region: str, name: str, policy_arn: str) -> str:
    """A role of `account` whose only rights are those of `policy_arn`; its ARN.

    Its name begins with `rehearsal-` and `name`, and is another one for each policy: modules may have groups of one
    name.
    """
    iam = aws.client("iam", account=account, region=region)
    root = f"arn:{partition_of(region)}:iam::{account}:root"
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": root}}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    name = f"{f'rehearsal-{name}'[:55]}-{hashlib.sha256(policy_arn.encode()).hexdigest()[:8]}"
    try:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    except ClientError as error:
        # by its code: threads that ask a client for its exceptions for the first time may get classes of their own
        if error.response["Error"]["Code"] != "EntityAlreadyExists":
            raise
    iam.attach_role_policy(RoleName=name, PolicyArn=policy_arn)
    time.sleep(aws.latency.iam)  # as a person waits until it is known
    return role_arn(account, name, region)


def session(aws: EmbeddedAws, arn: str, person: str) -> Credentials:
    """Credentials of the role, as `person` gets them when they assume it."""
    return aws.accounts.session(arn, person)
