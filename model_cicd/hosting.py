"""How an environment serves, with every default resolved: records that say all that is in an endpoint's template.

Two environments whose hosting is equal share one template: names, ARNs and tags are not in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from model_cicd.aws.resources import Vpc


@dataclass(frozen=True)
class InstanceHosting:
    """Hosting on instances; `count` is where it starts when the number is left to autoscaling."""

    type: str
    count: int


@dataclass(frozen=True)
class ServerlessHosting:
    """Hosting without instances: memory in MB, and how many requests run at once."""

    memory_mb: int
    max_concurrency: int


@dataclass(frozen=True)
class Prefix:
    """Objects below `path` of `bucket`; `path` has no slashes at its ends. `key_arn` encrypts them, if any is known."""

    bucket: str
    path: str
    key_arn: str | None = None

    @property
    def uri(self) -> str:
        """`s3://bucket/path`."""
        return f"s3://{self.bucket}/{self.path}"


@dataclass(frozen=True)
class Processing:
    """What a transform makes of its records: media types, lines as records, the input joined to the output.

    The filters are JSONPaths, `payload_mb` is the most of one request in MB.
    """

    content_type: str
    accept: str
    lines: bool
    join: bool
    input_filter: str | None
    output_filter: str | None
    payload_mb: int


@dataclass(frozen=True)
class BatchTransform:
    """No endpoint, but transforms of `input` to `output` on `count` instances of `type`.

    `schedule` is an expression of EventBridge, `on_new_data` says that each new object is transformed. A run takes
    `minutes` at most, with what it waits for others; a failed job is tried `retries` times more. `topic_arn` is told
    of runs that failed.
    """

    type: str
    count: int
    input: Prefix
    output: Prefix
    processing: Processing
    schedule: str | None
    on_new_data: bool
    retries: int
    minutes: int
    topic_arn: str | None

    @property
    def starts_itself(self) -> bool:
        """Whether a rule starts runs."""
        return bool(self.schedule) or self.on_new_data


@dataclass(frozen=True)
class Asynchronous:
    """An endpoint with a queue: requests are below `input`, answers go below `output`.

    There are none to `max_capacity` instances, with about `backlog` requests waiting for each, of which one gets
    `concurrent` at a time (None: as many as SageMaker decides). Topics (ARNs) are told of answers and failures.
    """

    input: Prefix
    output: Prefix
    max_capacity: int
    backlog: float
    concurrent: int | None
    success_topic_arn: str | None
    error_topic_arn: str | None

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics, each once."""
        given = (self.success_topic_arn, self.error_topic_arn)
        return tuple(dict.fromkeys(each for each in given if each))


@dataclass(frozen=True)
class Scaling:
    """Between so many instances, each with about that many requests a minute."""

    min_capacity: int
    max_capacity: int
    target_invocations_per_instance: float


@dataclass(frozen=True)
class Capture:
    """Which share of requests (percent) is written below `prefix` of `bucket`; `key_arn` encrypts it, if any."""

    percentage: int
    bucket: str
    prefix: str  # without slashes at its ends
    key_arn: str | None

    @property
    def uri(self) -> str:
        """`s3://bucket/prefix`."""
        return f"s3://{self.bucket}/{self.prefix}"


@dataclass(frozen=True)
class ModelQuality:
    """Predictions against ground truth; `problem` is `regression` or `binary-classification`."""

    truth: Prefix
    problem: str


@dataclass(frozen=True)
class Monitoring:
    """Model Monitor on what an endpoint captures, every so many hours; reports go below `reports`.

    The topic `topic_arn`, if any, is told of violations; with `forwards` the tooling account is.
    """

    every_hours: int
    reports: Prefix
    instance_type: str
    model_quality: ModelQuality | None
    topic_arn: str | None = None
    forwards: bool = False


@dataclass(frozen=True)
class Alarm:
    """An alarm above `threshold` in each of `evaluation_periods`.

    Errors are counted (`statistic` is `sum`); latencies are in milliseconds (`average`, `maximum`, `p50`, `p90`, `p95`
    or `p99`), while CloudWatch has them in microseconds.
    """

    threshold: float
    statistic: str
    period_seconds: int
    evaluation_periods: int


@dataclass(frozen=True)
class Rollout:
    """How traffic moves to a new version, and the alarms that roll it back.

    `routing`, `step` and `step_unit` are as SageMaker has them: ALL_AT_ONCE, CANARY or LINEAR; a number of instances
    (INSTANCE_COUNT) or a share of them (CAPACITY_PERCENT); both None in one step. The alarms tell a topic where
    `tells`.
    """

    routing: str
    step: int | None
    step_unit: str | None
    wait_seconds: int
    termination_wait_seconds: int
    errors_alarm: Alarm
    latency_alarm: Alarm
    tells: bool = False


@dataclass(frozen=True)
class Hosting:
    """All of an endpoint, or of transforms, that their settings decide; `tested`: tests between stages ask it.

    `own_volume_key`: a key is made with the endpoint; `volume_key_arn`: one that exists already. Without `rollout`
    SageMaker exchanges the version in one step without watching alarms. What is monitored is captured. What `sleeps`
    can be without its endpoint for a while; an alarm says that an endpoint was not asked anything for `idle_days`, and
    tells a topic where `idle_tells`.
    A new version may get copies of `shadow` percent of the requests before it serves.
    """

    kind: InstanceHosting | ServerlessHosting | BatchTransform
    scaling: Scaling | None
    vpc: Vpc
    network_isolation: bool
    capture: Capture | None
    own_volume_key: bool
    volume_key_arn: str | None
    rollout: Rollout | None
    asynchronous: Asynchronous | None = None
    monitoring: Monitoring | None = None
    sleeps: bool = False
    idle_days: int | None = None
    idle_tells: bool = False
    tested: bool = False
    shadow: int | None = None
