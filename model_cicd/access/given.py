"""What is there before this module: the roles of `cdk bootstrap`, and policies of AWS.

The bootstrap roles are those of the default template, whose policies the CDK publishes
(https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html); CloudFormation's role has AdministratorAccess unless
an account is bootstrapped with a narrower policy.
"""

from __future__ import annotations

from typing import Any

EVERYTHING: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Everything", "Effect": "Allow", "Action": "*", "Resource": "*"}],
}
#: managed policies of AWS by the name in their ARN
KNOWN_POLICIES = {"AdministratorAccess": EVERYTHING}
