"""The images that containers of all groups are made of."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.access.resource import Resource
from model_cicd.aws.images import aws_accounts
from model_cicd.sagemaker_model_cicd.topology import Topology


def image_resources(topology: Topology) -> Iterator[Resource]:
    """Of AWS, one in each region as an example of all, and those that settings name; groups may share them."""
    groups: dict[tuple[str, str], set[str]] = {}
    for group in topology.groups:
        place = group.build.place
        offered = [place.elsewhere(each).arn("ecr", "repository/image") for each in aws_accounts(place.region)[:1]]
        own = group.own_images.arns if group.own_images else ()
        named = [each for each in group.image_repositories if each not in own]
        for kind, arns in (("built-in images", offered), ("named images", named)):
            for arn in arns:
                groups.setdefault((kind, arn), set()).add(group.name)
    for (kind, arn), names in groups.items():
        _, _, _, region, account, name = arn.split(":")
        label = f"{kind}: {name} of account {account}"
        yield Resource(kind, label, arn, account, region, ("ecr:repository",), frozenset(names))
