"""What must hold between settings, beyond the type of each.

Rules read plain data, not models, so that they speak about the groups that are right in a manifest where others are
wrong. Each takes the parameters by their names in the manifest and yields complaints; it skips whatever it cannot read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from model_cicd.aws.regions import CLOUDFORMATION_ACTION, missing_services, partition_of
from model_cicd.sagemaker_model_cicd.settings.build_rules import package_complaints
from model_cicd.sagemaker_model_cicd.settings.images import image_complaints
from model_cicd.sagemaker_model_cicd.settings.monitoring import monitoring_complaints
from model_cicd.sagemaker_model_cicd.settings.notifications import notification_complaints
from model_cicd.sagemaker_model_cicd.settings.reading import NONE, build_environment, deploy_environments, groups, joins
from model_cicd.sagemaker_model_cicd.settings.scientist_rules import compares_complaints, scientist_complaints
from model_cicd.sagemaker_model_cicd.settings.serving_rules import nobody_serves, serving_complaints
from model_cicd.sagemaker_model_cicd.settings.source_rules import source_complaints
from model_cicd.settings import types
from model_cicd.text.errors import describe
from model_cicd.text.messages import Complaint, KeyPath
from model_cicd.text.source import format_path
from model_cicd.text.untrusted import folded, mapping

Rule = Callable[[Mapping[str, Any]], Iterable[Complaint]]
_RULES: list[Rule] = []
#: what the module uses where it is deployed, and not every region has
SERVICES = (
    "CodeCommit",
    "CodeBuild",
    "CodePipeline",
    CLOUDFORMATION_ACTION,
    "EventBridge",
    "Step Functions",
    "SageMaker",
    "Application Auto Scaling",
)
_NO_CASE = "IAM and S3 do not tell case apart"


def rule(function: Rule) -> Rule:
    """Register `function`."""
    _RULES.append(function)
    return function


def broken_rules(data: Mapping[str, Any]) -> list[Complaint]:
    """The complaints of every rule."""
    return [complaint for each in _RULES for complaint in each(data)]


@rule
def _distinct_groups(data: Mapping[str, Any]) -> Iterator[Complaint]:
    names = [((*path, "name"), group.get("name")) for path, group in groups(data)]
    yield from _repeated(names, "the group name", "a name of its own", _NO_CASE)


@rule
def _one_group_a_branch(data: Mapping[str, Any]) -> Iterator[Complaint]:
    """Of one repository: groups of different ones may have branches of the same name."""
    by_repository: dict[object, list[tuple[KeyPath, Any]]] = {}
    for path, group in groups(data):
        training, own = mapping(group.get("training")), mapping(group.get("modelBuildRepo"))
        repository = training.get("repository") or own.get("name") or mapping(data.get("model-build-repo")).get("name")
        name = repository if isinstance(repository, str) else None
        by_repository.setdefault(name, []).append(((*path, "sourceBranch"), group.get("sourceBranch")))
    for branches in by_repository.values():
        yield from _repeated(branches, "the branch", "a branch of its own: a push trains exactly one group")


@rule
def _distinct_environments(data: Mapping[str, Any]) -> Iterator[Complaint]:
    for path, group in groups(data):
        deploy = list(deploy_environments(path, group))
        names = [((*each, "name"), environment.get("name")) for each, environment in deploy]
        yield from _repeated(names, "the environment name", "a name of its own in the group", _NO_CASE)
        own = mapping(group.get("buildEnvironment"))
        for each, environment in deploy:
            name, account = environment.get("name"), environment.get("account")
            if folded(name) is not None and folded(name) == folded(own.get("name")) and account != own.get("account"):
                message = f"got {describe(name)}, the build environment's name, with another account"
                yield (*each, "name"), f"{message}; expected a name of its own in the group"


@rule
def _no_prod_in_dev(data: Mapping[str, Any]) -> Iterator[Complaint]:
    for path, group in groups(data):
        if mapping(group.get("buildEnvironment")).get("type") != "dev":
            continue
        for each, environment in deploy_environments(path, group):
            if environment.get("type") == "prod":
                yield (
                    (*each, "type"),
                    "got 'prod' in a group that builds in a dev environment, expected dev or preprod: "
                    "models for prod are trained in a build environment of type preprod or prod",
                )


@rule
def _prod_last(data: Mapping[str, Any]) -> Iterator[Complaint]:
    for path, group in groups(data):
        first = [build_environment(path, group)] if joins(group) else []
        prod: tuple[KeyPath, object] | None = None
        for each, environment in [*first, *deploy_environments(path, group)]:
            kind = environment.get("type")
            if environment.get("kind") == NONE:
                continue
            if kind == "prod" and prod is None:
                prod = each, environment.get("name")
            elif kind in ("dev", "preprod") and prod is not None:
                where, name = prod
                moved = (
                    "; list the build environment among deployEnvironments, where it belongs in their order"
                    if where[-1] == "buildEnvironment"
                    else ""
                )
                yield (
                    (*each, "type"),
                    f"got {kind!r} after the prod environment {describe(name)} ({format_path(where)}), expected prod: "
                    f"a version goes to the environments in this order{moved}",
                )


rule(image_complaints)
rule(scientist_complaints)
rule(compares_complaints)
rule(nobody_serves)


@rule
def _one_way_to_tell(data: Mapping[str, Any]) -> Iterator[Complaint]:
    yield from notification_complaints(("notifications",), data.get("notifications"), may_be_empty=False)
    for path, group in groups(data):
        yield from notification_complaints((*path, "notifications"), group.get("notifications"), may_be_empty=True)


@rule
def _settings_of_who_serves(data: Mapping[str, Any]) -> Iterator[Complaint]:
    for path, group in groups(data):
        if joins(group):
            continue
        where, own = build_environment(path, group)
        listed = next(each for each, it in deploy_environments(path, group) if it.get("account") == own.get("account"))
        for key in ("kind", "endpoint", "batch", "async", "requireApproval", "tests"):
            if own.get(key) is not None:
                yield (
                    (*where, key),
                    f"got {key} of a build environment that does not serve, because {format_path(listed)} is in its "
                    "account; expected it there",
                )


@rule
def _endpoints(data: Mapping[str, Any]) -> Iterator[Complaint]:
    for path, group in groups(data):
        own = build_environment(path, group)
        region = own[1].get("region")
        for each, environment in [*([own] if joins(group) else []), *deploy_environments(path, group)]:
            place = environment.get("region") or region
            yield from serving_complaints(each, environment, place)
            yield from monitoring_complaints(each, environment, place, mapping(group.get("training")).get("runner"))
            for key in ("endpoint", "batch"):
                tagged = mapping(environment.get(key))
                yield from _too_many_tags((*each, key, "tags"), tagged, mapping(data.get("custom-tags")))


def _too_many_tags(path: KeyPath, tagged: Mapping[str, Any], others: Mapping[str, Any]) -> Iterator[Complaint]:
    tags = mapping(tagged.get("tags"))
    count = len({*tags, *others})
    if tags and count > types.MOST_TAGS >= max(len(tags), len(others)):
        yield path, f"got {count} tags together with custom-tags, expected at most {types.MOST_TAGS}"


@rule
def _one_region_a_group(data: Mapping[str, Any]) -> Iterator[Complaint]:
    for path, group in groups(data):
        own = mapping(group.get("buildEnvironment")).get("region")
        for each, environment in deploy_environments(path, group):
            region = environment.get("region")
            if partition_of(own) and partition_of(region) and region != own:
                message = f"got {region!r}, expected the build environment's region {own!r}"
                yield (*each, "region"), f"{message}: an endpoint reads models from a bucket in its own region"


@rule
def _regions_have_the_services(data: Mapping[str, Any]) -> Iterator[Complaint]:
    """A group's environments and the tooling account are in one region, so it needs the services of all of them."""
    for path, group in groups(data):
        region = mapping(group.get("buildEnvironment")).get("region")
        if partition_of(region) is None:
            continue
        wrong = missing_services(str(region), SERVICES, "the repository, pipelines, registry and endpoints are there")
        if wrong:
            yield (*path, "buildEnvironment", "region"), wrong


