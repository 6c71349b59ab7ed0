"""A CodePipeline that brings one approved model version to one environment after the other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from constructs import Construct

from model_cicd.aws.resources import APPROVE, SOURCE, BuildPipeline
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
    it waits `approval_minutes`, or as long as the account's default says. `tests` run after the deployment.
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
    return {
        **_build(DESCRIBE, pipeline.project.name, variables),
        "namespace": described(stage.environment),
        "runOrder": 2,
    }


def _deploy(stage: DeployStage, pipeline: BuildPipeline, pipeline_region: str) -> list[Action]:
    """The change set; what it changes, and the approval that says so, where there is one; its execution, and its tests.

    Nothing of the source is read after the approval. Tests need to know what was served before.
    """
    shared = {"StackName": stage.stack_name, "ChangeSetName": CHANGE_SET}
    # all of them are safe between quotes: Prepare makes them, or has refused what is not of their form
    overrides = json.dumps(
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
        "runOrder": 1,
        **acting,
    }
    execute = {
        "name": "ExecuteChangeSet",
        "configuration": {**shared, "ActionMode": "CHANGE_SET_EXECUTE"},
        "runOrder": 4 if stage.approval else 2,
        **acting,
    }
    if stage.approval is None and stage.tests is None:
        return [changes, execute]
    actions = [changes, _describe(stage, pipeline, overrides)]
    if stage.approval is not None:
        actions.append(_approval(stage.approval, stage.approval_minutes))
    return [*actions, {**execute, "runOrder": len(actions) + 1}, *_tests(stage, len(actions) + 2)]


def _tests(stage: DeployStage, order: int) -> list[Action]:
    """The tests, whose action ends well either way, and what follows from them: it fails where they did."""
    if stage.tests is None:
        return []
    namespace = tested(stage.environment)
    test = _build(TEST, stage.tests.project.name, {"SUITES_DIGEST": f"#{{{PREPARE}.Suites}}"})
    settle = _build(
        SETTLE,
        stage.tests.settling.name,
        {
            "VERDICT": f"#{{{namespace}.Verdict}}",
            "TESTS": f"#{{{namespace}.Tests}}",
            "TESTED": f"#{{{PREPARE}.Release}}",
            "BEFORE": f"#{{{described(stage.environment)}.Before}}",
        },
    )
    suites = {"inputArtifacts": [{"name": SUITES}]}
    # a namespace is one of the whole pipeline
    return [
        {**test, **suites, "namespace": namespace, "runOrder": order},
        {**settle, **suites, "namespace": f"{SETTLE}-{stage.environment}", "runOrder": order + 1},
    ]


def _approval(question: str, minutes: int | None) -> Action:
    return {
        "name": APPROVE,
        "actionTypeId": action_type("Approval", "Manual"),
        "configuration": {"CustomData": question[:_LONGEST_VALUE]},
        "runOrder": 3,
        "timeoutInMinutes": minutes,
    }
