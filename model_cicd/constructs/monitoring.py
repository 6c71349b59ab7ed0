"""Model Monitor on what an endpoint captured: job definitions, their schedules and the role of the jobs.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aws_cdk import Fn
from aws_cdk import aws_events as events
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from model_cicd.aws.place import Place
from model_cicd.aws.policy import network_statements
from model_cicd.aws.resources import BASELINE, MODELS
from model_cicd.constructs.container_statements import image_statements, observation_statements
from model_cicd.constructs.event_forwarding import forwarding_target, violations
from model_cicd.constructs.iam import Statement, role, trust_service
from model_cicd.constructs.resource import resource
from model_cicd.hosting import Capture, Hosting, Monitoring

_ROOT = "/opt/ml/processing"
#: the namespaces of its metrics; AWS's pages have them with and without a slash
NAMESPACES = (
    "aws/sagemaker/Endpoints/data-metrics",
    "/aws/sagemaker/Endpoints/data-metrics",
    "aws/sagemaker/Endpoints/model-metrics",
    "/aws/sagemaker/Endpoints/model-metrics",
)
#: less than the hour after which the next one begins
_MOST_SECONDS = 3300
_PROBLEMS = {"regression": "Regression", "binary-classification": "BinaryClassification"}
_MESSAGE = {
    "inputPathsMap": {"job": "$.detail.ProcessingJobName", "found": "$.detail.ExitMessage", "account": "$.account"},
    "inputTemplate": '"Monitoring in account <account>: <found> Job <job> has the reports."',
}


@dataclass(frozen=True)
class Baseline:
    """The baseline that came with the served version: where releases are (ARNs), and the version's number."""

    bucket_arn: str
    bucket_name: str
    key_arn: str
    version: str

    @property
    def prefix(self) -> str:
        """The keys of its files begin so."""
        return f"{MODELS}{self.version}/{BASELINE}"

    def uri(self, name: str) -> dict[str, str]:
        """A file as job definitions name it."""
        return {"s3Uri": f"s3://{self.bucket_name}/{self.prefix}{name}"}


@dataclass(frozen=True)
class Monitor:
    """Names in which one environment differs from another, and the image with its repository.

    `forward` are the role that tells the tooling account of violations, and the ARN of its bus.
    """

    role: str
    data_schedule: str
    model_schedule: str | None
    rule: str | None
    forward: tuple[str, str] | None
    image: str
    repository_arn: str


