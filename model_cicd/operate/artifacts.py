"""The artifacts of versions in a registry's bucket: which of them nothing else needs, and their deletion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from model_cicd.aws.resources import MODELS
from model_cicd.operate.access import Access
from model_cicd.operate.packages import Version
from model_cicd.operate.records import Group
from model_cicd.text.errors import ModelCicdError


def own_artifacts(version: Version, others: Sequence[Version], group: Group) -> list[str]:
    """The S3 URIs of `version` that are models of the group's registry and that none of `others` has or is within."""
    kept = [uri for each in others for uri in each.artifacts]
    own = [each for each in version.artifacts if each.startswith(tuple(_folders(group)))]
    return [uri for uri in own if not any(_overlaps(uri, other) for other in kept)]


def _folders(group: Group) -> Iterator[str]:
    if group.registry_bucket:
        yield f"s3://{group.registry_bucket}/{MODELS}"
        if group.trainer.sagemaker_pipeline:
            yield f"s3://{group.registry_bucket}/{group.trainer.sagemaker_pipeline}/"


def _overlaps(one: str, other: str) -> bool:
    if one == other:
        return True
    return (other.endswith("/") and one.startswith(other)) or (one.endswith("/") and other.startswith(one))


def delete_artifact(access: Access, s3: Any, uri: str) -> int:
    """Delete every version of the object, or of the objects below a folder; how many. Raises ModelCicdError."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    found = []
    with access.asking("s3:ListBucketVersions", uri):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key):
            rows = [*(page.get("Versions") or ()), *(page.get("DeleteMarkers") or ())]
            found += [each for each in rows if key.endswith("/") or each["Key"] == key]
    for start in range(0, len(found), 1000):
        named = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found[start : start + 1000]]
        with access.asking("s3:DeleteObjectVersion", uri):
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": True})
        for error in answer.get("Errors") or ():
            raise ModelCicdError(f"{uri}: {error.get('Key')} stays: {error.get('Code')}: {error.get('Message')}")
    return len(found)
