"""A policy for those who start a SageMaker pipeline: published for the customer to attach, attached to nobody here."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.constructs.iam import Statement, managed_policy
from model_cicd.constructs.start_role import EXECUTIONS, executions


def pipeline_starter(
    scope: Construct, id: str, *, name: str, description: str, pipeline_arn: str
) -> iam.CfnManagedPolicy:
    """Start and stop executions of exactly one SageMaker pipeline, and see them."""
    return managed_policy(
        scope,
        id,
        name=name,
        description=description,
        statements=[
            Statement(
                "Start",
                [
                    "sagemaker:DescribePipeline",
                    "sagemaker:ListPipelineExecutions",
                    "sagemaker:StartPipelineExecution",
                ],
                [pipeline_arn],
            ),
            executions([*EXECUTIONS, "sagemaker:RetryPipelineExecution"], pipeline_arn),
        ],
    )
