"""Rules on the settings that step types share."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.pipeline.model import Model
from model_cicd.pipeline.rules.registry import Finding, Subject, advice, rule
from model_cicd.pipeline.steps.knobs import (
    DURATION,
    CacheConfig,
    RetryPolicy,
    Runtime,
    Spot,
    SpotConfig,
    Volume,
    VolumeKey,
    Vpc,
)
from model_cicd.pipeline.steps.registry import TYPES
from model_cicd.pipeline.walk import find
from model_cicd.text.source import KeyPath


def _blocks(subject: Subject) -> Iterator[tuple[KeyPath, Model]]:
    """`defaults` and the steps' blocks."""
    if subject.config.pipeline.defaults is not None:
        yield ("pipeline", "defaults"), subject.config.pipeline.defaults
    for path, step in subject.steps:
        for key, block in step.blocks.items():
            yield (*path, key), block


@rule
def check_cache(subject: Subject) -> Iterator[Finding]:
    """Only some types are cached, for a duration."""
    for path, step in subject.steps:
        if step.cache is not None and not step.kind.cached:
            known = ", ".join(kind.name for kind in TYPES if kind.cached)
            yield (*path, "cache"), f"a {step.type} step is never cached, only steps of these types are: {known}"
    for path, cache in find(subject.config, CacheConfig):
        expiry = cache.expire_after
        if expiry is None and cache.enabled:
            yield path, "the key is missing: expireAfter, how old a run may be that stands in for a new one"
        elif expiry is not None and not DURATION.fullmatch(expiry):
            yield (*path, "expireAfter"), f"got {expiry!r}, expected a duration such as 30d, T12h, P30D or PT12H"


@rule
def check_retries(subject: Subject) -> Iterator[Finding]:
    """Only some types are tried again, and a policy ends by a count or by a time."""
    for path, step in subject.steps:
        if step.retry_policies and not step.kind.retried:
            known = ", ".join(kind.name for kind in TYPES if kind.retried)
            message = f"a {step.type} step has no retry policies, only steps of these types have: {known}"
            yield (*path, "retryPolicies"), message
    for path, policy in find(subject.config, RetryPolicy):
        if policy.max_attempts is not None and policy.expire_after_min is not None:
            yield path, "got both, expected one of maxAttempts and expireAfterMin"
        if len(set(policy.exception_types)) < len(policy.exception_types):
            yield (*path, "exceptionTypes"), "an exception stands twice"
    for path, policies in _policies(subject):
        on = [each for policy in policies for each in policy.exception_types]
        twice = sorted({each for each in on if on.count(each) > 1})
        if twice and all(len(set(policy.exception_types)) == len(policy.exception_types) for policy in policies):
            yield path, f"{', '.join(twice)} stands in two policies, expected one for each exception"


def _policies(subject: Subject) -> Iterator[tuple[KeyPath, list[RetryPolicy]]]:
    defaults = subject.config.pipeline.defaults
    if defaults is not None and defaults.retry_policies:
        yield ("pipeline", "defaults", "retryPolicies"), defaults.retry_policies
    for path, step in subject.steps:
        if step.retry_policies:
            yield (*path, "retryPolicies"), step.retry_policies


@rule
def check_spot(subject: Subject) -> Iterator[Finding]:
    """With the waiting for capacity a job may not take less time than without.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html
    """
    defaults = subject.config.pipeline.defaults
    for path, block in _blocks(subject):
        spot = block.spot if isinstance(block, Spot) else None
        runtime = block.max_runtime_in_seconds if isinstance(block, Runtime) else None
        runtime = runtime if runtime is not None else defaults.max_runtime_in_seconds if defaults else None
        wait, longest = spot.max_wait if spot else None, 86400 if runtime is None else runtime
        if isinstance(wait, int) and isinstance(longest, int) and wait < longest:
            message = f"got {wait} seconds, expected at least maxRuntimeInSeconds, {longest}"
            yield (*path, "spot", "maxWait"), message
        if spot is not None and spot.checkpoint is False:
            yield (*path, "spot", "checkpoint"), "got false, expected true, an S3 URI, or no such key"


@rule
def check_vpc(subject: Subject) -> Iterator[Finding]:
    """Subnets and security groups are given together, be it in `defaults` or `networkConfig`."""
    pipeline = subject.config.pipeline
    holders = [each for each in (pipeline.defaults, pipeline.network_config) if each is not None]
    for path, block in _blocks(subject):
        if not isinstance(block, Vpc) or block is pipeline.defaults:
            continue
        subnets = any(each.subnet_ids for each in (block, *holders))
        groups = any(each.security_group_ids for each in (block, *holders))
        if bool(block.subnet_ids or block.security_group_ids) and subnets != groups:
            missing = "securityGroupIds" if subnets else "subnetIds"
            yield path, f"got one of subnetIds and securityGroupIds, expected both: {missing} is missing"


@rule
def check_volume_keys(subject: Subject) -> Iterator[Finding]:
    """Outputs may name a key by its alias, volumes may not.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html (VolumeKmsKeyId)
    """
    for path, block in _blocks(subject):
        key = block.volume_kms_key_id if isinstance(block, Volume | VolumeKey) else None
        if isinstance(key, str) and (key.startswith("alias/") or ":alias/" in key):
            yield (*path, "volumeKmsKeyId"), f"got the alias {key!r}, expected the id or the ARN of a key for a volume"


@advice
def check_checkpoints_of_cached_steps(subject: Subject) -> Iterator[Finding]:
    """The place of checkpoints is part of a Training step's cache key, and one of its own differs each time.

    https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html
    """
    defaults = subject.config.pipeline.defaults
    for path, step in subject.steps:
        spots = [each.spot for each in (step.get(Spot), defaults) if each is not None and each.spot is not None]
        caches = [each.cache for each in (step, defaults) if each is not None and each.cache is not None]
        spot: SpotConfig | None = spots[0] if spots and step.get(Spot) else None
        if spot and spot.enabled and spot.checkpoint is True and caches and caches[0].enabled:
            message = (
                "the place of the checkpoints differs with each execution and belongs to the cache key: the step is "
                "never answered from cache; give checkpoint an S3 URI, or none"
            )
            yield path, message
