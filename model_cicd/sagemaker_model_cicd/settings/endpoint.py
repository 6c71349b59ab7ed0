"""How an environment serves: the key `endpoint` of an environment, under the names that stand in a manifest.

What must hold between these settings is in endpoint_rules.py; defaults that depend on others are resolved in
topology/derive_hosting.py.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from model_cicd.sagemaker_model_cicd.settings import endpoint_types as kinds
from model_cicd.sagemaker_model_cicd.settings.asleep import Asleep
from model_cicd.sagemaker_model_cicd.settings.notifications import TopicArn
from model_cicd.settings import types
from model_cicd.settings.strict import Settings

#: where neither an instance type nor serverless is given
DEFAULT_INSTANCE_TYPE = "ml.m5.large"
#: size of a canary or linear step where none is given
DEFAULT_STEP_PERCENT = 50
DEFAULT_WAIT_MINUTES = 5


class Serverless(Settings):
    """An endpoint without instances. https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html"""

    memory_size_in_mb: kinds.ServerlessMemory = Field(
        2048, alias="memorySizeInMb", description="1024 to 6144, in steps of 1024"
    )
    max_concurrency: kinds.Concurrency = Field(
        5, alias="maxConcurrency", description="requests at a time, 1 to 200; more are throttled"
    )


class Autoscaling(Settings):
    """Instances follow the load. https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html"""

    min_capacity: kinds.Count = Field(1, alias="minCapacity", description="fewest instances, at least 1")
    max_capacity: kinds.Count = Field(alias="maxCapacity", description="most instances, at least minCapacity")
    target_invocations_per_instance: kinds.Positive = Field(
        alias="targetInvocationsPerInstance", description="requests a minute that one instance should have"
    )


class Vpc(Settings):
    """Where containers reach the network of the environment's account."""

    subnet_ids: Annotated[types.Listed[types.SubnetId], kinds.MOST_SUBNETS] = Field(
        alias="subnetIds", description="subnets of the environment's account and region, 1 to 16"
    )
    security_group_ids: Annotated[types.Listed[types.SecurityGroupId], kinds.MOST_SECURITY_GROUPS] = Field(
        alias="securityGroupIds", description="security groups of the same VPC, 1 to 5"
    )


class DataCapture(Settings):
    """Requests and answers are written to S3.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
    """

    percentage: kinds.Percentage = Field(description="share of requests that is captured, 1 to 100")
    prefix: kinds.S3Prefix = Field(
        description="`s3://bucket/prefix` of the environment's region, which the model execution role may write below"
    )
    kms_key_arn: kinds.KeyArn | None = Field(
        None,
        alias="kmsKeyArn",
        description="key of the captured objects; without one they are encrypted as the bucket is",
    )


class ErrorAlarm(Settings):
    """More answers with a status of 500 or above than `threshold` in each of `evaluationPeriods`."""

    threshold: kinds.Threshold = Field(description="so many errors in one period are still no alarm")
    period_seconds: kinds.Period = Field(60, alias="periodSeconds", description="60 to 3600, in steps of 60")
    evaluation_periods: kinds.Periods = Field(
        1, alias="evaluationPeriods", description="so many periods in a row make the alarm, 1 to 24"
    )


class LatencyAlarm(Settings):
    """Answers that take the model longer than `threshold` in each of `evaluationPeriods`."""

    threshold: kinds.Milliseconds = Field(description="milliseconds of the model, above 0")
    statistic: kinds.Statistic = Field("p99", description="of the latencies in one period")
    period_seconds: kinds.Period = Field(60, alias="periodSeconds", description="60 to 3600, in steps of 60")
    evaluation_periods: kinds.Periods = Field(
        1, alias="evaluationPeriods", description="so many periods in a row make the alarm, 1 to 24"
    )


class Alarms(Settings):
    """The two alarms that roll a new version back, created with the endpoint."""

    errors_5xx: ErrorAlarm = Field(
        default_factory=lambda: ErrorAlarm(threshold=1),
        alias="errors5xx",
        description="more than 1 failed request in a minute, unless changed",
    )
    latency_ms: LatencyAlarm = Field(
        default_factory=lambda: LatencyAlarm(threshold=5000),
        alias="latencyMs",
        description="the slowest hundredth of a minute's requests above 5000 ms, unless changed",
    )
    notify: TopicArn | None = Field(
        None,
        description="an SNS topic of the environment's account and region that both tell, after a rollout as well; its "
        "policy has to let CloudWatch, as that of a new topic does",
    )


