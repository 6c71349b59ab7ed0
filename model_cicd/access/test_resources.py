"""What tests and compares an environment as something that may be asked for: its endpoint, and the builds."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.access.resource import LOG, Resource
from model_cicd.aws.place import Place
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, GroupTopology, Topology


def test_resources(topology: Topology, group: GroupTopology, target: EndpointTarget) -> Iterator[Resource]:
    """The endpoint, where the environment has tests, and the builds with their logs of tests and shadow."""
    environment, tooling = target.environment, topology.tooling.place

    def own(kind: str, arn: str, *types: str, at: Place = tooling) -> Resource:
        label = f"{kind} of {environment.name} ({environment.type}) of {group.name}"
        return Resource(kind, label, arn, at.account, at.region, types, frozenset({group.name}), environment.name)

    projects = {"shadow": target.shadow.project} if target.shadow else {}
    if target.tests:
        yield own("tested endpoint", target.endpoint.arn, "sagemaker:endpoint", at=environment.place)
        projects |= {"stage test": target.tests.project, "stage settle": target.tests.settling}
    for word, project in projects.items():
        yield own(f"{word} project", project.arn, "codebuild:project")
        log = tooling.arn("logs", f"log-group:{project.log_group}:log-stream:a1b2c3")
        yield own(f"{word} log", log, *LOG)
