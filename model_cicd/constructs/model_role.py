"""The role that the containers of an endpoint or of transforms run with in a deploy account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.aws.place import Place
from model_cicd.aws.policy import network_statements
from model_cicd.aws.resources import MODELS
from model_cicd.constructs.container_statements import image_statements, observation_statements
from model_cicd.constructs.iam import Statement, role, trust_service
from model_cicd.hosting import Asynchronous, BatchTransform, Capture, Hosting, Prefix


@dataclass(frozen=True)
class ReadReleases:
    """The releases of another account (ARNs) that are served, and the repositories that their images are in."""

    bucket_arn: str
    key_arn: str
    image_repositories: Sequence[str]


def model_role(
    scope: Construct,
    *,
    place: Place,
    name: str,
    description: str,
    releases: ReadReleases,
    statements: Sequence[Statement],
) -> iam.CfnRole:
    """Reads releases of exactly one group and nothing else of their bucket; `statements` are for what it does."""
    return role(
        scope,
        "ModelRole",
        name=name,
        description=description,
        trust=trust_service("sagemaker.amazonaws.com", source_account=place.account),
        statements=[*_models(releases, place), *image_statements(releases.image_repositories), *statements],
    )


def endpoint_statements(
    place: Place, *, endpoint_name: str, hosting: Hosting, alarm_names: Sequence[str]
) -> list[Statement]:
    """Its own endpoint's log and metrics, and captured requests.

    `alarm_names` are the alarms that roll an update back: SageMaker looks at them with this role.
    """
    return [
        *observation_statements(
            [place.arn("logs", f"log-group:/aws/sagemaker/Endpoints/{endpoint_name}")],
            ["/aws/sagemaker/Endpoints", "AWS/SageMaker"],
            "SageMaker writes a log stream for each container into the endpoint's own log group",
        ),
        *network_statements(place, hosting.vpc),
        *(_capture(hosting.capture, place) if hosting.capture else ()),
        *_watch([place.arn("cloudwatch", f"alarm:{name}") for name in alarm_names]),
        *(_asynchronous(hosting.asynchronous, place) if hosting.asynchronous else ()),
    ]


def transform_statements(
    place: Place, *, job_prefix: str, hosting: Hosting, transform: BatchTransform
) -> list[Statement]:
    """Reads the input, writes the output, and the log and metrics of its own jobs.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """
    log = place.arn("logs", "log-group:/aws/sagemaker/TransformJobs")
    return [
        Statement(
            "LogGroup",
            ["logs:CreateLogGroup", "logs:DescribeLogStreams"],
            [f"{log}:*"],
            why="the account's transform jobs share a log group, in which each has streams of its own",
        ),
        Statement(
            "Logs",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [f"{log}:log-stream:{job_prefix}-*"],
            why="SageMaker makes up the names of a job's log streams after the job's name",
        ),
        Statement(
            "Metrics",
            ["cloudwatch:PutMetricData"],
            ["*"],
            {"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/TransformJobs"}},
            why="the action has no resource; the namespace is limited by a condition",
        ),
        *network_statements(place, hosting.vpc),
        *_input(transform.input, place),
        *_output(transform.output, place),
    ]


def _asynchronous(asynchronous: Asynchronous, place: Place) -> list[Statement]:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-create-endpoint-prerequisites.html"""
    found = [*_input(asynchronous.input, place), *_output(asynchronous.output, place)]
    if asynchronous.topics:
        found.append(Statement("Tell", ["sns:Publish"], list(asynchronous.topics)))
    return found


def _input(source: Prefix, place: Place) -> list[Statement]:
    bucket = place.bucket(source.bucket)
    below = {"StringLike": {"s3:prefix": f"{source.path}/*"}}
    found = [
        Statement("Input", ["s3:GetObject"], [f"{bucket}/{source.path}/*"], why="what is below the input's prefix"),
        Statement("ListInput", ["s3:ListBucket"], [bucket], below),
    ]
    if source.key_arn:
        through = place.through_s3
        found.append(Statement("InputKey", ["kms:Decrypt"], [source.key_arn], through))
    return found


def _output(target: Prefix, place: Place) -> list[Statement]:
    objects = f"{place.bucket(target.bucket)}/{target.path}/*"
    write, through = ["s3:AbortMultipartUpload", "s3:PutObject"], place.through_s3
    found = [
        Statement("Output", write, [objects], why="SageMaker names outputs after inputs, below the output's prefix")
    ]
    if target.key_arn:
        # parts of an upload are decrypted again when they are put together
        found.append(Statement("OutputKey", ["kms:Decrypt", "kms:GenerateDataKey"], [target.key_arn], through))
    return found


def _models(releases: ReadReleases, place: Place) -> list[Statement]:
    bucket = releases.bucket_arn
    return [
        Statement(
            "Models",
            ["s3:GetObject"],
            [f"{bucket}/{MODELS}*"],
            why="the released models of exactly one group",
        ),
        # without it, S3 answers "forbidden" where it should say that there is no such object
        Statement("ListModels", ["s3:ListBucket"], [bucket], {"StringLike": {"s3:prefix": f"{MODELS}*"}}),
        Statement("DecryptModels", ["kms:Decrypt"], [releases.key_arn], place.through_s3),
        Statement("DescribeKey", ["kms:DescribeKey"], [releases.key_arn]),
    ]


def _watch(alarm_arns: Sequence[str]) -> list[Statement]:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html."""
    return [Statement("Alarms", ["cloudwatch:DescribeAlarms"], alarm_arns)] if alarm_arns else []


def _capture(capture: Capture, place: Place) -> list[Statement]:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html."""
    statements = [
        Statement(
            "CapturedData",
            ["s3:PutObject"],
            [f"{place.bucket(capture.bucket)}/{capture.prefix}/*"],
            why="SageMaker makes up the keys of captured requests below the endpoint's own prefix",
        )
    ]
    if capture.key_arn:
        through = place.through_s3
        statements.append(Statement("CaptureKey", ["kms:GenerateDataKey"], [capture.key_arn], through))
    return statements
