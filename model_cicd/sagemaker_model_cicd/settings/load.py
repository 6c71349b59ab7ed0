"""The module's settings from its environment."""

from __future__ import annotations

from collections.abc import Mapping

from model_cicd.aws.regions import PARTITION_OF
from model_cicd.sagemaker_model_cicd.settings.notifications import Notifications
from model_cicd.sagemaker_model_cicd.settings.parameters import ModelCicdSettings
from model_cicd.sagemaker_model_cicd.settings.sources import ACTIONS, connection_place
from model_cicd.sagemaker_model_cicd.settings.validate import validate
from model_cicd.settings.context import ModuleContext
from model_cicd.settings.seedfarmer import read_context, read_parameters, variable
from model_cicd.text.errors import Problem, ProblemsError
from model_cicd.text.messages import Complaint, KeyPath
from model_cicd.text.source import format_path


def load(env: Mapping[str, str]) -> tuple[ModelCicdSettings, ModuleContext]:
    """Settings and context of the module `sagemaker-model-cicd` from `env` (usually `os.environ`).

    Raises ProblemsError with everything that is wrong; the file of each problem is the environment variable.
    """
    context, problems = read_context(env)
    values, unreadable = read_parameters(env, ModelCicdSettings)
    problems += unreadable
    settings, complaints = validate(values)
    broken = {problem.path for problem in unreadable}  # named already: not "missing" as well
    problems += [problem(each) for each in complaints if each[0][:1] not in [(name,) for name in broken]]
    if settings is not None and context is not None:
        problems += [problem(each) for each in misplaced(settings, context)]
    if problems or settings is None or context is None:
        raise ProblemsError(problems)
    return settings, context


def problem(complaint: Complaint) -> Problem:
    """The problem of a parameter, at its environment variable."""
    path, message = complaint
    return Problem(variable(str(path[0])), 0, format_path(path), message)


def misplaced(settings: ModelCicdSettings, context: ModuleContext) -> list[Complaint]:
    """What is wrong with settings that are right in themselves, deployed as `context` says."""
    return [
        *_other_regions(settings, context),
        *_unlisted_accounts(settings, context),
        *_foreign_connections(settings, context),
        *_other_accounts_providers(settings, context),
        *_foreign_topics(settings, context),
    ]


def _other_regions(settings: ModelCicdSettings, context: ModuleContext) -> list[Complaint]:
    """Build regions other than the tooling account's.

    No role can be assumed from one partition to another; and a pipeline that deploys in another region than its own
    would need an artifact bucket there as well (docs/adr/0007-promotion-trigger.md).
    """
    found: list[Complaint] = []
    for index, group in enumerate(settings.deployment_groups):
        region = group.build_environment.region
        if PARTITION_OF[region] != context.partition:
            message = f"got {region!r}, expected a region of the tooling account's partition {context.partition}"
        elif region != context.tooling_region:
            message = f"got {region!r}, expected {context.tooling_region!r}, where the module and its pipelines are"
        else:
            continue
        found.append((("deployment-groups", index, "buildEnvironment", "region"), message))
    return found


def _unlisted_accounts(settings: ModelCicdSettings, context: ModuleContext) -> list[Complaint]:
    """Build accounts that `build-account-ids` lacks although it is given: the module's role could not deploy there."""
    wanted = {group.build_environment.account for group in settings.deployment_groups} - {context.tooling_account}
    missing = sorted(wanted - set(settings.build_account_ids))
    if not settings.build_account_ids or not missing:
        return []
    message = f"got a list without {', '.join(missing)}, expected every build account other than the tooling account"
    return [(("build-account-ids",), message)]


def _foreign_connections(settings: ModelCicdSettings, context: ModuleContext) -> list[Complaint]:
    """Connections of another account or region, which the tooling account's pipelines could not use."""
    named: list[tuple[KeyPath, str | None]] = [
        (("infra-repo",), settings.infra_repo.connection_arn if settings.infra_repo else None),
        (("model-build-repo",), settings.model_build_repo.connection_arn),
    ]
    for index, group in enumerate(settings.deployment_groups):
        if group.model_build_repo:
            named.append((("deployment-groups", index, "modelBuildRepo"), group.model_build_repo.connection_arn))
    found: list[Complaint] = []
    here = (context.tooling_account, context.tooling_region)
    for path, arn in named:
        at = connection_place(arn) if arn else None
        if at is not None and at != here:
            words = f"{at[0]} in {at[1]}, expected one of the tooling account {here[0]} in {here[1]}"
            found.append(((*path, "connectionArn"), f"got a connection of account {words}, where the pipelines are"))
    return found


def _foreign_topics(settings: ModelCicdSettings, context: ModuleContext) -> list[Complaint]:
    """Topics and chats of another account or region: rules publish where they are themselves.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
    """
    named: list[tuple[KeyPath, Notifications | None]] = [(("notifications",), settings.notifications)]
    for index, group in enumerate(settings.deployment_groups):
        named.append((("deployment-groups", index, "notifications"), group.notifications))
    found: list[Complaint] = []
    for path, given in named:
        for name, arn in (
            (("topicArn", given.topic_arn), ("chatConfigurationArn", given.chat_configuration_arn)) if given else ()
        ):
            if arn is None:
                continue
            _, _, _, region, account = arn.split(":")[:5]
            if (account, region or context.tooling_region) != (context.tooling_account, context.tooling_region):
                place = f"account {account}" + (f" in {region}" if region else "")
                expected = f"one of the tooling account {context.tooling_account} in {context.tooling_region}"
                found.append(((*path, name), f"got one of {place}, expected {expected}, where the rules are"))
    return found


def _other_accounts_providers(settings: ModelCicdSettings, context: ModuleContext) -> list[Complaint]:
    """Accounts of `existingProviders` in which no workflow gets a role."""
    used = {each.build_environment.account for each in settings.deployment_groups if each.training.runner == ACTIONS}
    used |= {context.tooling_account} if settings.infra_repo and settings.infra_repo.runner == ACTIONS else set()
    return [
        (
            ("github", "existingProviders", index),
            f"got {account!r}, in which no workflow has a role; expected only such",
        )
        for index, account in enumerate(settings.github.existing_providers)
        if account not in used
    ]
