"""What the CodePipelines have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_codepipeline as codepipeline
from constructs import Construct

from model_cicd.aws.policy import trust_role
from model_cicd.aws.resources import SOURCE, BuildPipeline
from model_cicd.constructs.artifact_store import ArtifactStore
from model_cicd.constructs.iam import Statement, role, trust_service
from model_cicd.constructs.resource import resource

#: an action of a stage, and a variable of a pipeline, as `resource` takes them
Action = dict[str, Any]
Variable = dict[str, str]


@dataclass(frozen=True)
class Source:
    """What the source action fetches, from which provider, and what its role must be allowed for that.

    `triggers` are the pipeline's, where its source takes part in starting it.
    """

    provider: str
    configuration: Mapping[str, str]
    statements: Sequence[Statement]
    triggers: Sequence[Mapping[str, Any]] | None = None


def code_pipeline(
    scope: Construct,
    artifacts: ArtifactStore,
    *,
    description: str,
    source: Source,
    statements: Sequence[Statement],
    stages: Mapping[str, Sequence[Action]],
    variables: Sequence[Variable] | None = None,
) -> None:
    """The pipeline of `artifacts`, its role, which does what `statements` say, and the role of its source action.

    The source role alone writes artifacts; the pipeline's reads them. `stages` are those after the source, in order,
    each with its actions. Of executions that are asked for while one runs, the last goes next.
    """
    pipeline, store = artifacts.pipeline, artifacts.store
    runner = role(
        scope,
        "Role",
        name=pipeline.role.name,
        description=description,
        trust=trust_service("codepipeline.amazonaws.com", source_account=store.place.account),
        statements=[
            Statement("Source", ["sts:AssumeRole"], [pipeline.source_role.arn]),
            *statements,
            *artifacts.read_grants(),
        ],
    )
    fetch = _fetch(scope, artifacts, source, description)
    made = resource(
        codepipeline.CfnPipeline,
        scope,
        "Pipeline",
        name=pipeline.name,
        pipeline_type="V2",
        execution_mode="SUPERSEDED",
        role_arn=runner,
        variables=variables,
        triggers=source.triggers,
        artifact_store={
            "type": "S3",
            "location": store.bucket.name,
            "encryptionKey": {"type": "KMS", "id": artifacts.key_arn},
        },
        stages=[{"name": name, "actions": actions} for name, actions in {SOURCE: [fetch], **stages}.items()],
    )
    # a new pipeline runs at once
    made.add_resource_dependency(artifacts.policy)


def _fetch(scope: Construct, artifacts: ArtifactStore, source: Source, description: str) -> Action:
    """The source action, and the role that it runs with."""
    pipeline = artifacts.pipeline
    fetcher = role(
        scope,
        "SourceRole",
        name=pipeline.source_role.name,
        description=description,
        trust=trust_role(pipeline.role.arn),
        statements=[*source.statements, *artifacts.write_grants()],
    )
    return {
        "name": SOURCE,
        "actionTypeId": action_type("Source", source.provider),
        "configuration": source.configuration,
        "outputArtifacts": [{"name": SOURCE}],
        "namespace": SOURCE,
        "roleArn": fetcher.attr_arn,
        "runOrder": 1,
    }


def builds(sid: str, pipeline: BuildPipeline) -> Statement:
    """The statement for running the pipeline's build."""
    actions = ["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"]
    return Statement(sid, actions, [each.arn for each in pipeline.projects])


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
