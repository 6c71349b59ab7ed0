"""What is there before this module: the roles of `cdk bootstrap`, Seed-Farmer's role, and policies of AWS.

The bootstrap roles' own policies belong to the platform team, and CloudFormation's role has AdministratorAccess unless
an account is bootstrapped with a narrower one: all of them count as having every right. Whom they trust is what the
default template says, for accounts that trust the tooling account
(https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html).
"""

from __future__ import annotations

from typing import Any

from model_cicd.aws.bootstrap import BootstrapRoles

EVERYTHING: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Everything", "Effect": "Allow", "Action": "*", "Resource": "*"}],
}
#: managed policies of AWS by the name in their ARN
KNOWN_POLICIES = {"AdministratorAccess": EVERYTHING}


def bootstrap_trust(place: BootstrapRoles, tooling_account: str) -> dict[str, dict[str, Any]]:
    """The trust policies of a place's bootstrap roles by ARN."""
    trusted = list(dict.fromkeys((place.account, tooling_account)))
    accounts = {
        "Effect": "Allow",
        "Principal": {"AWS": trusted},
        "Action": "sts:AssumeRole",
        "Condition": {"Null": {"sts:ExternalId": "true"}},
    }
    cloudformation = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudformation.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    found = dict.fromkeys(place.assumable, accounts) | {place.cfn_exec: cloudformation}
    return {arn: {"Version": "2012-10-17", "Statement": [statement]} for arn, statement in found.items()}
