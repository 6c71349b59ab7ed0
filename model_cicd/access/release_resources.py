"""A group's releases as something that may be asked for."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.access.resolve import Resolved
from model_cicd.access.resource import SOME_OBJECT, Resource
from model_cicd.aws.resources import MODELS, REGISTRATIONS
from model_cicd.sagemaker_model_cicd.topology import GroupTopology


def release_resources(group: GroupTopology, resolved: Resolved) -> Iterator[Resource]:
    """Key, bucket, objects, model package group and releases of `group`, and what records registrations."""
    store, place = group.releases, group.releases.place

    def own(kind: str, arn: str, type: str, *, policy: str | None = None, **more: object) -> Resource:
        groups = frozenset({group.name})
        label = f"{kind} of {group.name}"
        return Resource(kind, label, arn, place.account, place.region, (type,), groups, policy=policy, **more)  # type: ignore[arg-type]

    key = resolved.key_of(store.key_alias.name, place.account)
    if key:
        yield own("release key", key, "kms:key", policy=key)
    bucket, versions = store.bucket.arn, store.models.arn
    prefixes = {"models": MODELS, "registrations": REGISTRATIONS}
    yield own("release bucket", bucket, "s3:bucket", policy=bucket, prefixes=tuple(prefixes.items()))
    yield own("release models", f"{bucket}/{MODELS}{SOME_OBJECT}", "s3:object", policy=bucket)
    yield own("registrations", f"{bucket}/{REGISTRATIONS}{SOME_OBJECT}", "s3:object", policy=bucket)
    yield own("other release objects", f"{bucket}/elsewhere/{SOME_OBJECT}", "s3:object", policy=bucket)
    yield own("release group", versions, "sagemaker:model-package-group", policy=versions)
    release = store.models.packages_arn.removesuffix("*") + "1"
    yield own("releases", release, "sagemaker:model-package", policy=versions)
    parameter = place.arn("ssm", f"parameter{group.parameter('release-key-arn')}")
    yield own("release key parameter", parameter, "ssm:parameter")
    yield own("registration recorder", store.recorder.state_machine.arn, "states:statemachine")
