"""What the builds of all pipelines use beside their source: subnets, and parameters with where packages are from."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.access.resource import Resource
from model_cicd.sagemaker_model_cicd.topology import Topology


def build_resources(topology: Topology) -> Iterator[Resource]:
    """Subnets, security groups and network interfaces where builds are in a VPC, and parameters of registries."""
    tooling, machine = topology.tooling, topology.tooling.machine
    place = tooling.place
    subnets = [place.arn("ec2", f"subnet/{each}") for each in machine.vpc.subnet_ids]
    groups = [place.arn("ec2", f"security-group/{each}") for each in machine.vpc.security_group_ids]
    interfaces = [place.arn("ec2", "network-interface/eni-89abcdef")] if subnets else []
    for plural, kind, arns in (
        ("subnets", "subnet", subnets),
        ("security groups", "security-group", groups),
        ("interfaces", "network-interface", interfaces),
    ):
        for arn in arns:
            name = f"{plural} of builds"
            label = f"{name}: {arn.rpartition('/')[2]}"
            inside = (("own subnet", subnets[0]),)
            yield Resource(name, label, arn, tooling.account, tooling.region, (f"ec2:{kind}",), prefixes=inside)
    own = tooling.infra.project.machine if tooling.infra else machine
    for kind, parameter in (
        ("package index parameter", machine.python_index_parameter),
        ("npm token parameter", own.npm_token_parameter),
    ):
        if parameter:
            yield Resource(kind, kind, parameter.arn, tooling.account, tooling.region, ("ssm:parameter",))
