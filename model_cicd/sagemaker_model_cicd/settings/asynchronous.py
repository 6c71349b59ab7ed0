"""How an environment of the kind `async` answers: its key `async`, under the names that stand in a manifest."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from model_cicd.sagemaker_model_cicd.settings import endpoint_types as kinds
from model_cicd.sagemaker_model_cicd.settings.notifications import TopicArn
from model_cicd.settings.strict import Settings

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AsyncInferenceClientConfig.html
Concurrent = Annotated[int, BeforeValidator(kinds.whole("a whole number from 1 to 1000", 1, 1000))]


class Async(Settings):
    """Requests wait in a queue, and answers go to S3. https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html"""

    input: kinds.S3Prefix = Field(
        description="`s3://bucket/prefix` of the environment's account and region, below which callers put requests"
    )
    output: kinds.S3Prefix = Field(
        description="`s3://bucket/prefix` of the same: answers are written below it, failures below its `failed`"
    )
    max_capacity: kinds.Count = Field(
        1, alias="maxCapacity", description="most instances; without requests there is none, and nothing to pay"
    )
    backlog_per_instance: kinds.Positive = Field(
        5, alias="backlogPerInstance", description="requests that may wait for each instance before there are more"
    )
    max_concurrent: Concurrent | None = Field(
        None,
        alias="maxConcurrent",
        description="requests at a time that an instance gets, 1 to 1000; else SageMaker decides",
    )
    success_topic_arn: TopicArn | None = Field(
        None,
        alias="successTopicArn",
        description="an SNS topic of the environment's account and region that is told of each answer",
    )
    error_topic_arn: TopicArn | None = Field(
        None, alias="errorTopicArn", description="the same for each request that failed"
    )
    input_key_arn: kinds.KeyArn | None = Field(
        None, alias="inputKeyArn", description="key that requests are encrypted with, where it is one of your own"
    )
    output_key_arn: kinds.KeyArn | None = Field(
        None, alias="outputKeyArn", description="key of the answers; without one they are encrypted as the bucket is"
    )
