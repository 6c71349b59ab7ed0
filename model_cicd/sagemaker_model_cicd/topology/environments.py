"""The environments of a group in order."""

from __future__ import annotations

from model_cicd.aws.place import Place
from model_cicd.sagemaker_model_cicd.settings.parameters import BuildEnvironment, DeployEnvironment, DeploymentGroup
from model_cicd.sagemaker_model_cicd.settings.reading import NONE
from model_cicd.sagemaker_model_cicd.topology.places import Environment


def deploy_settings(group: DeploymentGroup) -> tuple[BuildEnvironment | DeployEnvironment, ...]:
    """The environments that are deployed to, in order.

    The build environment is first when its account is not among the others'.
    """
    own = group.build_environment
    joins = all(each.account != own.account for each in group.deploy_environments)
    listed: tuple[BuildEnvironment | DeployEnvironment, ...] = (*((own,) if joins else ()), *group.deploy_environments)
    return tuple(each for each in listed if each.kind != NONE)


def environments(group: DeploymentGroup, partition: str) -> tuple[Environment, tuple[Environment, ...]]:
    """The build environment, and those that serve, in order."""

    def environment(settings: BuildEnvironment | DeployEnvironment) -> Environment:
        place = Place(partition, settings.account, settings.region or group.build_environment.region)
        return Environment(place, settings.name, settings.type)

    return environment(group.build_environment), tuple(environment(each) for each in deploy_settings(group))
