"""The roles that `cdk bootstrap` makes in an account and region.

https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
"""

from __future__ import annotations

from dataclasses import dataclass

from model_cicd.aws.arns import Arns

_QUALIFIER = "hnb659fds"  # of the default CDK bootstrap


@dataclass(frozen=True)
class BootstrapRoles:
    """The roles that `cdk bootstrap` made in one account and region (ARNs)."""

    account: str
    region: str
    deploy: str
    file_publishing: str
    image_publishing: str
    lookup: str
    cfn_exec: str

    @property
    def assumable(self) -> tuple[str, ...]:
        """The four roles that the CDK command assumes; `cfn_exec` is passed to CloudFormation and never assumed."""
        return (self.deploy, self.file_publishing, self.image_publishing, self.lookup)


def bootstrap_roles(partition: str, account: str, region: str) -> BootstrapRoles:
    """The roles of the default CDK bootstrap in an account and region."""
    arns = Arns(partition, account, region)

    def role(kind: str) -> str:
        return arns.role(f"cdk-{_QUALIFIER}-{kind}-role-{account}-{region}")

    return BootstrapRoles(
        account=account,
        region=region,
        deploy=role("deploy"),
        file_publishing=role("file-publishing"),
        image_publishing=role("image-publishing"),
        lookup=role("lookup"),
        cfn_exec=role("cfn-exec"),
    )
