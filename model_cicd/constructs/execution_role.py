"""The role that SageMaker pipelines of a deployment group run with, and that their jobs run with."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.aws.policy import network_statements
from model_cicd.constructs.encryption_key import KEY_USE
from model_cicd.constructs.iam import Statement, role, trust_service
from model_cicd.constructs.registry import MODELS, RUNS, UPLOADS

_KINDS = ("Processing", "Training")
_JOBS_WHY = "SageMaker names the jobs of a pipeline execution 'pipelines-<execution>-<step>-<random>'"
_PREFIX_WHY = "objects below the prefixes of the group's own registry bucket"


def execution_role(
    scope: Construct,
    id: str,
    *,
    partition: str,
    account: str,
    region: str,
    via_s3: str,
    name: str,
    arn: str,
    description: str,
    bucket_arn: str,
    key_arn: str,
    model_package_group_arn: str,
    model_packages_arn: str,
    pipeline_prefix: str,
    subnet_ids: Sequence[str],
    security_group_ids: Sequence[str],
) -> iam.CfnRole:
    """May train, process and register models that await approval; may approve nothing (no UpdateModelPackage).

    `pipeline_prefix` is the SageMaker pipeline's name: the SageMaker SDK puts code and outputs below it.
    """
    prefixes = (*UPLOADS, RUNS, MODELS, f"{pipeline_prefix}/")
    written = (RUNS, MODELS, f"{pipeline_prefix}/")
    sagemaker = f"arn:{partition}:sagemaker:{region}:{account}"
    jobs = [f"{sagemaker}:{kind}/pipelines-*" for kind in ("processing-job", "training-job")]
    statements = [
        Statement("List", ["s3:ListBucket"], [bucket_arn], {"StringLike": {"s3:prefix": [f"{p}*" for p in prefixes]}}),
        Statement("Locate", ["s3:GetBucketLocation"], [bucket_arn]),
        Statement("Read", ["s3:GetObject"], [f"{bucket_arn}/{p}*" for p in prefixes], why=_PREFIX_WHY),
        Statement(
            "Write",
            ["s3:AbortMultipartUpload", "s3:PutObject"],
            [f"{bucket_arn}/{p}*" for p in written],
            why=_PREFIX_WHY,
        ),
        Statement("Key", KEY_USE, [key_arn], {"StringEquals": {"kms:ViaService": via_s3}}),
        # called directly by SageMaker, so never under ViaService
        Statement("DescribeKey", ["kms:DescribeKey"], [key_arn]),
        Statement("JobVolumes", ["kms:CreateGrant"], [key_arn], {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        Statement(
            "Jobs",
            [f"sagemaker:{verb}{kind}Job" for kind in _KINDS for verb in ("Create", "Describe", "Stop")],
            jobs,
            why=_JOBS_WHY,
        ),
        Statement(
            "Register",
            ["sagemaker:CreateModelPackage"],
            [model_package_group_arn, model_packages_arn],
            {"StringEquals": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}},
            why="every version in the group's own model package group",
        ),
        Statement(
            "Registered",
            ["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup"],
            [model_package_group_arn, model_packages_arn],
            why="every version in the group's own model package group",
        ),
        Statement(
            "Tag",
            ["sagemaker:AddTags"],
            [*jobs, model_packages_arn],
            why="SageMaker tags what a pipeline execution creates with the pipeline's ARN",
        ),
        Statement(
            "PassItself",
            ["iam:PassRole"],
            [arn],
            {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
        *_images(partition, account, region),
        *_observe(partition, account, region),
        *network_statements(partition, account, region, subnet_ids, security_group_ids),
    ]
    return role(
        scope,
        id,
        name=name,
        description=description,
        trust=trust_service("sagemaker.amazonaws.com", source_account=account),
        statements=statements,
    )


def _images(partition: str, account: str, region: str) -> list[Statement]:
    return [
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
                f"arn:{partition}:ecr:{region}:{account}:repository/*",
            ],
            why="built-in images, whose account differs by region and algorithm, and images of the build account",
        ),
    ]


def _observe(partition: str, account: str, region: str) -> list[Statement]:
    group = f"arn:{partition}:logs:{region}:{account}:log-group:/aws/sagemaker"
    groups = [f"{group}/{kind}Jobs" for kind in _KINDS]
    return [
        Statement(
            "Logs",
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [f"{each}:*" for each in groups],
            why="SageMaker writes a log stream for each job into these two log groups",
        ),
        Statement(
            "Metrics",
            ["cloudwatch:PutMetricData"],
            ["*"],
            {
                "StringEquals": {
                    "cloudwatch:namespace": ["/aws/sagemaker/ProcessingJobs", "/aws/sagemaker/TrainingJobs"]
                }
            },
            why="the action has no resource; the namespace is limited by a condition",
        ),
    ]
