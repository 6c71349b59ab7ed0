"""IAM and KMS: what is refused."""

from __future__ import annotations

import json
from typing import Any

from tests.emulator.validation.case import (
    LONG,
    NOBODY,
    ONE,
    ROOT,
    STRANGER,
    Case,
    bucket_policy,
    policy,
    reading,
    trust,
)

TOO_LONG = "failed to satisfy constraint: Member must have length less than or equal to 64"


def key_policy(principal: Any) -> dict[str, Any]:
    own = {"Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
    return policy(own, {"Principal": principal, "Action": "kms:Decrypt", "Resource": "*"})


def role(name: str, error: str, document: Any, templated: str = "", **more: Any) -> Case:
    """A case of CreateRole and AWS::IAM::Role."""
    text = document if isinstance(document, str) else json.dumps(document)
    given = {"RoleName": "refused", "AssumeRolePolicyDocument": text} | more
    return Case(
        name, "iam", "create_role", given, error,
        ("AWS::IAM::Role", {"RoleName": "refused", "AssumeRolePolicyDocument": document} | more), templated,
    )  # fmt: skip


def key(name: str, error: str, document: Any) -> Case:
    given = {"Policy": json.dumps(document)}
    resource = ("AWS::KMS::Key", {"KeyPolicy": document})
    return Case(name, "kms", "create_key", given, f"MalformedPolicyDocumentException: {error}", resource)


CASES = (
    role("a role's name of 65 characters", f"ValidationError: 1 validation error detected: Value '{'r' * 65}' at "
         f"'roleName' {TOO_LONG}", trust(), RoleName="r" * 65),
    role("a role's name with a space", "ValidationError: 1 validation error detected: Value 'a b' at 'roleName'",
         trust(), RoleName="a b"),
    role("sessions of 13 hours", "ValidationError: 1 validation error detected: Value '46800' at 'maxSessionDuration'",
         trust(), MaxSessionDuration=46800),
    role("a trust policy of no JSON", "MalformedPolicyDocument: This policy contains invalid Json", "trust me"),
    role("a trust policy of a role that is not there",
         f'MalformedPolicyDocument: Invalid principal in policy: "AWS":"{NOBODY}"', trust({"AWS": NOBODY})),
    role("a trust policy of an account that is not there",
         f'MalformedPolicyDocument: Invalid principal in policy: "AWS":"{STRANGER}"', trust({"AWS": STRANGER})),
    role("a trust policy of roles by wildcard", 'MalformedPolicyDocument: Invalid principal in policy: "AWS":',
         trust({"AWS": f"arn:aws:iam::{ONE}:role/*"})),
    role("a trust policy of a misspelt service",
         'MalformedPolicyDocument: Invalid principal in policy: "SERVICE":"codebuid.amazonaws.com"',
         trust({"Service": "codebuid.amazonaws.com"})),
    role("a trust policy with a resource", "MalformedPolicyDocument: Has prohibited field Resource",
         trust(Resource="*")),
    role("a trust policy of another service's action",
         "MalformedPolicyDocument: AssumeRole policy may only specify STS AssumeRole actions.",
         trust(Action="s3:GetObject")),
    role("a trust policy over 2,048 characters", "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048",
         trust(Sid="s" * 2048)),
    role("a boundary that is not there", f"NoSuchEntity: Scope ARN: arn:aws:iam::{ONE}:policy/none does not exist",
         trust(), PermissionsBoundary=f"arn:aws:iam::{ONE}:policy/none"),
    Case("a managed policy over 6,144 characters", "iam", "create_policy",
         {"PolicyName": "long", "PolicyDocument": json.dumps(reading(LONG))},
         "LimitExceeded: Cannot exceed quota for PolicySize: 6144",
         ("AWS::IAM::ManagedPolicy", {"PolicyDocument": reading(LONG)})),
    Case("inline policies over 10,240 characters", "iam", "put_role_policy",
         {"RoleName": "validated", "PolicyName": "more", "PolicyDocument": json.dumps(reading(6000))},
         "LimitExceeded: Maximum policy size of 10240 bytes exceeded for role validated",
         ("AWS::IAM::Policy",
          {"PolicyName": "more", "Roles": ["validated"], "PolicyDocument": reading(6000)})),
    Case("an eleventh managed policy", "iam", "attach_role_policy",
         {"RoleName": "validated", "PolicyArn": f"arn:aws:iam::{ONE}:policy/attached-10"},
         "LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10",
         ("AWS::IAM::ManagedPolicy", {"Roles": ["validated"], "PolicyDocument": reading(100)})),
    key("a key policy of a role that is not there", "Policy contains a statement with one or more invalid principals.",
        key_policy({"AWS": NOBODY})),
    key("a key policy of nobody", "Policy contains a statement with no principal.",
        policy({"Action": "kms:*", "Resource": "*"})),
    key("a key policy that locks its author out",
        "The new key policy will not allow you to update the key policy in the future.",
        policy({"Principal": {"AWS": f"arn:aws:iam::{ONE}:role/validated"}, "Action": "kms:*", "Resource": "*"})),
    Case("an alias of AWS", "kms", "create_alias", {"AliasName": "alias/aws/mine", "TargetKeyId": "KEY"},
         "NotAuthorizedException: ", ("AWS::KMS::Alias", {"AliasName": "alias/aws/mine", "TargetKeyId": "KEY"}),
         "alias/aws/"),
    Case("an identity policy with a principal", "iam", "put_role_policy",
         {"RoleName": "validated", "PolicyName": "p", "PolicyDocument": json.dumps(bucket_policy())},
         "MalformedPolicyDocument: Policy document should not specify a principal.",
         ("AWS::IAM::Policy", {"PolicyName": "p", "Roles": ["validated"], "PolicyDocument": bucket_policy()})),
    role("a role's name in other letters", "EntityAlreadyExists: Role with name Validated already exists.", trust(),
         RoleName="Validated"),
    Case("a key deleted after 5 days", "kms", "schedule_key_deletion", {"KeyId": "KEY", "PendingWindowInDays": 5},
         "ValidationException: PendingWindowInDays must be between 7 and 30"),
    Case("a reserved tag of a role", "iam", "tag_role",
         {"RoleName": "validated", "Tags": [{"Key": "aws:mine", "Value": "x"}]}, "InvalidInput: aws: prefixed tag key"),
    Case("a reserved tag of a key", "kms", "tag_resource",
         {"KeyId": "KEY", "Tags": [{"TagKey": "AWS:mine", "TagValue": "x"}]}, "TagException: aws: prefixed tag key"),
)  # fmt: skip
