"""The environments of a group in order."""

from __future__ import annotations

from model_cicd.sagemaker_model_cicd.settings.parameters import BuildEnvironment, DeployEnvironment, DeploymentGroup
from model_cicd.sagemaker_model_cicd.topology.places import Environment


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
