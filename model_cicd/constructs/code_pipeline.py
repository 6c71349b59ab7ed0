"""What the CodePipelines have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_codepipeline as codepipeline
from constructs import Construct

from model_cicd.aws.resources import ArtifactStore, BuildPipeline
from model_cicd.constructs.artifact_store import artifact_grants
from model_cicd.constructs.iam import Statement, role, trust_service
from model_cicd.constructs.resource import resource

#: an action of a stage, and a variable of a pipeline, as `resource` takes them
Action = dict[str, Any]
Variable = dict[str, str]
#: the source stage, its action, and the artifact that it makes
SOURCE = "Source"


def code_pipeline(
    scope: Construct,
    pipeline: BuildPipeline,
    artifacts: ArtifactStore,
    *,
    description: str,
    statements: Sequence[Statement],
    stages: Mapping[str, Sequence[Action]],
    variables: Sequence[Variable] | None = None,
) -> None:
    """The pipeline, and its role, which may hand on artifacts and do what `statements` say.

    `stages` are in order, each with its actions. Of executions that are asked for while one runs, the last goes next.
    """
    runner = role(
        scope,
        "Role",
        name=pipeline.role.name,
        description=description,
        trust=trust_service("codepipeline.amazonaws.com", source_account=artifacts.place.account),
        statements=[*statements, *artifact_grants(artifacts)],
    )
    resource(
        codepipeline.CfnPipeline,
        scope,
        "Pipeline",
        name=pipeline.name,
        pipeline_type="V2",
        execution_mode="SUPERSEDED",
        role_arn=runner.attr_arn,
        variables=variables,
        artifact_store={
            "type": "S3",
            "location": artifacts.bucket.name,
            "encryptionKey": {"type": "KMS", "id": artifacts.key_alias.arn},
        },
        stages=[{"name": name, "actions": actions} for name, actions in stages.items()],
    )


def builds(sid: str, pipeline: BuildPipeline) -> Statement:
    """The statement for running the pipeline's build."""
    actions = ["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"]
    return Statement(sid, actions, [pipeline.project.arn])


def source(provider: str, configuration: dict[str, str]) -> Action:
    """The action that fetches the source."""
    return {
        "name": SOURCE,
        "actionTypeId": action_type("Source", provider),
        "configuration": configuration,
        "outputArtifacts": [{"name": SOURCE}],
        "namespace": SOURCE,
        "runOrder": 1,
    }


def build(name: str, configuration: dict[str, str]) -> Action:
    """The action that runs a build on the source."""
    return {
        "name": name,
        "actionTypeId": action_type("Build", "CodeBuild"),
        "configuration": configuration,
        "inputArtifacts": [{"name": SOURCE}],
        "namespace": name,
        "runOrder": 1,
    }


def action_type(category: str, provider: str) -> dict[str, str]:
    """The type of an action. https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-valid-providers.html"""
    return {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
