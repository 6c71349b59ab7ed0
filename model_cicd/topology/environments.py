"""The environments of a group in order, and the bootstrap roles of an account."""

from __future__ import annotations

from model_cicd.settings.model_cicd import BuildEnvironment, DeployEnvironment, DeploymentGroup
from model_cicd.topology.arns import Arns
from model_cicd.topology.places import BootstrapRoles, Environment

_QUALIFIER = "hnb659fds"  # of the default CDK bootstrap


def deploy_settings(group: DeploymentGroup) -> tuple[BuildEnvironment | DeployEnvironment, ...]:
    """The environments that serve, in order: the build environment first when its account is not among the others."""
    own = group.build_environment
    joins = all(each.account != own.account for each in group.deploy_environments)
    return (own, *group.deploy_environments) if joins else group.deploy_environments


def environments(group: DeploymentGroup) -> tuple[Environment, tuple[Environment, ...]]:
    """The build environment, and those that serve, in order."""
    own = group.build_environment
    return _environment(own, own), tuple(_environment(each, own) for each in deploy_settings(group))


def _environment(settings: BuildEnvironment | DeployEnvironment, own: BuildEnvironment) -> Environment:
    return Environment(settings.name, settings.account, settings.region or own.region, settings.type)


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
