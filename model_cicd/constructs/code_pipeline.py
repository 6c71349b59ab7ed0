"""What the CodePipelines have in common."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_codepipeline as codepipeline
from constructs import Construct

from model_cicd.aws.resources import ArtifactStore, BuildPipeline
from model_cicd.constructs.artifact_store import artifact_grants
from model_cicd.constructs.iam import Statement, role, trust_service

Action = codepipeline.CfnPipeline.ActionDeclarationProperty
ActionType = codepipeline.CfnPipeline.ActionTypeIdProperty
Stage = codepipeline.CfnPipeline.StageDeclarationProperty
Input = codepipeline.CfnPipeline.InputArtifactProperty
Variable = codepipeline.CfnPipeline.VariableDeclarationProperty
#: the source stage, its action, and the artifact that it makes
SOURCE = "Source"


def code_pipeline(
    scope: Construct,
    *,
    pipeline: BuildPipeline,
    description: str,
    artifacts: ArtifactStore,
    statements: Sequence[Statement],
    stages: Sequence[Stage],
    variables: Sequence[Variable] | None = None,
) -> None:
    """The pipeline, and its role, which may hand on artifacts and do what `statements` say.

    Of the executions that are asked for while one runs, the last goes next.
    """
    runner = role(
        scope,
        "Role",
        name=pipeline.role.name,
        description=description,
        trust=trust_service("codepipeline.amazonaws.com", source_account=artifacts.place.account),
        statements=[*statements, *artifact_grants(artifacts)],
    )
    codepipeline.CfnPipeline(
        scope,
        "Pipeline",
        name=pipeline.name,
        pipeline_type="V2",
        execution_mode="SUPERSEDED",
        role_arn=runner.attr_arn,
        variables=variables,
        artifact_store=codepipeline.CfnPipeline.ArtifactStoreProperty(
            type="S3",
            location=artifacts.bucket.name,
            encryption_key=codepipeline.CfnPipeline.EncryptionKeyProperty(type="KMS", id=artifacts.key_alias.arn),
        ),
        stages=list(stages),
    )


def builds(sid: str, pipeline: BuildPipeline) -> Statement:
    """The statement for running the pipeline's build."""
    actions = ["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"]
    return Statement(sid, actions, [pipeline.project.arn])


def source(provider: str, configuration: dict[str, str]) -> Action:
    """The action that fetches the source."""
    return Action(
        name=SOURCE,
        action_type_id=ActionType(category="Source", owner="AWS", provider=provider, version="1"),
        configuration=configuration,
        output_artifacts=[codepipeline.CfnPipeline.OutputArtifactProperty(name=SOURCE)],
        namespace=SOURCE,
        run_order=1,
    )


def build(name: str, configuration: dict[str, str]) -> Action:
    """The action that runs a build on the source."""
    return Action(
        name=name,
        action_type_id=ActionType(category="Build", owner="AWS", provider="CodeBuild", version="1"),
        configuration=configuration,
        input_artifacts=[Input(name=SOURCE)],
        namespace=name,
        run_order=1,
    )