class Deployment(Settings):
    """How traffic moves to a new version. https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html"""

    strategy: kinds.Strategy = Field(
        "all-at-once", description="in one step; a part first and then the rest; or in equal steps"
    )
    step_instances: kinds.Count | None = Field(
        None, alias="stepInstances", description="size of the canary or of each linear step, in instances"
    )
    step_percent: kinds.StepPercent | None = Field(
        None,
        alias="stepPercent",
        description="the same in percent of the instances: 1 to 50, at least 10 if linear; 50 where neither is given",
    )
    wait_minutes: kinds.WaitMinutes = Field(
        DEFAULT_WAIT_MINUTES, alias="waitMinutes", description="between steps, while the alarms are watched; 0 to 60"
    )
    termination_wait_minutes: kinds.WaitMinutes = Field(
        DEFAULT_WAIT_MINUTES,
        alias="terminationWaitMinutes",
        description="after the last step, before the old instances go; 0 to 60",
    )
    alarms: Alarms = Field(default_factory=Alarms, description="what rolls the new version back")


class Shadow(Settings):
    """A new version sees requests before it answers any, beside the one that serves.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-shadow-deployment.html
    """

    percentage: kinds.Percentage = Field(description="share of requests that the new version gets a copy of, 1 to 100")
    requests: kinds.Count = Field(100, description="so many copies are compared; with fewer the promotion ends")
    minutes: kinds.ShadowMinutes = Field(
        60, description="how long it waits for them, 5 to 240; metrics come a minute or two after the requests"
    )
    latency_factor: kinds.Positive = Field(
        1.5, alias="latencyFactor", description="its mean latency, at most so many times that of what serves"
    )
    error_rate: kinds.Share = Field(
        0.01,
        alias="errorRate",
        description="the share of its requests that may fail above that of what serves, 0 to 1",
    )


class Endpoint(Settings):
    """How an environment serves approved models."""

    instance_type: kinds.InstanceType | None = Field(
        None, alias="instanceType", description=f"`{DEFAULT_INSTANCE_TYPE}` unless serverless"
    )
    instance_count: kinds.Count | None = Field(
        None, alias="instanceCount", description="1, or minCapacity with autoscaling"
    )
    serverless: Serverless | None = Field(None, description="an endpoint without instances instead")
    autoscaling: Autoscaling | None = Field(None, description="the number of instances follows the load")
    vpc: Vpc | None = Field(None, description="containers are attached to subnets of the environment's account")
    enable_network_isolation: bool | None = Field(
        None,
        alias="enableNetworkIsolation",
        description="containers make no network calls; on unless serverless, which does not support it",
    )
    data_capture: DataCapture | None = Field(
        None, alias="dataCapture", description="requests and answers are written to S3"
    )
    volume_key: kinds.VolumeKey | None = Field(
        None,
        alias="volumeKey",
        description="true for a key made with the endpoint, false for none, or a key's ARN; "
        "true unless serverless or on instances with NVMe storage of their own",
    )
    tags: types.Tags = Field(default_factory=dict, description="tags of this environment's resources, by key")
    deployment: Deployment | None = Field(
        None, description="how a new version takes over; without it in one step, and no alarm rolls it back"
    )
    shadow: Shadow | None = Field(
        None, description="a new version gets copies of requests and is compared with what serves, before it takes over"
    )
    asleep: Asleep | None = Field(
        None, description="when the environment is without its endpoint and costs nothing; not in prod"
    )
    idle_days: kinds.IdleDays | None = Field(
        None,
        alias="idleDays",
        description="an alarm that the endpoint was not asked anything for so many days, 1 to 7; none without",
    )
    idle_notify: TopicArn | None = Field(
        None,
        alias="idleNotify",
        description="an SNS topic of the environment's account and region that this alarm tells; its policy has to let "
        "CloudWatch, as that of a new topic does",
    )
