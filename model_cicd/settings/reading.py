"""Plain data read without trust, for the rules: what is of another type than expected counts as not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_cicd.settings.messages import KeyPath
from model_cicd.settings.regions import PARTITION_OF

Item = tuple[KeyPath, Mapping[str, Any]]


def groups(data: Mapping[str, Any]) -> Iterator[Item]:
    """The deployment groups, each with its path."""
    yield from mappings(("deployment-groups",), data.get("deployment-groups"))


def deploy_environments(path: KeyPath, group: Mapping[str, Any]) -> Iterator[Item]:
    """The deploy environments of the group at `path`, each with its path."""
    yield from mappings((*path, "deployEnvironments"), group.get("deployEnvironments"))


def build_environment(path: KeyPath, group: Mapping[str, Any]) -> Item:
    """The build environment of the group at `path`, with its path."""
    return (*path, "buildEnvironment"), mapping(group.get("buildEnvironment"))


def joins(group: Mapping[str, Any]) -> bool:
    """Whether the build environment deploys as well, first: its account is not among the deploy environments'."""
    own = mapping(group.get("buildEnvironment")).get("account")
    return all(each.get("account") != own for _, each in deploy_environments((), group))


def mappings(path: KeyPath, value: object) -> Iterator[Item]:
    """The mappings in the list `value` at `path`."""
    for index, item in enumerate(value if isinstance(value, list | tuple) else ()):
        if isinstance(item, Mapping):
            yield (*path, index), item


def mapping(value: object) -> Mapping[str, Any]:
    """`value`, or an empty mapping."""
    return value if isinstance(value, Mapping) else {}


def integer(value: object) -> int | None:
    """`value` where it is a whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text(value: object) -> str:
    """`value`, or the empty string."""
    return value if isinstance(value, str) else ""


def partition(region: object) -> str | None:
    """The partition of a region that there is."""
    return PARTITION_OF.get(region) if isinstance(region, str) else None


def folded(value: object) -> str | None:
    """Text without regard to case."""
    return value.casefold() if isinstance(value, str) else None
