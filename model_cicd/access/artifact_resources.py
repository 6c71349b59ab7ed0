"""What a pipeline hands from stage to stage, as something that may be asked for."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.access.resolve import Resolved
from model_cicd.access.resource import SOME_OBJECT, Resource
from model_cicd.aws.resources import BuildPipeline
from model_cicd.aws.stage_tests import StagedPipeline


def artifact_resources(
    word: str, pipeline: BuildPipeline, resolved: Resolved, group: str | None = None
) -> Iterator[Resource]:
    """Key, bucket, sources and other artifacts of the `word` pipeline (of `group`, or of the module)."""
    store = pipeline.artifacts
    place, bucket = store.place, store.bucket.arn

    def own(kind: str, arn: str, *types: str, policy: str) -> Resource:
        label = f"{kind} of {group}" if group else kind
        groups = frozenset({group}) if group else frozenset()
        return Resource(kind, label, arn, place.account, place.region, types, groups, policy=policy)

    key = resolved.key_of(store.key_alias.name, place.account)
    if key:
        yield own(f"{word} artifact key", key, "kms:key", policy=key)
    yield own(f"{word} artifact bucket", bucket, "s3:bucket", policy=bucket)
    yield own(f"{word} sources", f"{pipeline.sources_arn}{SOME_OBJECT}", "s3:object", policy=bucket)
    if isinstance(pipeline, StagedPipeline) and pipeline.tests:
        yield own("stage test suites", f"{pipeline.suites_arn}{SOME_OBJECT}", "s3:object", policy=bucket)
    beside = f"{pipeline.sources_arn.removesuffix('/')}d/{SOME_OBJECT}"
    yield own(f"other {word} artifacts", beside, "s3:object", policy=bucket)
