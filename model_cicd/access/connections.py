"""Connections to code at other hosts, as something that may be asked for, and a stand-in for ARNs that SSM knows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from model_cicd.access.assembly import Stack
from model_cicd.access.hosting_facts import canonical
from model_cicd.access.resource import Resource
from model_cicd.aws.resources import BranchPipeline
from model_cicd.sagemaker_model_cicd.topology import Topology

_SERVICES = ("codeconnections", "codestar-connections")


def connection_resources(topology: Topology) -> Iterator[Resource]:
    """The connection of each pipeline whose code is elsewhere, and another one of the account."""
    if topology.tooling.infra:
        yield from _connection(topology, "infra connection", topology.tooling.infra)
    for group in topology.groups:
        if group.training:
            yield from _connection(topology, "training connection", group.training, group.name)
    tooling = topology.tooling
    if any(_references(topology)):
        for service in _SERVICES:
            arn = tooling.place.arn(service, "connection/99999999-9999-9999-9999-999999999999")
            kind = "other connections"
            inside = (("the repository", "somebody/code"),)
            yield Resource(kind, f"{kind} ({service})", arn, tooling.account, tooling.region, _types(), prefixes=inside)


def _connection(
    topology: Topology, kind: str, pipeline: BranchPipeline, group: str | None = None
) -> Iterator[Resource]:
    written, tooling = pipeline.repository.connection, topology.tooling
    if written:
        label, groups = (f"{kind} of {group}", frozenset({group})) if group else (kind, frozenset[str]())
        inside = (("the repository", pipeline.repository.name),)
        arn = known_arn(topology, written)
        yield Resource(kind, label, arn, tooling.account, tooling.region, _types(), groups, prefixes=inside)


def _types() -> tuple[str, ...]:
    return tuple(f"{service}:Connection" for service in _SERVICES)


def _references(topology: Topology) -> Iterator[str]:
    pipelines = [topology.tooling.infra, *(group.training for group in topology.groups)]
    yield from dict.fromkeys(each.repository.connection for each in pipelines if each and each.repository.connection)


def known_arn(topology: Topology, written: str) -> str:
    """An ARN as it is; for one that a deployment finds in SSM, one that nothing else has."""
    if not written.startswith("{{"):
        return written
    number = list(_references(topology)).index(written)
    return topology.tooling.place.arn("codeconnections", f"connection/00000000-0000-0000-0000-{number:012}")


def with_connections(stacks: Sequence[Stack], topology: Topology) -> list[Stack]:
    """The stacks with ARNs in the place of references to parameters that hold them."""
    known = {each: known_arn(topology, each) for each in _references(topology) if each.startswith("{{")}
    found = []
    for stack in stacks:
        text = json.dumps(stack.template) if known else ""
        for written, arn in known.items():
            text = text.replace(written, arn)
        found.append(replace(stack, template=json.loads(text)) if known else stack)
    return found


def trigger(pipeline: BranchPipeline) -> str:
    """Pushes to exactly the branch, and which files they have to change."""
    push: dict[str, Any] = {"Branches": {"Includes": [pipeline.branch]}}
    filters = (("Includes", pipeline.includes), ("Excludes", pipeline.excludes))
    if paths := {key: list(globs) for key, globs in filters if globs}:
        push["FilePaths"] = paths
    git = {"SourceActionName": "Source", "Push": [push]}
    return canonical({"ProviderType": "CodeStarSourceConnection", "GitConfiguration": git})
