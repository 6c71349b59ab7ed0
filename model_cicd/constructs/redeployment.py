"""The right to deploy stacks through the roles that `cdk bootstrap` made."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.constructs.iam import Statement, document
from model_cicd.constructs.resource import resource

# ARNs of 120 characters at most: a managed policy holds 6,144, and a role takes ten policies
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html), so some 480 roles of 120 environments
_ROLES_A_POLICY = 48


def redeployment(scope: Construct, id: str, *, role: iam.CfnRole, description: str, role_arns: Sequence[str]) -> None:
    """Let `role` assume exactly `role_arns`, in as many managed policies as these need."""
    for number, start in enumerate(range(0, len(role_arns), _ROLES_A_POLICY), 1):
        resource(
            iam.CfnManagedPolicy,
            scope,
            f"{id}{number}",
            description=description,
            policy_document=document(
                [Statement("Deploy", ["sts:AssumeRole"], role_arns[start : start + _ROLES_A_POLICY])]
            ),
            roles=[role.ref],
        )
