"""The role of the build account through which the tooling account's CodeBuild runs a SageMaker pipeline."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.constructs.encryption_key import KEY_USE
from model_cicd.constructs.iam import Statement, account_root, only, role
from model_cicd.constructs.registry import RUNS, UPLOADS

#: to see executions of a pipeline and to stop them
EXECUTIONS = (
    "sagemaker:DescribePipelineDefinitionForExecution",
    "sagemaker:DescribePipelineExecution",
    "sagemaker:ListPipelineExecutionSteps",
    "sagemaker:ListPipelineParametersForExecution",
    "sagemaker:StopPipelineExecution",
)


def start_role(
    scope: Construct,
    id: str,
    *,
    partition: str,
    account: str,
    region: str,
    via_s3: str,
    name: str,
    description: str,
    tooling_account: str,
    training_build_role_arn: str,
    organization_id: str | None,
    execution_role_arn: str,
    pipeline_name: str,
    pipeline_arn: str,
    bucket_arn: str,
    key_arn: str,
    model_package_group_arn: str,
    model_packages_arn: str,
    parameter_path: str,
) -> iam.CfnRole:
    """Assumed by exactly one CodeBuild role; may run exactly one pipeline and never touches `models/`."""
    jobs = [
        f"arn:{partition}:sagemaker:{region}:{account}:{kind}/pipelines-*"
        for kind in ("processing-job", "training-job")
    ]
    logs = f"arn:{partition}:logs:{region}:{account}:log-group:/aws/sagemaker"
    uploads = (*UPLOADS, f"{pipeline_name}/")
    read = (*uploads, RUNS)
    statements = [
        Statement(
            "Pipeline",
            [
                "sagemaker:AddTags",
                "sagemaker:CreatePipeline",
                "sagemaker:DescribePipeline",
                "sagemaker:ListPipelineExecutions",
                "sagemaker:StartPipelineExecution",
                "sagemaker:UpdatePipeline",
            ],
            [pipeline_arn],
        ),
        Statement(
            "Executions",
            EXECUTIONS,
            [f"{pipeline_arn}/execution/*"],
            why="the executions of exactly this pipeline, whose ids SageMaker makes up",
        ),
        Statement(
            "Models",
            ["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages"],
            [model_package_group_arn, model_packages_arn],
            why="every version in the group's own model package group",
        ),
        Statement(
            "FailureReasons",
            ["sagemaker:DescribeProcessingJob", "sagemaker:DescribeTrainingJob"],
            jobs,
            why="SageMaker names the jobs of a pipeline execution 'pipelines-<execution>-<step>-<random>'",
        ),
        Statement(
            "JobLogs",
            ["logs:DescribeLogStreams", "logs:GetLogEvents"],
            [f"{logs}/{kind}Jobs:*" for kind in ("Processing", "Training")],
            why="the log streams of jobs, whose names SageMaker makes up",
        ),
        Statement(
            "RunAs",
            ["iam:PassRole"],
            [execution_role_arn],
            {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
        Statement(
            "Upload",
            ["s3:AbortMultipartUpload", "s3:PutObject"],
            [f"{bucket_arn}/{prefix}*" for prefix in uploads],
            why="code and data of the group's own registry bucket, never its models",
        ),
        Statement(
            "Read",
            ["s3:GetObject"],
            [f"{bucket_arn}/{prefix}*" for prefix in read],
            why="what was uploaded, and the reports that executions leave in the group's own registry bucket",
        ),
        Statement(
            "List",
            ["s3:ListBucket"],
            [bucket_arn],
            {"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in read]}},
        ),
        Statement("Locate", ["s3:GetBucketLocation"], [bucket_arn]),
        Statement("Key", KEY_USE, [key_arn], {"StringEquals": {"kms:ViaService": via_s3}}),
        Statement("DescribeKey", ["kms:DescribeKey"], [key_arn]),
        Statement(
            "Parameters",
            ["ssm:GetParameter", "ssm:GetParameters"],
            [f"arn:{partition}:ssm:{region}:{account}:parameter{parameter_path}/*"],
            why="the parameters of exactly this group",
        ),
    ]
    return role(
        scope,
        id,
        name=name,
        description=description,
        trust=Statement(
            "Tooling",
            ["sts:AssumeRole"],
            [],
            only([training_build_role_arn], organization_id),
            principal=account_root(partition, tooling_account),
        ),
        statements=statements,
    )
