"""The images that a group builds itself as something that may be asked for."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.access.resolve import Resolved
from model_cicd.access.resource import Resource
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