class EndpointMonitoring(Construct):
    """Data quality, and model quality where it is wanted, of the endpoint `endpoint_name`, once it exists.

    `endpoint_name` is GetAtt, so that the endpoint is there first; `plain_name` is its name for policies.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        place: Place,
        endpoint_name: str,
        plain_name: str,
        hosting: Hosting,
        monitor: Monitor,
        baseline: Baseline,
    ) -> None:
        super().__init__(scope, id)
        found, capture = hosting.monitoring, hosting.capture
        if found is None or capture is None:
            raise ValueError("an endpoint without monitoring or data capture is not monitored")
        made = role(
            self,
            "Role",
            name=monitor.role,
            description="Analyses what an endpoint captured",
            trust=trust_service("sagemaker.amazonaws.com", source_account=place.account),
            statements=[
                *_captured(capture, plain_name, place),
                *_baseline(baseline, place),
                *_reports(found, place),
                *(_truth(found, place) if found.model_quality else ()),
                *image_statements([monitor.repository_arn]),
                *observation_statements(
                    [place.arn("logs", "log-group:/aws/sagemaker/ProcessingJobs")],
                    NAMESPACES,
                    "SageMaker makes up the names of log streams of processing jobs",
                ),
                *network_statements(place, hosting.vpc),
            ],
        )
        self._monitor, self._common = monitor, _common(found, hosting, made.attr_arn)
        self._data_quality(endpoint_name, found, baseline)
        self._model_quality(endpoint_name, found, baseline)
        if monitor.rule:
            self._tell(made.attr_arn, monitor.rule, found.topic_arn, place)

    def _data_quality(self, endpoint_name: str, found: Monitoring, baseline: Baseline) -> None:
        source = {"endpointName": endpoint_name, "localPath": f"{_ROOT}/endpointdata"}
        data = resource(
            sagemaker.CfnDataQualityJobDefinition,
            self,
            "DataQuality",
            data_quality_app_specification={"imageUri": self._monitor.image},
            data_quality_baseline_config={
                "constraintsResource": baseline.uri("data/constraints.json"),
                "statisticsResource": baseline.uri("data/statistics.json"),
            },
            data_quality_job_input={"endpointInput": source},
            data_quality_job_output_config=_output(found),
            **self._common,
        )
        self._schedule("DataSchedule", self._monitor.data_schedule, "DataQuality", data.ref, found)

    def _model_quality(self, endpoint_name: str, found: Monitoring, baseline: Baseline) -> None:
        wanted, name = found.model_quality, self._monitor.model_schedule
        if wanted is None or name is None:
            return
        source = {"endpointName": endpoint_name, "localPath": f"{_ROOT}/endpointdata", "inferenceAttribute": "0"}
        quality = resource(
            sagemaker.CfnModelQualityJobDefinition,
            self,
            "ModelQuality",
            model_quality_app_specification={
                "imageUri": self._monitor.image,
                "problemType": _PROBLEMS[wanted.problem],
            },
            model_quality_baseline_config={"constraintsResource": baseline.uri("model/constraints.json")},
            model_quality_job_input={
                "endpointInput": source,
                "groundTruthS3Input": {"s3Uri": wanted.truth.uri},
            },
            model_quality_job_output_config=_output(found),
            **self._common,
        )
        self._schedule("ModelSchedule", name, "ModelQuality", quality.ref, found)

    def _tell(self, role_arn: str, rule: str, topic_arn: str | None, place: Place) -> None:
        """A rule on jobs of the monitor role, which no other job has, that found violations."""
        topic = {"id": "topic", "arn": topic_arn, "inputTransformer": _MESSAGE}
        resource(
            events.CfnRule,
            self,
            "OnViolations",
            name=rule,
            description="What an endpoint captures violates the baseline of its version",
            event_pattern=violations([role_arn]),
            targets=[*([topic] if topic_arn else []), *self._forwards(place)],
        )

    def _forwards(self, place: Place) -> Iterator[dict[str, str]]:
        if self._monitor.forward is None:
            return
        name, bus_arn = self._monitor.forward
        yield forwarding_target(
            self,
            "ForwardRole",
            name=name,
            account=place.account,
            description="Tells the tooling account of violations",
            event_bus_arn=bus_arn,
        )

    def _schedule(self, id: str, name: str, kind: str, definition_arn: str, monitoring: Monitoring) -> None:
        resource(
            sagemaker.CfnMonitoringSchedule,
            self,
            id,
            monitoring_schedule_name=name,
            monitoring_schedule_config={
                "monitoringJobDefinitionName": Fn.select(1, Fn.split("/", definition_arn)),
                "monitoringType": kind,
                "scheduleConfig": {"scheduleExpression": expression(monitoring.every_hours)},
            },
        )


def expression(hours: int) -> str:
    """https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ScheduleConfig.html."""
    if hours == 1:
        return "cron(0 * ? * * *)"
    return "cron(0 0 ? * * *)" if hours == 24 else f"cron(0 0/{hours} ? * * *)"


def _common(monitoring: Monitoring, hosting: Hosting, role_arn: str) -> dict[str, Any]:
    vpc = hosting.vpc
    network = {"subnets": vpc.subnet_ids, "securityGroupIds": vpc.security_group_ids} if vpc else None
    return {
        "role_arn": role_arn,
        "job_resources": {
            "clusterConfig": {"instanceCount": 1, "instanceType": monitoring.instance_type, "volumeSizeInGb": 20}
        },
        "network_config": {"vpcConfig": network} if network else None,
        "stopping_condition": {"maxRuntimeInSeconds": _MOST_SECONDS},
    }


def _output(monitoring: Monitoring) -> dict[str, Any]:
    target = {"localPath": f"{_ROOT}/resultdata", "s3Uri": monitoring.reports.uri, "s3UploadMode": "EndOfJob"}
    return {"monitoringOutputs": [{"s3Output": target}], "kmsKeyId": monitoring.reports.key_arn}


def _captured(capture: Capture, endpoint: str, place: Place) -> Iterator[Statement]:
    bucket = place.bucket(capture.bucket)
    own = f"{capture.prefix}/{endpoint}/*"
    yield Statement(
        "Captured",
        ["s3:GetObject"],
        [f"{bucket}/{own}"],
        why="SageMaker makes up the keys of captured requests below the endpoint's own prefix",
    )
    yield Statement("ListCaptured", ["s3:ListBucket"], [bucket], {"StringLike": {"s3:prefix": own}})
    if capture.key_arn:
        yield Statement("CaptureKey", ["kms:Decrypt"], [capture.key_arn], place.through_s3)


def _baseline(baseline: Baseline, place: Place) -> Iterator[Statement]:
    bucket, own = baseline.bucket_arn, f"{baseline.prefix}*"
    yield Statement("Baseline", ["s3:GetObject"], [f"{bucket}/{own}"], why="the files of one version's baseline")
    yield Statement("ListBaseline", ["s3:ListBucket"], [bucket], {"StringLike": {"s3:prefix": own}})
    yield Statement("BaselineKey", ["kms:Decrypt"], [baseline.key_arn], place.through_s3)


def _reports(monitoring: Monitoring, place: Place) -> Iterator[Statement]:
    reports = monitoring.reports
    yield Statement(
        "Reports",
        ["s3:PutObject"],
        [f"{place.bucket(reports.bucket)}/{reports.path}/*"],
        why="SageMaker makes up the keys of reports by endpoint, schedule and hour",
    )
    if reports.key_arn:
        yield Statement("ReportsKey", ["kms:GenerateDataKey"], [reports.key_arn], place.through_s3)


def _truth(monitoring: Monitoring, place: Place) -> Iterator[Statement]:
    quality = monitoring.model_quality
    if quality is None:
        return
    bucket, own = place.bucket(quality.truth.bucket), f"{quality.truth.path}/*"
    yield Statement("GroundTruth", ["s3:GetObject"], [f"{bucket}/{own}"], why="ground truth is named by its hours")
    yield Statement("ListGroundTruth", ["s3:ListBucket"], [bucket], {"StringLike": {"s3:prefix": own}})
