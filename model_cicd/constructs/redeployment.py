"""The right to deploy stacks through the roles that `cdk bootstrap` made."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.aws.limits import ROLES_A_POLICY
from model_cicd.constructs.iam import Statement, document
from model_cicd.constructs.resource import resource


def redeployment(scope: Construct, id: str, *, role: iam.CfnRole, description: str, role_arns: Sequence[str]) -> None:
    """Let `role` assume exactly `role_arns`, in as many managed policies as these need."""
    for number, start in enumerate(range(0, len(role_arns), ROLES_A_POLICY), 1):
        resource(
            iam.CfnManagedPolicy,
            scope,
            f"{id}{number}",
            description=description,
            policy_document=document(
                [Statement("Deploy", ["sts:AssumeRole"], role_arns[start : start + ROLES_A_POLICY])]
            ),
            roles=[role.ref],
        )
