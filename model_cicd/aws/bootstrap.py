"""The roles that `cdk bootstrap` makes in an account and region.

https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
"""

from __future__ import annotations

from dataclasses import dataclass

from model_cicd.aws.place import Place, Placed

#: of the default CDK bootstrap
DEFAULT_QUALIFIER = "hnb659fds"


@dataclass(frozen=True)
class BootstrapRoles(Placed):
    """The roles that `cdk bootstrap` made in one account and region (ARNs)."""

    deploy: str
    file_publishing: str
    image_publishing: str
    lookup: str
    cfn_exec: str

    @property
    def assumable(self) -> tuple[str, ...]:
        """The four roles that the CDK command assumes; `cfn_exec` is passed to CloudFormation and never assumed."""
        return (self.deploy, self.file_publishing, self.image_publishing, self.lookup)


def bootstrap_roles(place: Place, qualifier: str = DEFAULT_QUALIFIER) -> BootstrapRoles:
    """The roles of the CDK bootstrap with `qualifier` at `place`."""

    def role(kind: str) -> str:
        return place.role(f"cdk-{qualifier}-{kind}-role-{place.account}-{place.region}")

    return BootstrapRoles(
        place=place,
        deploy=role("deploy"),
        file_publishing=role("file-publishing"),
        image_publishing=role("image-publishing"),
        lookup=role("lookup"),
        cfn_exec=role("cfn-exec"),
    )


def asset_bucket(place: Place, qualifier: str) -> str:
    """The name of the bucket that the CDK publishes files to at `place`."""
    return f"cdk-{qualifier}-assets-{place.account}-{place.region}"
