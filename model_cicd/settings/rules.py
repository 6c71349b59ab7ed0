"""What must hold between settings, beyond the type of each.

Rules read plain data, not models, so that they speak about the groups that are right in a manifest where others are
wrong. Each takes the parameters by their names in the manifest and yields complaints; it skips whatever it cannot read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from model_cicd.settings.messages import Complaint, KeyPath
from model_cicd.settings.regions import PARTITION_OF
from model_cicd.settings.types import describe
from model_cicd.source import format_path

Rule = Callable[[Mapping[str, Any]], Iterable[Complaint]]
_RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    """Register `function`."""
    _RULES.append(function)
    return function


def broken_rules(data: Mapping[str, Any]) -> list[Complaint]:
    """The complaints of every rule."""
    return [complaint for each in _RULES for complaint in each(data)]


@rule
def _distinct_groups(data: Mapping[str, Any]) -> Iterator[Complaint]:
    names = [((*path, "name"), group.get("name")) for path, group in _groups(data)]
    yield from _repeated(names, "the group name", "a name of its own", "IAM and S3 do not tell case apart")


@rule
def _one_group_a_branch(data: Mapping[str, Any]) -> Iterator[Complaint]:
    branches = [((*path, "sourceBranch"), group.get("sourceBranch")) for path, group in _groups(data)]
    yield from _repeated(branches, "the branch", "a branch of its own: a push trains exactly one group")


@rule
def _distinct_environments(data: Mapping[str, Any]) -> Iterator[Complaint]:
    for path, group in _groups(data):
        deploy = list(_deploy_environments(path, group))
        names = [((*each, "name"), environment.get("name")) for each, environment in deploy]
        yield from _repeated(names, "the environment name", "a name of its own in the group")
        own = _mapping(group.get("buildEnvironment"))
        for each, environment in deploy:
            name, account = environment.get("name"), environment.get("account")
            if (
                _folded(name) is not None
                and _folded(name) == _folded(own.get("name"))
                and account != own.get("account")
            ):
                message = f"got {describe(name)}, the build environment's name, with another account"
                yield (*each, "name"), f"{message}; expected a name of its own in the group"


@rule
def _no_prod_in_dev(data: Mapping[str, Any]) -> Iterator[Complaint]:
    for path, group in _groups(data):
        if _mapping(group.get("buildEnvironment")).get("type") != "dev":
            continue
        for each, environment in _deploy_environments(path, group):
            if environment.get("type") == "prod":
                yield (
                    (*each, "type"),
                    "got 'prod' in a group that builds in a dev environment, expected dev or preprod: "
                    "models for prod are trained in a build environment of type preprod or prod",
                )


@rule
def _one_region_a_group(data: Mapping[str, Any]) -> Iterator[Complaint]:
    for path, group in _groups(data):
        own = _mapping(group.get("buildEnvironment")).get("region")
        for each, environment in _deploy_environments(path, group):
            region = environment.get("region")
            if _partition(own) and _partition(region) and region != own:
                message = f"got {region!r}, expected the build environment's region {own!r}"
                yield (*each, "region"), f"{message}: an endpoint reads models from a bucket in its own region"


@rule
def _one_partition(data: Mapping[str, Any]) -> Iterator[Complaint]:
    first: str | None = None
    for path, group in _groups(data):
        region = _mapping(group.get("buildEnvironment")).get("region")
        partition = _partition(region)
        first = first or partition
        if partition and partition != first:
            message = f"got {region!r} of the partition {partition}, expected a region of {first} as in the first group"
            yield (*path, "buildEnvironment", "region"), message


@rule
def _two_repositories(data: Mapping[str, Any]) -> Iterator[Complaint]:
    infra, training = _mapping(data.get("infra-repo")), _mapping(data.get("model-build-repo"))
    name = training.get("name")
    created = infra.get("create", True) is True or training.get("create", True) is True
    if isinstance(name, str) and name == infra.get("name") and created:
        message = f"got {name!r}, which is the infra-repo as well; expected a repository of its own"
        yield ("model-build-repo", "name"), message


@rule
def _build_accounts_and_no_others(data: Mapping[str, Any]) -> Iterator[Complaint]:
    accounts = [_mapping(group.get("buildEnvironment")).get("account") for _, group in _groups(data)]
    listed = data.get("build-account-ids")
    for index, account in enumerate(listed if isinstance(listed, list | tuple) else ()):
        if isinstance(account, str) and account not in accounts:
            message = f"got {account!r}, which no group builds in; expected only accounts of buildEnvironments"
            yield ("build-account-ids", index), message


@rule
def _subnets_with_security_groups(data: Mapping[str, Any]) -> Iterator[Complaint]:
    for path, group in _groups(data):
        network = _mapping(group.get("networkConfig"))
        for given, other in (("subnetIds", "securityGroupIds"), ("securityGroupIds", "subnetIds")):
            if network.get(given) and not network.get(other):
                yield (*path, "networkConfig", given), f"got {given} without {other}, expected both or neither"


def _groups(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    yield from _mappings(("deployment-groups",), data.get("deployment-groups"))


def _deploy_environments(path: KeyPath, group: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    yield from _mappings((*path, "deployEnvironments"), group.get("deployEnvironments"))


def _mappings(path: KeyPath, value: object) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    for index, item in enumerate(value if isinstance(value, list | tuple) else ()):
        if isinstance(item, Mapping):
            yield (*path, index), item


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _partition(region: object) -> str | None:
    return PARTITION_OF.get(region) if isinstance(region, str) else None


def _folded(value: object) -> str | None:
    return value.casefold() if isinstance(value, str) else None


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
