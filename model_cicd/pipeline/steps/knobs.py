"""Settings that several step types share; each may stand in a step, and for all steps in `pipeline.defaults`."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field

from model_cicd.pipeline.fields import Boolean, Count, EntryPoint, SourceUri, String, Text, TrueOrUri
from model_cicd.pipeline.model import Model


class Runtime(Model):
    """How long a job may take, in seconds (86400 where nothing else is said)."""

    max_runtime_in_seconds: Count | None = None


class Volume(Model):
    """The job's volume: its size in GB (30 where nothing else is said) and the key that encrypts it."""

    volume_size_in_gb: Count | None = None
    volume_kms_key_id: String | None = None


class VolumeKey(Model):
    """The key of the volume, for jobs whose volume has no size."""

    volume_kms_key_id: String | None = None


class OutputKey(Model):
    """The key that encrypts what the job leaves in S3."""

    output_kms_key_id: String | None = None


class SourceCode(Model):
    """Code of several files: a directory, packed as the SageMaker SDK does, and the program in it that is run.

    Where the directory has a `requirements.txt`, its packages are installed in the container first.
    """

    source_dir: SourceUri | None = None
    entry_point: EntryPoint | None = None


class Environment(Model):
    """Environment variables of the containers, besides those of `defaults`."""

    environment: dict[str, Text] = Field(default_factory=dict, max_length=100)


class Tags(Model):
    """Tags of the job or resource, besides those of `defaults`."""

    tags: dict[str, Text] = Field(default_factory=dict, max_length=50)


class Vpc(Model):
    """Subnets and security groups of the containers."""

    subnet_ids: list[String] | None = Field(default=None, min_length=1, max_length=16)
    security_group_ids: list[String] | None = Field(default=None, min_length=1, max_length=5)


class Isolation(Model):
    """Whether the containers are cut off from every network."""

    enable_network_isolation: Boolean | None = None


class Encryption(Model):
    """Whether what the containers of one job say to each other is encrypted."""

    encrypt_inter_container_traffic: Boolean | None = None


class Network(Vpc, Isolation, Encryption):
    """Where the containers run and what they may reach."""


class ExperimentConfig(Model):
    """The experiment that a job is recorded in; `experimentName` and `trialName` are made when they are missing.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ExperimentConfig.html
    """

    experiment_name: Text | None = None
    trial_name: Text | None = None
    trial_component_display_name: Text | None = None
    run_name: Text | None = None


class Experiment(Model):
    """The experiment of a job."""

    experiment_config: ExperimentConfig | None = None


class SpotConfig(Model):
    """Managed Spot training.

    `max_wait` is how many seconds the job may take together with the waiting for capacity; at least the job's
    `maxRuntimeInSeconds`, which it is where it is not given. `checkpoint` is where the container's
    `/opt/ml/checkpoints` goes: an S3 URI, or true for a place of its own.
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
    """

    enabled: bool = True
    max_wait: Count | None = None
    checkpoint: TrueOrUri | None = None


class Spot(Model):
    """Managed Spot training."""

    spot: SpotConfig | None = None


class CacheConfig(Model):
    """Whether an earlier successful run of the step with the same arguments stands in for a new one.

    `expire_after`, without which nothing can be enabled, is a duration such as 30d, T12h or P30DT12H.
    https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html
    """

    enabled: bool
    expire_after: str | None = None


#: durations as AWS's guide to step caching writes them (30d, 5y, T16m, 30dT5h), which are those of ISO 8601 with or
#: without the P
DURATION = re.compile(
    r"P?(?=[\dT])(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?", re.IGNORECASE | re.ASCII
)

Failure = Literal[
    "Step.SERVICE_FAULT",
    "Step.THROTTLING",
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.RESOURCE_LIMIT",
]


class RetryPolicy(Model):
    """When a failed step is tried again.

    `exception_types` are what the step may have failed with; the n-th wait is `interval_seconds` times `backoff_rate`
    to the power of n - 1. It ends after `max_attempts`, or `expire_after_min` minutes after the first.
    https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html
    """

    exception_types: list[Failure] = Field(min_length=1)
    interval_seconds: int | None = Field(default=None, ge=1)
    backoff_rate: float | None = Field(default=None, ge=1)
    max_attempts: int | None = Field(default=None, ge=1)
    expire_after_min: int | None = Field(default=None, ge=1)


class Cache(Model):
    """Step caching."""

    cache: CacheConfig | None = None


class Retries(Model):
    """Retry policies."""

    retry_policies: list[RetryPolicy] | None = None


class Defaults(Runtime, Volume, OutputKey, Environment, Tags, Network, Experiment, Spot, Cache, Retries):
    """What counts for every step that has the setting and says nothing else."""
