"""IAM statements as plain data: what policies of roles, keys and buckets are made of, whoever deploys them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model_cicd.aws.place import Place
from model_cicd.aws.resources import Vpc, WebIdentity

#: https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
GITHUB_ISSUER = "https://token.actions.githubusercontent.com"
#: operator -> condition key -> value or values
Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]

# Everything an administrator needs and nothing that encrypts, decrypts or grants: CreateGrant would let an
# administrator hand out the use of the key. https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
KEY_ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
#: what S3 asks KMS for on behalf of those that use a key: their own policies and the key's policy both allow it
KEY_USE = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo")


@dataclass(frozen=True)
class Statement:
    """One statement of a policy.

    `why` is the reason for the wildcards in it, which cdk-nag asks for; it stands as a suppression on the resource that
    carries the statement. A wildcard without a reason fails the synthesis.
    """

    sid: str
    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Conditions = field(default_factory=dict)
    principal: Mapping[str, str | Sequence[str]] | str | None = None
    effect: str = "Allow"
    why: str = ""

    def json(self) -> dict[str, Any]:
        """The statement as it stands in a policy document."""
        shown: dict[str, Any] = {"Sid": self.sid, "Effect": self.effect}
        if self.principal is not None:
            shown["Principal"] = self.principal
        shown["Action"] = _one_or_many(self.actions)
        shown["Resource"] = _one_or_many(self.resources)
        if self.conditions:
            shown["Condition"] = {operator: dict(keys) for operator, keys in self.conditions.items()}
        return shown

    def findings(self) -> dict[str, str]:
        """The cdk-nag findings of an identity policy's statement that `why` answers, each with it."""
        if not self.why or self.effect != "Allow":
            return {}
        named = [f"Action::{action}" for action in self.actions if "*" in action]
        named += [f"Resource::{resource}" for resource in self.resources if "*" in resource]
        return {f"AwsSolutions-IAM5[{each}]": self.why for each in named}


def document(statements: Sequence[Statement]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": [statement.json() for statement in statements]}


def account_root(place: Place) -> dict[str, str]:
    """The principal element that names every identity of the account; a condition narrows it to one role.

    A role's ARN as principal would be refused while the role does not exist, and would silently stop matching when the
    role is created anew.
    """
    return {"AWS": f"arn:{place.partition}:iam::{place.account}:root"}


def only(role_arns: Sequence[str], organization_id: str | None = None) -> dict[str, dict[str, str | Sequence[str]]]:
    """The condition that narrows an account's root to `role_arns` (and to the organization, where one is given)."""
    conditions: dict[str, dict[str, str | Sequence[str]]] = {"ArnEquals": {"aws:PrincipalArn": _one_or_many(role_arns)}}
    if organization_id:
        conditions["StringEquals"] = {"aws:PrincipalOrgID": organization_id}
    return conditions


def both(first: Conditions, second: Conditions) -> dict[str, dict[str, str | Sequence[str]]]:
    """The condition that `first` and `second` hold."""
    joined: dict[str, dict[str, str | Sequence[str]]] = {operator: dict(keys) for operator, keys in first.items()}
    for operator, keys in second.items():
        joined[operator] = {**joined.get(operator, {}), **keys}
    return joined


def trust_service(service: str, *, source_account: str | None = None) -> Statement:
    """The trust statement for an AWS service, for work it does on behalf of `source_account` alone where given.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    conditions = {"StringEquals": {"aws:SourceAccount": source_account}} if source_account else {}
    return Statement("Service", ["sts:AssumeRole"], [], conditions, principal={"Service": service})


def trust_role(role_arn: str, organization_id: str | None = None) -> Statement:
    """The trust statement for exactly one role (in the organization, where one is given)."""
    _, partition, _, _, account, _ = role_arn.split(":")
    principal = {"AWS": f"arn:{partition}:iam::{account}:root"}
    return Statement("Role", ["sts:AssumeRole"], [], only([role_arn], organization_id), principal=principal)


def trust_web_identity(jobs: WebIdentity) -> Statement:
    """The trust statement for exactly the tokens of these jobs: audience and subject in full, and the file if given.

    Of other issuers than GitHub's own, IAM knows no claim of the file: there it is part of the subject.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
    """
    issuer = jobs.provider.name
    claims: dict[str, str | Sequence[str]] = {f"{issuer}:aud": jobs.audience, f"{issuer}:sub": jobs.subject}
    if jobs.workflow and jobs.provider.issuer == GITHUB_ISSUER:
        claims[f"{issuer}:job_workflow_ref"] = jobs.workflow
    return Statement(
        "Workflow",
        ["sts:AssumeRoleWithWebIdentity"],
        [],
        {"StringEquals": claims},
        principal={"Federated": jobs.provider.arn},
    )


def network_statements(place: Place, vpc: Vpc) -> list[Statement]:
    """Statements for network interfaces in exactly these subnets; none where there are no subnets.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """
    if not vpc:
        return []
    interfaces = place.arn("ec2", "network-interface/*")
    subnets = [place.arn("ec2", f"subnet/{each}") for each in vpc.subnet_ids]
    return [
        Statement(
            "NetworkInterfaces",
            ["ec2:CreateNetworkInterface"],
            [interfaces, *subnets, *(place.arn("ec2", f"security-group/{each}") for each in vpc.security_group_ids)],
            why="the id of a network interface is not known before it exists; subnets and security groups are exact",
        ),
        Statement(
            "ReleaseNetworkInterfaces",
            [
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            [interfaces],
            {"ArnEquals": {"ec2:Subnet": subnets}},
            why="the id of a network interface is not known before it exists; its subnet is limited by a condition",
        ),
        Statement(
            "DescribeNetwork",
            [
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            ["*"],
            why="EC2's Describe actions have no resource",
        ),
    ]


def build_network_statements(place: Place, vpc: Vpc) -> list[Statement]:
    """Statements for builds in exactly these subnets; none where there are no subnets.

    https://docs.aws.amazon.com/codebuild/latest/userguide/auth-and-access-control-iam-identity-based-access-control.html#customer-managed-policies-example-create-vpc-network-interface
    """
    statements = network_statements(place, vpc)
    if not statements:
        return []
    create, release, describe = statements
    subnets = release.conditions["ArnEquals"]
    permission = Statement(
        "LetCodeBuildUseNetworkInterfaces",
        ["ec2:CreateNetworkInterfacePermission"],
        release.resources,
        {"ArnEquals": subnets, "StringEquals": {"ec2:AuthorizedService": "codebuild.amazonaws.com"}},
        why=release.why,
    )
    delete = Statement(
        release.sid, ["ec2:DeleteNetworkInterface"], release.resources, {"ArnEquals": subnets}, why=release.why
    )
    return [create, permission, delete, describe]


def _one_or_many(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)
