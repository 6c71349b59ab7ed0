"""What an environment's endpoint is held against while it serves: the key `monitoring` of an environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from model_cicd.aws import monitor_images
from model_cicd.sagemaker_model_cicd.settings import endpoint_types as kinds
from model_cicd.sagemaker_model_cicd.settings.endpoint_rules import foreign_keys, foreign_topics
from model_cicd.sagemaker_model_cicd.settings.notifications import TopicArn
from model_cicd.sagemaker_model_cicd.settings.sources import ACTIONS
from model_cicd.settings.strict import Settings
from model_cicd.text.errors import describe
from model_cicd.text.messages import Complaint, KeyPath
from model_cicd.text.untrusted import mapping, text

DEFAULT_INSTANCE_TYPE = "ml.m5.large"
#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ScheduleConfig.html
Hours = Annotated[int, BeforeValidator(kinds.whole("a whole number from 1 to 24", 1, 24))]


class ModelQuality(Settings):
    """Predictions are held against what turned out to be true."""

    ground_truth: kinds.S3Prefix = Field(
        alias="groundTruth",
        description="`s3://bucket/prefix` of the environment's region with the ground truth, by hour: "
        "`PREFIX/yyyy/mm/dd/hh/*.jsonl`",
    )
    problem: Literal["regression", "binary-classification"] = Field(
        "regression", description="what the model predicts, which decides the metrics"
    )


class Retrain(Settings):
    """Violations start the training pipeline of the group."""

    on: Literal["drift"] = Field("drift", description="what starts a training: violations that monitoring finds")
    cooldown_hours: Annotated[int, BeforeValidator(kinds.whole("a whole number from 1 to 720", 1, 720))] = Field(
        24, alias="cooldownHours", description="hours after such a training in which there is no other, 1 to 720"
    )
    at_most: Annotated[int, BeforeValidator(kinds.whole("a whole number from 1 to 50", 1, 50))] = Field(
        3, alias="atMost", description="trainings in 30 days, 1 to 50"
    )


class Monitoring(Settings):
    """What the endpoint captured is analysed by Model Monitor, against the baseline that came with the version."""

    every_hours: Hours = Field(1, alias="everyHours", description="hours between two analyses, 1 to 24")
    reports: kinds.S3Prefix = Field(
        description="`s3://bucket/prefix` of the environment's region that reports are written below"
    )
    kms_key_arn: kinds.KeyArn | None = Field(
        None, alias="kmsKeyArn", description="key of the reports; without one they are encrypted as the bucket is"
    )
    instance_type: kinds.InstanceType = Field(
        DEFAULT_INSTANCE_TYPE, alias="instanceType", description="what the analyses run on"
    )
    model_quality: ModelQuality | None = Field(
        None, alias="modelQuality", description="besides data quality: predictions against ground truth"
    )
    retrain: Retrain | None = Field(None, description="violations start the training pipeline of the group")
    notify: TopicArn | None = Field(
        None,
        description="an SNS topic of the environment's account and region that is told of violations; its policy, and "
        "that of its key, have to let `events.amazonaws.com` publish",
    )


def monitoring_complaints(
    path: KeyPath, environment: Mapping[str, Any], region: object, trained_by: object = None
) -> Iterator[Complaint]:
    """What is wrong with the settings `monitoring` of an `environment` at `path`, which is in `region`.

    `trained_by` is what trains the group.
    """
    found = environment.get("monitoring")
    if not isinstance(found, Mapping):
        return
    own = (*path, "monitoring")
    capture = mapping(mapping(environment.get("endpoint")).get("dataCapture"))
    if not capture:
        yield (
            own,
            "got monitoring without endpoint.dataCapture, expected both: what is captured is what is analysed",
        )
    if found.get("retrain") is not None and trained_by == ACTIONS:
        yield (
            (*own, "retrain"),
            f"got retrain with training.runner {ACTIONS!r}, expected a training pipeline, which drift could start",
        )
    if isinstance(region, str) and not monitor_images.offered(region):
        yield (
            own,
            f"got monitoring in {region}, expected another region: AWS has no Model Monitor there",
        )
    yield from foreign_keys([((*own, "kmsKeyArn"), found.get("kmsKeyArn"))], region)
    yield from foreign_topics([((*own, "notify"), found.get("notify"))], environment.get("account"), region)
    truth = mapping(found.get("modelQuality")).get("groundTruth")
    reports = found.get("reports")
    for other in (capture.get("prefix"), truth):
        if reports and other and _one_in_the_other(text(reports), text(other)):
            yield (
                (*own, "reports"),
                f"got {describe(reports)} beside {describe(other)}, expected prefixes apart: "
                "who writes the one could write what the other is trusted for",
            )


def _one_in_the_other(one: str, other: str) -> bool:
    first, second = (f"{each.rstrip('/')}/" for each in (one, other))
    return first.startswith(second) or second.startswith(first)
