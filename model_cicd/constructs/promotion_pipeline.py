"""A CodePipeline that brings one approved model version to one environment after the other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from constructs import Construct

from model_cicd.aws.resources import APPROVE, SOURCE, BuildPipeline, Project
from model_cicd.aws.shadow import APPROVE_SHADOW, SHADOW
from model_cicd.aws.stage_tests import SETTLE, SUITES, TEST, StageTests
from model_cicd.constructs.artifact_store import ArtifactStore
from model_cicd.constructs.assets import PublishedFile
from model_cicd.constructs.code_pipeline import Action, Source, action_type, build, builds, code_pipeline
from model_cicd.constructs.iam import Statement

#: the pipeline's variable
VARIABLE = "ModelPackageArn"
PREPARE = "Prepare"
DESCRIBE = "Describe"
#: its own for each execution: what was described before an approval is what is executed after it
CHANGE_SET = "promotion-#{codepipeline.PipelineExecutionId}"
#: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionDeclaration.html
_LONGEST_VALUE = 1000


@dataclass(frozen=True)
class DeployStage:
    """One environment: a stack, who deploys it, and two files of the source.

    `deploy_role_arn` acts in the environment's account, `execution_role_arn` is the one that CloudFormation acts with.
    `approval` is the question that somebody has to answer first, or None; it may take variables of `described`;
    it waits `approval_minutes`, or as long as the account's default says. `tests` run after the deployment, the build
    `shadow` before it, after the question `shadow_approval`.
    """

    name: str
    environment: str
    region: str
    stack_name: str
    deploy_role_arn: str
    execution_role_arn: str
    template: str
    configuration: str
    approval: str | None
    approval_minutes: int | None
    tests: StageTests | None = None
    shadow: Project | None = None
    shadow_approval: str | None = None


class PromotionPipeline(Construct):
    """Source (templates), Prepare (a build that checks the version) and a stage for each environment, in order.

    `no_package` is the value of the variable in an execution that was not started for a version.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        description: str,
        source: PublishedFile,
        no_package: str,
        stages: Sequence[DeployStage],
        artifacts: ArtifactStore,
    ) -> None:
        super().__init__(scope, id)
        pipeline, place = artifacts.pipeline, artifacts.store.place
        where = {"S3Bucket": source.bucket, "S3ObjectKey": source.key, "PollForSourceChanges": "false"}
        code_pipeline(
            self,
            artifacts,
            description=description,
            source=Source(
                "S3",
                where,
                [
                    Statement("Source", ["s3:GetObject", "s3:GetObjectVersion"], [source.arn(place.partition)]),
                    Statement(
                        "SourceBucket",
                        ["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"],
                        [place.bucket(source.bucket)],
                    ),
                ],
            ),
            statements=[
                builds("Prepare", pipeline),
                Statement("Deploy", ["sts:AssumeRole"], list(dict.fromkeys(stage.deploy_role_arn for stage in stages))),
            ],
            stages={
                PREPARE: [_prepare(pipeline, tested=any(stage.tests for stage in stages))],
                **{stage.name: _deploy(stage, pipeline, place.region) for stage in stages},
            },
            variables=[
                {
                    "name": VARIABLE,
                    "defaultValue": no_package,
                    "description": "ARN of the approved model package to promote",
                }
            ],
        )


def described(environment: str) -> str:
    """The namespace of what the build says that looks at the environment's change set: one of the whole pipeline."""
    return f"{DESCRIBE}-{environment}"


def shadowed(environment: str) -> str:
    """The namespace of what the build says that compares a version with what the environment serves."""
    return f"{SHADOW}-{environment}"


def tested(environment: str) -> str:
    """The namespace of what the tests of the environment say."""
    return f"{TEST}-{environment}"


def _build(name: str, project: str, variables: Mapping[str, str]) -> Action:
    given = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()]
    return build(name, {"ProjectName": project, "EnvironmentVariables": json.dumps(given)})


def _prepare(pipeline: BuildPipeline, *, tested: bool) -> Action:
    variables = {
        "PROMOTION_STEP": "prepare-promotion",
        "MODEL_PACKAGE_ARN": f"#{{variables.{VARIABLE}}}",
        "PIPELINE_NAME": pipeline.name,
        "PIPELINE_EXECUTION_ID": "#{codepipeline.PipelineExecutionId}",
    }
    suites = {"outputArtifacts": [{"name": SUITES}]} if tested else {}
    return {**_build(PREPARE, pipeline.project.name, variables), **suites}


