"""What stands in IAM for the issuer of tokens: it gives nobody anything, roles that trust it do."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.aws.resources import IdentityProvider
from model_cicd.constructs.resource import resource


def identity_provider(scope: Construct, id: str, *, provider: IdentityProvider, audience: str) -> None:
    """The provider, for tokens for `audience`.

    IAM finds the thumbprint of the issuer's certificate by itself where none is given.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
    """
    resource(iam.CfnOIDCProvider, scope, id, url=provider.issuer, client_id_list=[audience])
