"""The execution role of a pipeline that a manifest declares."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from model_cicd.constructs.iam import role, trust_service
from model_cicd.pipeline.environment import PipelineEnvironment
from model_cicd.pipeline.permissions import permissions
from model_cicd.pipeline.schema import PipelineConfig


def declared_role(
    scope: Construct, *, name: str, description: str, config: PipelineConfig, environment: PipelineEnvironment
) -> iam.CfnRole:
    """May do exactly what the steps of `config` need in `environment`."""
    return role(
        scope,
        "ExecutionRole",
        name=name,
        description=description,
        trust=trust_service("sagemaker.amazonaws.com", source_account=environment.place.account),
        statements=permissions(config, environment),
    )
