"""Groups and environments in parameters that are not checked yet: what is of another type counts as not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_cicd.text.messages import KeyPath
from model_cicd.text.untrusted import Item, mapping, mappings

#: the kind of environments that are not deployed to
NONE = "none"


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
