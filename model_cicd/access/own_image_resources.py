"""The images that a group builds itself as something that may be asked for, and the build that makes them."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.access.resolve import Resolved
from model_cicd.access.resource import LOG, Resource
from model_cicd.sagemaker_model_cicd.topology import GroupTopology


def own_image_resources(group: GroupTopology, resolved: Resolved) -> Iterator[Resource]:
    """Repositories and their key in the build account, project and log in the tooling account."""
    store = group.own_images
    if store is None:
        return
    groups = frozenset({group.name})
    key = resolved.key_of(store.key_alias.name, store.account)
    at = (store.account, store.region)
    if key:
        yield Resource("image key", f"image key of {group.name}", key, *at, ("kms:key",), groups, policy=key)
    for each in store.images:
        label = f"image {each.image} of {group.name}"
        yield Resource("own images", label, each.arn, *at, ("ecr:repository",), groups, policy=each.arn)
    project = store.project
    _, _, _, region, account, _ = project.arn.split(":")
    log = f"{':'.join(project.arn.split(':')[:2])}:logs:{region}:{account}:log-group:{project.log_group}"
    for kind, arn, types in (
        ("image project", project.arn, ("codebuild:project",)),
        ("image build log", f"{log}:log-stream:a1b2c3", LOG),
    ):
        yield Resource(kind, f"{kind} of {group.name}", arn, account, region, types, groups)
