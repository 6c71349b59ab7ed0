"""What the tooling account holds once, as something that may be asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from model_cicd.access.artifact_resources import artifact_resources
from model_cicd.access.principals import NO_GROUP
from model_cicd.access.resolve import Resolved
from model_cicd.access.resource import LOG, ROLE, Resource
from model_cicd.sagemaker_model_cicd.topology import Topology


def tooling_resources(topology: Topology, resolved: Resolved) -> Iterator[Resource]:
    """Repositories, the infra pipeline or the role that a workflow redeploys with, and the event bus."""
    tooling = topology.tooling
    arns = tooling.place

    def own(kind: str, arn: str, *types: str, policy: str | None = None) -> Resource:
        return Resource(kind, kind, arn, tooling.account, tooling.region, types, policy=policy)

    for word, code in zip(("training", "infra"), tooling.repositories, strict=False):
        if code.is_here:
            found = own(f"{word} repository", code.arn, "codecommit:repository")
            yield replace(found, groups=_trained_from(topology)) if word == "training" else found
    if tooling.infra:
        yield from artifact_resources("infra", tooling.infra, resolved)
        yield own("infra pipeline", tooling.infra.arn, "codepipeline:pipeline")
        yield own("infra project", tooling.infra.project.arn, "codebuild:project")
        log = arns.arn("logs", f"log-group:{tooling.infra.project.log_group}:log-stream:a1b2c3")
        yield own("infra build log", log, *LOG)
    if tooling.infra_workflow:
        yield own("toolchain role", tooling.infra_workflow.toolchain_role.arn, *ROLE)
    yield own("event bus", tooling.event_bus_arn, "events:event-bus", policy=tooling.event_bus_arn)


def _trained_from(topology: Topology) -> frozenset[str]:
    """The groups whose pipelines fetch the module's repository: none said where all do."""
    shared = topology.tooling.model_build_repository
    users = [group.name for group in topology.groups if group.training and group.repository == shared]
    return frozenset() if len(users) == len(topology.groups) else frozenset(users) or NO_GROUP
