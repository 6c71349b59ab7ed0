"""What must hold between the parameters of the module, beyond the type of each.

As those of sagemaker-model-cicd do, they read plain data without trust: what is of another type than expected counts as
not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_cicd.aws.regions import missing_services
from model_cicd.settings.context import ModuleContext
from model_cicd.text.source import Document, KeyPath
from model_cicd.text.untrusted import mapping, mappings

#: the document that is wrong, where, and what
Broken = tuple[Document, KeyPath, str]
_ACCOUNTS = ("preProdAccountId", "prodAccountId")


def broken_rules(options: Document, config: Document, context: ModuleContext | None) -> Iterator[Broken]:
    """The complaints of every rule."""
    yield from _bucket_with_key(options, context)
    yield from _group_for_models(options, config)
    yield from _something_to_share(options, config)
    yield from _region_has_sagemaker(config, context)


def _bucket_with_key(options: Document, context: ModuleContext | None) -> Iterator[Broken]:
    given: Mapping[str, Any] = options.data
    pair = ("existingBucketName", "existingBucketKeyArn")
    for key, other in (pair, pair[::-1]):
        if key in given and other not in given:
            yield options, (key,), f"got {key} without {other}, expected both or neither"
    arn = given.get("existingBucketKeyArn")
    region = arn.split(":")[3] if isinstance(arn, str) and arn.count(":") > 4 else None
    if context and region and region != context.tooling_region:
        yield options, ("existingBucketKeyArn",), f"got a key in {region!r}, expected one in {context.tooling_region!r}"
    if "existingBucketName" in given and "s3AccessLogsBucketArn" in given:
        message = "got a bucket for access logs, but the existing bucket is not this module's to configure"
        yield options, ("s3AccessLogsBucketArn",), message


def _group_for_models(options: Document, config: Document) -> Iterator[Broken]:
    group = config.data.get("modelPackageGroupName")
    if group is None and options.data.get("createModelPackageGroup") is False:
        expected = "expected modelPackageGroupName, the group that exists"
        yield options, ("createModelPackageGroup",), f"got false without a model package group, {expected}"
    for path, step in mappings(("pipeline", "steps"), mapping(config.data.get("pipeline")).get("steps")):
        if step.get("type") != "RegisterModel" or not isinstance(step.get("register"), Mapping):
            continue
        if group is None and step["register"].get("modelPackageGroupName") is None:
            expected = "expected modelPackageGroupName here or beside the pipeline"
            yield config, (*path, "register"), f"no model package group to register in, {expected}"


def _something_to_share(options: Document, config: Document) -> Iterator[Broken]:
    shared = [key for key in _ACCOUNTS if config.data.get(key) is not None]
    if not shared and options.data.get("modelExecutionRoleName") is not None:
        expected = f"expected {' or '.join(_ACCOUNTS)} as well"
        yield options, ("modelExecutionRoleName",), f"got a role that nothing is shared with, {expected}"
    foreign = options.data.get("createModelPackageGroup") is False or config.data.get("modelPackageGroupName") is None
    if shared and foreign and "existingBucketName" in options.data:
        message = "neither bucket nor model package group is this module's, so there is nothing that it could share"
        yield config, (shared[0],), message


def _region_has_sagemaker(config: Document, context: ModuleContext | None) -> Iterator[Broken]:
    wrong = context and missing_services(context.tooling_region, ("SageMaker",), "the pipeline is there")
    if wrong:
        yield config, ("pipeline",), f"{wrong} (targetRegion of the module)"
