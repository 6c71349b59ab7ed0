"""The roles that `cdk bootstrap` makes in an account and region.

https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from model_cicd.aws.place import Place, Placed
from model_cicd.text.errors import ModelCicdError

#: of the default CDK bootstrap
DEFAULT_QUALIFIER = "hnb659fds"
_ROLE = re.compile(
    r"arn:(?P<partition>[^:]+):iam::(?P<account>\d{12}):role/(?:.+/)?"
    r"cdk-(?P<qualifier>[A-Za-z0-9]+)-[a-z-]+-role-\d{12}-(?P<region>[a-z0-9-]+)"
)


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


def roles_beside(role_arn: str) -> BootstrapRoles:
    """All roles of the bootstrap that made the role of an ARN. Raises ModelCicdError for another role."""
    found = _ROLE.fullmatch(role_arn)
    if found is None:
        raise ModelCicdError(f"got the role {role_arn}, expected one of a CDK bootstrap")
    return bootstrap_roles(Place(found["partition"], found["account"], found["region"]), found["qualifier"])


def in_region(roles: BootstrapRoles, region: str) -> BootstrapRoles:
    """The roles of the same bootstrap in another region of the account."""
    found = _ROLE.fullmatch(roles.deploy)
    assert found is not None
    return bootstrap_roles(replace(roles.place, region=region), found["qualifier"])


def asset_bucket(place: Place, qualifier: str) -> str:
    """The name of the bucket that the CDK publishes files to at `place`."""
    return f"cdk-{qualifier}-assets-{place.account}-{place.region}"
