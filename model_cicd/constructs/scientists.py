"""What policies of data scientists allow: start trainings and watch them. Published, attached to nobody."""

from __future__ import annotations

from model_cicd.aws.place import Named, Place
from model_cicd.aws.resources import REPORTS, RUNS, BranchPipeline, PackageGroup
from model_cicd.constructs.iam import Statement
from model_cicd.constructs.registry import Registry
from model_cicd.constructs.start_role import SEE_EXECUTIONS, executions, outcome_statements


def training_starting(training: BranchPipeline, place: Place) -> list[Statement]:
    """In the tooling account: start exactly one training pipeline, see it, its builds and what they log."""
    projects = training.projects
    return [
        Statement(
            "Train",
            [
                "codepipeline:GetPipelineExecution",
                "codepipeline:GetPipelineState",
                "codepipeline:ListActionExecutions",
                "codepipeline:ListPipelineExecutions",
                "codepipeline:StartPipelineExecution",
            ],
            [training.arn],
        ),
        Statement(
            "Builds",
            ["codebuild:BatchGetBuilds", "codebuild:ListBuildsForProject"],
            [each.arn for each in projects],
        ),
        Statement(
            "BuildLogs",
            ["logs:DescribeLogStreams", "logs:GetLogEvents"],
            [place.arn("logs", f"log-group:{each.log_group}:*") for each in projects],
            why="the log streams of the group's own builds, whose names CodeBuild makes up",
        ),
    ]


def training_results(place: Place, pipeline: Named, models: PackageGroup) -> list[Statement]:
    """In the build account: see the executions of exactly one SageMaker pipeline, their logs, versions and metrics."""
    return [
        Statement("Pipeline", ["sagemaker:DescribePipeline", "sagemaker:ListPipelineExecutions"], [pipeline.arn]),
        executions(SEE_EXECUTIONS, pipeline.arn),
        *outcome_statements(place, models),
    ]


def report_reading(registry: Registry) -> list[Statement]:
    """In the build account: read the reports of one registry, for the roles that its key names."""
    bucket, place = registry.store.bucket.arn, registry.store.place
    return [
        Statement(
            "Reports",
            ["s3:GetObject"],
            [f"{bucket}/{REPORTS}"],
            why="the reports in the group's own registry bucket, which executions write under names of their own",
        ),
        Statement("ListRuns", ["s3:ListBucket"], [bucket], {"StringLike": {"s3:prefix": f"{RUNS}*"}}),
        Statement("Key", ["kms:Decrypt"], [registry.key_arn], place.through_s3),
    ]
