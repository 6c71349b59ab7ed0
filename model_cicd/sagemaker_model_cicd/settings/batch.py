"""How an environment of the kind `batch` transforms data: its key `batch`, under the names that stand in a manifest.

What must hold between these settings is in serving_rules.py.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from model_cicd.sagemaker_model_cicd.settings import endpoint_types as kinds
from model_cicd.sagemaker_model_cicd.settings.endpoint import DEFAULT_INSTANCE_TYPE, Vpc
from model_cicd.sagemaker_model_cicd.settings.notifications import TopicArn
from model_cicd.settings import types
from model_cicd.settings.strict import Settings

# no braces and no dollar signs but JSONPath's own: these texts stand in a state machine's definition
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformInput.html
_MEDIA_TYPE = types.matching(r"[\w.+-]{1,100}/[\w.+-]{1,100}(?:; ?[\w-]+=[\w.-]+)?", "a media type such as 'text/csv'")
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DataProcessing.html
_FILTER = types.matching(
    r"(?=.{1,63}$)\$[\w.,:\[\]'\" -]*", "a JSONPath of at most 63 characters, such as '$[1:]' or '$.features'"
)
#: the ways to serve
Kind = Literal["endpoint", "serverless", "async", "batch", "none"]
MediaType = Annotated[str, BeforeValidator(_MEDIA_TYPE)]
Filter = Annotated[str, BeforeValidator(_FILTER)]
Payload = Annotated[int, BeforeValidator(kinds.whole("a whole number from 1 to 100, in MB", 1, 100))]
Retries = Annotated[int, BeforeValidator(kinds.whole("a whole number from 0 to 5", 0, 5))]
#: a run looks once a minute, and a state machine's execution has 25,000 events at most
#: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
RunMinutes = Annotated[int, BeforeValidator(kinds.whole("a whole number from 5 to 1440, in minutes", 5, 1440))]
Instances = Annotated[int, BeforeValidator(kinds.whole("a whole number from 1 to 100", 1, 100))]


class Batch(Settings):
    """Transforms of data in S3. https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html"""

    input: kinds.S3Prefix = Field(
        description="`s3://bucket/prefix` of the environment's account and region: what is below it is transformed"
    )
    output: kinds.S3Prefix = Field(
        description="`s3://bucket/prefix` of the same, where each object's predictions are written as `.out`; neither "
        "it nor the input is below the other"
    )
    schedule: types.Schedule | None = Field(
        None, description="`rate(...)` or `cron(...)` in UTC: a run transforms everything below the input"
    )
    on_new_data: bool = Field(
        False,
        alias="onNewData",
        description="each new object below the input is transformed by itself; the bucket has to send its events to "
        "EventBridge",
    )
    content_type: MediaType = Field("text/csv", alias="contentType", description="media type of the input")
    accept: MediaType = Field("text/csv", description="media type of the output")
    split_lines: bool = Field(
        True, alias="splitLines", description="each line is a record; else each object goes to the model as a whole"
    )
    join: bool = Field(False, description="the output has each record of the input with its prediction behind it")
    input_filter: Filter | None = Field(
        None, alias="inputFilter", description="JSONPath of what of each record the model gets, such as `$[1:]`"
    )
    output_filter: Filter | None = Field(
        None, alias="outputFilter", description="JSONPath of what of the joined record is written"
    )
    max_payload_in_mb: Payload = Field(
        6, alias="maxPayloadInMb", description="most of one request to the model, 1 to 100; larger than any record"
    )
    instance_type: kinds.InstanceType = Field(
        DEFAULT_INSTANCE_TYPE, alias="instanceType", description="instance type of the transform job"
    )
    instance_count: Instances = Field(1, alias="instanceCount", description="instances of the transform job, 1 to 100")
    retries: Retries = Field(1, description="how often a run tries a job again that failed, 0 to 5")
    timeout_minutes: RunMinutes = Field(
        720,
        alias="timeoutMinutes",
        description="longest time of a run with its retries and what it waits for others, 5 to 1440; then it stops "
        "its job and fails",
    )
    notify: TopicArn | None = Field(
        None,
        description="an SNS topic of the environment's account and region that is told of each run that failed; its "
        "policy need not allow anything",
    )
    input_key_arn: kinds.KeyArn | None = Field(
        None, alias="inputKeyArn", description="key that the input is encrypted with, where it is one of your own"
    )
    output_key_arn: kinds.KeyArn | None = Field(
        None, alias="outputKeyArn", description="key of the output; without one it is encrypted as its bucket is"
    )
    vpc: Vpc | None = Field(None, description="containers are attached to subnets of the environment's account")
    enable_network_isolation: bool = Field(
        True, alias="enableNetworkIsolation", description="containers make no network calls"
    )
    tags: types.Tags = Field(default_factory=dict, description="tags of this environment's resources, by key")