@rule
def _onepartition(data: Mapping[str, Any]) -> Iterator[Complaint]:
    first: str | None = None
    for path, group in groups(data):
        region = mapping(group.get("buildEnvironment")).get("region")
        own = partition_of(region)
        first = first or own
        if own and own != first:
            message = f"got {region!r} of the partition {own}, expected a region of {first} as in the first group"
            yield (*path, "buildEnvironment", "region"), message


@rule
def _sources(data: Mapping[str, Any]) -> Iterator[Complaint]:
    yield from source_complaints(data)


@rule
def _two_repositories(data: Mapping[str, Any]) -> Iterator[Complaint]:
    infra, training = mapping(data.get("infra-repo")), mapping(data.get("model-build-repo"))
    name = training.get("name")
    created = any(
        each.get("create", True) is True and each.get("host", "codecommit") == "codecommit"
        for each in (infra, training)
    )
    if isinstance(name, str) and name == infra.get("name") and created:
        message = f"got {name!r}, which is the infra-repo as well; expected a repository of its own"
        yield ("model-build-repo", "name"), message


@rule
def _moved_from_elsewhere(data: Mapping[str, Any]) -> Iterator[Complaint]:
    for path, group in groups(data):
        where, own = build_environment(path, group)
        former = own.get("movedFrom")
        if former is not None and former == own.get("account"):
            message = f"got {describe(former)}, where the group builds; expected the account that it built in before"
            yield (*where, "movedFrom"), message


