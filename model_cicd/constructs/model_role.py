"""The role that an endpoint's containers run with in a deploy account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.aws.policy import network_statements
from model_cicd.constructs.iam import Statement, role, trust_service
from model_cicd.constructs.registry import MODELS


@dataclass(frozen=True)
class CaptureTarget:
    """Where captured requests go: below `prefix` of a bucket, encrypted with a key (ARN) or as the bucket is."""

    bucket_arn: str
    prefix: str
    key_arn: str | None


def model_role(
    scope: Construct,
    id: str,
    *,
    partition: str,
    account: str,
    region: str,
    via_s3: str,
    name: str,
    description: str,
    registry_bucket_arn: str,
    registry_key_arn: str,
    registry_account: str,
    endpoint_name: str,
    subnet_ids: Sequence[str],
    security_group_ids: Sequence[str],
    capture: CaptureTarget | None,
    alarm_names: Sequence[str],
) -> iam.CfnRole:
    """Reads models of exactly one registry and nothing else of it; writes its own endpoint's log and metrics.

    `alarm_names` are the alarms that roll an update back: SageMaker looks at them with this role.
    """
    statements = [
        Statement(
            "Models",
            ["s3:GetObject"],
            [f"{registry_bucket_arn}/{MODELS}*"],
            why="the models of exactly one registry, whose keys training jobs make up",
        ),
        # without it, S3 answers "forbidden" where it should say that there is no such object
        Statement("ListModels", ["s3:ListBucket"], [registry_bucket_arn], {"StringLike": {"s3:prefix": f"{MODELS}*"}}),
        Statement("DecryptModels", ["kms:Decrypt"], [registry_key_arn], {"StringEquals": {"kms:ViaService": via_s3}}),
        Statement(
            "ImageToken",
            ["ecr:GetAuthorizationToken"],
            ["*"],
            why="the action has no resource; https://docs.aws.amazon.com/service-authorization/latest/reference/",
        ),
        Statement(
            "Images",
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [
                f"arn:{partition}:ecr:{region}:*:repository/sagemaker-*",
                f"arn:{partition}:ecr:{region}:{registry_account}:repository/*",
            ],
            why="built-in images, whose account differs by region and algorithm, and images of the build account",
        ),
        Statement(
            "Logs",
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [f"arn:{partition}:logs:{region}:{account}:log-group:/aws/sagemaker/Endpoints/{endpoint_name}:*"],
            why="SageMaker writes a log stream for each container into the endpoint's own log group",
        ),
        Statement(
            "Metrics",
            ["cloudwatch:PutMetricData"],
            ["*"],
            {"StringEquals": {"cloudwatch:namespace": ["/aws/sagemaker/Endpoints", "AWS/SageMaker"]}},
            why="the action has no resource; the namespace is limited by a condition",
        ),
        *network_statements(partition, account, region, subnet_ids, security_group_ids),
        *(_capture(capture, via_s3) if capture else ()),
        *_watch([f"arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}" for name in alarm_names]),
    ]
    return role(
        scope,
        id,
        name=name,
        description=description,
        trust=trust_service("sagemaker.amazonaws.com", source_account=account),
        statements=statements,
    )


def _watch(alarm_arns: Sequence[str]) -> list[Statement]:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html."""
    return [Statement("Alarms", ["cloudwatch:DescribeAlarms"], alarm_arns)] if alarm_arns else []


def _capture(capture: CaptureTarget, via_s3: str) -> list[Statement]:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html."""
    statements = [
        Statement(
            "CapturedData",
            ["s3:PutObject"],
            [f"{capture.bucket_arn}/{capture.prefix}*"],
            why="SageMaker makes up the keys of captured requests below the endpoint's own prefix",
        )
    ]
    if capture.key_arn:
        through = {"StringEquals": {"kms:ViaService": via_s3}}
        statements.append(Statement("CaptureKey", ["kms:GenerateDataKey"], [capture.key_arn], through))
    return statements
