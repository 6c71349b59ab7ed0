"""Repositories, and the workflow jobs that take roles, from the settings about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from model_cicd.aws import naming
from model_cicd.aws.place import Named, Place
from model_cicd.aws.resources import IdentityProvider, Repository, WebIdentity
from model_cicd.sagemaker_model_cicd.settings.parameters import (
    DeploymentGroup,
    InfraRepo,
    ModelBuildRepo,
    ModelCicdSettings,
)
from model_cicd.sagemaker_model_cicd.settings.sources import ACTIONS, CODECOMMIT, GITHUB, GitHub, GroupRepository
from model_cicd.sagemaker_model_cicd.settings.subjects import Job, with_ids
from model_cicd.sagemaker_model_cicd.topology.records import GroupTopology, InfraWorkflow, ProviderStack
from model_cicd.settings.context import ModuleContext
from model_cicd.settings.names import Names

_PARAMETER = "ssm:"


def repository(settings: InfraRepo | ModelBuildRepo | GroupRepository, place: Place) -> Repository:
    """A repository of CodeCommit at `place`, or one that a connection there leads to."""
    if settings.host == CODECOMMIT:
        create = not isinstance(settings, GroupRepository) and settings.create
        return Repository(settings.name, place.arn("codecommit", settings.name), create)
    return Repository(settings.name, "", False, settings.host, _connection(settings.connection_arn))


def _connection(text: str | None) -> str | None:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html
    return f"{{{{resolve:{text}}}}}" if text and text.startswith(_PARAMETER) else text


def group_repository(group: DeploymentGroup, shared: Repository, place: Place) -> Repository:
    """Where the training code of a group is: what its own settings name, else the module's repository."""
    found = repository(group.model_build_repo, place) if group.model_build_repo else shared
    named = group.training.repository
    return Repository(named, "", False, GITHUB) if named and (named, GITHUB) != (found.name, found.host) else found


def trainer(group: DeploymentGroup, code: Repository, github: GitHub, build: Place) -> WebIdentity | None:
    """The jobs that train a group, or None where a pipeline does."""
    training = group.training
    if training.runner != ACTIONS:
        return None
    return _jobs(Job(code.name, group.source_branch, training.environment, training.workflow), github, build)


def infra_workflow(settings: ModelCicdSettings, context: ModuleContext, of: Names) -> InfraWorkflow | None:
    """The jobs that redeploy the module, or None where a pipeline or nothing does."""
    infra, place = settings.infra_repo, context.tooling
    if infra is None or infra.runner != ACTIONS:
        return None
    job = Job(infra.name, infra.branch, infra.environment, infra.workflow)
    # seed-farmer 8.0.9, get_toolchain_role_name: of the account that `seedfarmer apply` has credentials of
    toolchain = f"seedfarmer-{context.project.lower()}-toolchain-role"
    return InfraWorkflow(
        _jobs(job, settings.github, place), of.role(place, "-github-infra"), Named(toolchain, place.role(toolchain))
    )


def identity_stack(of: Names, account: str) -> str:
    """The name of the stack that makes an account's provider, whether it is deployed or not."""
    return of.name(naming.STACK, f"-identity-{account}")


def _jobs(job: Job, github: GitHub, place: Place) -> WebIdentity:
    job = replace(job, numbered=with_ids(github.immutable_subjects, job.repository))
    return WebIdentity(
        provider=IdentityProvider.at(place, github.issuer),
        audience=github.audience,
        subject=job.subject(github.subject_template),
        repository=job.repository,
        branch=job.branch,
        environment=job.environment,
        workflow=job.workflow,
        template=github.subject_template,
        numbered=job.numbered,
    )


def providers(
    settings: ModelCicdSettings, of: Names, infra: InfraWorkflow | None, groups: Iterable[GroupTopology], tooling: Place
) -> tuple[ProviderStack, ...]:
    """The identity providers to make: one in each account where jobs take roles and there is none."""
    used = {tooling: infra.jobs.provider} if infra else {}
    used |= {group.build.place: group.workflow.provider for group in groups if group.workflow}
    github = settings.github
    return tuple(
        ProviderStack(place, identity_stack(of, place.account), provider, github.audience)
        for place, provider in used.items()
        if place.account not in github.existing_providers
    )
