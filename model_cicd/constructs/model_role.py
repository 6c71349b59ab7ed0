"""The role that an endpoint's containers run with in a deploy account."""

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
from model_cicd.hosting import Capture, Hosting


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
    releases: ReadReleases,
    endpoint_name: str,
    hosting: Hosting,
    alarm_names: Sequence[str],
) -> iam.CfnRole:
    """Reads releases of exactly one group and nothing else of their bucket; writes its own endpoint's log and metrics.

    `alarm_names` are the alarms that roll an update back: SageMaker looks at them with this role.
    """
    return role(
        scope,
        "ModelRole",
        name=name,
        description="Runs the containers of an endpoint with approved models",
        trust=trust_service("sagemaker.amazonaws.com", source_account=place.account),
        statements=[
            *_models(releases, place),
            *image_statements(releases.image_repositories),
            *observation_statements(
                [place.arn("logs", f"log-group:/aws/sagemaker/Endpoints/{endpoint_name}")],
                ["/aws/sagemaker/Endpoints", "AWS/SageMaker"],
                "SageMaker writes a log stream for each container into the endpoint's own log group",
            ),
            *network_statements(place, hosting.vpc),
            *(_capture(hosting.capture, place) if hosting.capture else ()),
            *_watch([place.arn("cloudwatch", f"alarm:{name}") for name in alarm_names]),
        ],
    )


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
        Statement(
            "DecryptModels", ["kms:Decrypt"], [releases.key_arn], {"StringEquals": {"kms:ViaService": place.via_s3}}
        ),
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
        through = {"StringEquals": {"kms:ViaService": place.via_s3}}
        statements.append(Statement("CaptureKey", ["kms:GenerateDataKey"], [capture.key_arn], through))
    return statements