def _describe(stage: DeployStage, pipeline: BuildPipeline, overrides: str) -> Action:
    variables = {
        "PROMOTION_STEP": "describe-change-set",
        "DEPLOY_ENVIRONMENT": stage.environment,
        "CHANGE_SET": CHANGE_SET,
        "CHANGE_SET_TEMPLATE": stage.template,
        "CHANGE_SET_CONFIGURATION": stage.configuration,
        "CHANGE_SET_PARAMETERS": overrides,
    }
    return {**_build(DESCRIBE, pipeline.project.name, variables), "namespace": described(stage.environment)}


def _deploy(stage: DeployStage, pipeline: BuildPipeline, pipeline_region: str) -> list[Action]:
    """The actions of a stage, one after the other.

    The shadow, where there is one. Then the change set; what it changes, and the approval that says so; its execution,
    and its tests. Nothing of the source is read after the approval. Tests need to know what was served before.
    """
    overrides = _overrides()
    changes, execute = _change_set(stage, overrides, pipeline_region)
    actions = [*_shadow(stage), changes]
    if stage.approval is not None or stage.tests is not None:
        actions.append(_describe(stage, pipeline, overrides))
    if stage.approval is not None:
        actions.append(_approval(APPROVE, stage.approval, stage.approval_minutes))
    actions.append(execute)
    ordered = [{**each, "runOrder": order} for order, each in enumerate(actions, 1)]
    return [*ordered, *({**each, "runOrder": len(ordered) + 1} for each in _tests(stage))]


def _overrides() -> str:
    """The parameters of a release, all of them safe between quotes: Prepare makes them, or has refused the others."""
    return json.dumps(
        {
            parameter: f"#{{{PREPARE}.{variable}}}"
            for parameter, variable in (
                ("ModelPackageArn", "Release"),
                ("ReleaseKeyArn", "ReleaseKeyArn"),
                ("Version", "Version"),
                ("Digest", "Digest"),
                ("Commit", "Commit"),
            )
        }
    )


def _change_set(stage: DeployStage, overrides: str, pipeline_region: str) -> tuple[Action, Action]:
    """The actions that make and execute it."""
    shared = {"StackName": stage.stack_name, "ChangeSetName": CHANGE_SET}
    create = {
        **shared,
        "ActionMode": "CHANGE_SET_REPLACE",
        "RoleArn": stage.execution_role_arn,
        "Capabilities": "CAPABILITY_NAMED_IAM",
        "TemplatePath": f"{SOURCE}::{stage.template}",
        "TemplateConfiguration": f"{SOURCE}::{stage.configuration}",
        "ParameterOverrides": overrides,
    }
    acting = {
        "actionTypeId": action_type("Deploy", "CloudFormation"),
        "roleArn": stage.deploy_role_arn,
        "region": None if stage.region == pipeline_region else stage.region,
    }
    changes = {
        "name": "CreateChangeSet",
        "configuration": create,
        "inputArtifacts": [{"name": SOURCE}],
        **acting,
    }
    execute = {
        "name": "ExecuteChangeSet",
        "configuration": {**shared, "ActionMode": "CHANGE_SET_EXECUTE"},
        **acting,
    }
    return changes, execute


def _shadow(stage: DeployStage) -> list[Action]:
    """What compares the version before anything of the environment is changed for good; asked first, where asked."""
    if stage.shadow is None:
        return []
    compare = _build(
        SHADOW, stage.shadow.name, {"RELEASE": f"#{{{PREPARE}.Release}}", "VERSION": f"#{{{PREPARE}.Version}}"}
    )
    asks = [_approval(APPROVE_SHADOW, stage.shadow_approval, stage.approval_minutes)] if stage.shadow_approval else []
    return [*asks, {**compare, "namespace": shadowed(stage.environment)}]


def _tests(stage: DeployStage) -> list[Action]:
    """The tests, and beside them what waits for their outcome and acts on it, however they end.

    After them it would not run where their build was ended from outside.
    """
    if stage.tests is None:
        return []
    namespace = tested(stage.environment)
    test = _build(TEST, stage.tests.project.name, {"SUITES_DIGEST": f"#{{{PREPARE}.Suites}}"})
    settle = _build(
        SETTLE,
        stage.tests.settling.name,
        {
            "PIPELINE_EXECUTION_ID": "#{codepipeline.PipelineExecutionId}",
            "TESTED": f"#{{{PREPARE}.Release}}",
            "BEFORE": f"#{{{described(stage.environment)}.Before}}",
        },
    )
    suites = {"inputArtifacts": [{"name": SUITES}]}
    # a namespace is one of the whole pipeline
    return [
        {**test, **suites, "namespace": namespace},
        {**settle, **suites, "namespace": f"{SETTLE}-{stage.environment}"},
    ]


def _approval(name: str, question: str, minutes: int | None) -> Action:
    return {
        "name": name,
        "actionTypeId": action_type("Approval", "Manual"),
        "configuration": {"CustomData": question[:_LONGEST_VALUE]},
        "timeoutInMinutes": minutes,
    }