@rule
def _build_accounts_and_no_others(data: Mapping[str, Any]) -> Iterator[Complaint]:
    build = [mapping(group.get("buildEnvironment")) for _, group in groups(data)]
    accounts = [each.get(key) for each in build for key in ("account", "movedFrom")]
    listed = data.get("build-account-ids")
    for index, account in enumerate(listed if isinstance(listed, list | tuple) else ()):
        if isinstance(account, str) and account not in accounts:
            message = f"got {account!r}, which no group builds in; expected only accounts of buildEnvironments"
            yield ("build-account-ids", index), message


@rule
def _deploy_accounts_and_no_others(data: Mapping[str, Any]) -> Iterator[Complaint]:
    found = [each for path, group in groups(data) for _, each in deploy_environments(path, group)]
    accounts = [environment.get("account") for environment in found]
    listed = data.get("deploy-account-ids")
    if listed and isinstance(listed, list | tuple) and not data.get("build-account-ids"):
        yield (
            ("deploy-account-ids",),
            "got a list without build-account-ids, expected both or neither: alone it limits nothing",
        )
    for index, account in enumerate(listed if isinstance(listed, list | tuple) else ()):
        if isinstance(account, str) and account not in accounts:
            message = f"got {account!r}, which no group deploys to; expected only accounts of deployEnvironments"
            yield ("deploy-account-ids", index), message


@rule
def _subnets_with_security_groups(data: Mapping[str, Any]) -> Iterator[Complaint]:
    for path, group in groups(data):
        network = mapping(group.get("networkConfig"))
        for given, other in (("subnetIds", "securityGroupIds"), ("securityGroupIds", "subnetIds")):
            if network.get(given) and not network.get(other):
                yield (*path, "networkConfig", given), f"got {given} without {other}, expected both or neither"


@rule
def _packages(data: Mapping[str, Any]) -> Iterator[Complaint]:
    yield from package_complaints(data)


def _repeated(
    values: list[tuple[KeyPath, Any]], what: str, expected: str, reason: str | None = None
) -> Iterator[Complaint]:
    """A complaint at every value that an earlier one has; case counts only where no `reason` says that it does not."""
    seen: dict[str, tuple[KeyPath, str]] = {}
    for path, value in values:
        if not isinstance(value, str):
            continue
        key = value.casefold() if reason else value
        if key in seen:
            earlier, same = seen[key][0], seen[key][1] == value
            unlike = f" (there {seen[key][1]!r}; {reason})" if not same else ""
            yield (
                path,
                f"got {what} {describe(value)} again, first at {format_path(earlier)}{unlike}; expected {expected}",
            )
        else:
            seen[key] = (path, value)
