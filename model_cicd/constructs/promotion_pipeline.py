"""A CodePipeline that brings one approved model version to one environment after the other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from constructs import Construct

from model_cicd.aws.resources import ArtifactStore, BuildPipeline
from model_cicd.constructs import code_pipeline as code_pipelines
from model_cicd.constructs.assets import PublishedFile
from model_cicd.constructs.code_pipeline import (
    SOURCE,
    Action,
    ActionType,
    Input,
    Stage,
    Variable,
    build,
    builds,
    code_pipeline,
)
from model_cicd.constructs.iam import Statement

#: the pipeline's variable
VARIABLE = "ModelPackageArn"
PREPARE = "Prepare"
APPROVE = "Approve"
_CHANGE_SET = "promotion"
#: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionDeclaration.html
_LONGEST_VALUE = 1000


@dataclass(frozen=True)
class DeployStage:
    """One environment: a stack, who deploys it, and two files of the source.

    `deploy_role_arn` acts in the environment's account, `execution_role_arn` is the one that CloudFormation acts with.
    `approval` is the question that somebody has to answer first, or None.
    """

    name: str
    region: str
    stack_name: str
    deploy_role_arn: str
    execution_role_arn: str
    template: str
    configuration: str
    approval: str | None


class PromotionPipeline(Construct):
    """Source (templates), Prepare (a build that checks the version) and a stage for each environment, in order.

    `no_package` is the value of the variable in an execution that was not started for a version.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        pipeline: BuildPipeline,
        description: str,
        source: PublishedFile,
        no_package: str,
        stages: Sequence[DeployStage],
        artifacts: ArtifactStore,
    ) -> None:
        super().__init__(scope, id)
        place = artifacts.place
        where = {"S3Bucket": source.bucket, "S3ObjectKey": source.key, "PollForSourceChanges": "false"}
        variable = Variable(
            name=VARIABLE, default_value=no_package, description="ARN of the approved model package to promote"
        )
        code_pipeline(
            self,
            pipeline=pipeline,
            description=description,
            artifacts=artifacts,
            statements=[
                Statement("Source", ["s3:GetObject", "s3:GetObjectVersion"], [source.arn(place.partition)]),
                Statement(
                    "SourceBucket",
                    ["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"],
                    [place.bucket(source.bucket)],
                ),
                builds("Prepare", pipeline),
                Statement("Deploy", ["sts:AssumeRole"], list(dict.fromkeys(stage.deploy_role_arn for stage in stages))),
            ],
            stages=[
                Stage(name=SOURCE, actions=[code_pipelines.source("S3", where)]),
                Stage(name=PREPARE, actions=[_prepare(pipeline)]),
                *(Stage(name=stage.name, actions=_deploy(stage, place.region)) for stage in stages),
            ],
            variables=[variable],
        )


def _prepare(pipeline: BuildPipeline) -> Action:
    variables = {
        "MODEL_PACKAGE_ARN": f"#{{variables.{VARIABLE}}}",
        "PIPELINE_NAME": pipeline.name,
        "PIPELINE_EXECUTION_ID": "#{codepipeline.PipelineExecutionId}",
    }
    given = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()]
    return build(PREPARE, {"ProjectName": pipeline.project.name, "EnvironmentVariables": json.dumps(given)})


def _deploy(stage: DeployStage, pipeline_region: str) -> list[Action]:
    first = 2 if stage.approval else 1
    shared = {"StackName": stage.stack_name, "ChangeSetName": _CHANGE_SET}
    # ModelPackageArn is safe between quotes: Prepare refuses whatever is no ARN
    overrides = {
        "ModelPackageArn": f"#{{variables.{VARIABLE}}}",
        "RegistryKeyArn": f"#{{{PREPARE}.RegistryKeyArn}}",
        "Commit": f"#{{{PREPARE}.Commit}}",
    }
    create = {
        **shared,
        "ActionMode": "CHANGE_SET_REPLACE",
        "RoleArn": stage.execution_role_arn,
        "Capabilities": "CAPABILITY_NAMED_IAM",
        "TemplatePath": f"{SOURCE}::{stage.template}",
        "TemplateConfiguration": f"{SOURCE}::{stage.configuration}",
        "ParameterOverrides": json.dumps(overrides),
    }
    cloudformation = ActionType(category="Deploy", owner="AWS", provider="CloudFormation", version="1")
    region = None if stage.region == pipeline_region else stage.region
    changes = Action(
        name="CreateChangeSet",
        action_type_id=cloudformation,
        configuration=create,
        input_artifacts=[Input(name=SOURCE)],
        role_arn=stage.deploy_role_arn,
        region=region,
        run_order=first,
    )
    execute = Action(
        name="ExecuteChangeSet",
        action_type_id=cloudformation,
        configuration={**shared, "ActionMode": "CHANGE_SET_EXECUTE"},
        role_arn=stage.deploy_role_arn,
        region=region,
        run_order=first + 1,
    )
    return [*([_approval(stage.approval)] if stage.approval else []), changes, execute]


def _approval(question: str) -> Action:
    return Action(
        name=APPROVE,
        action_type_id=ActionType(category="Approval", owner="AWS", provider="Manual", version="1"),
        configuration={"CustomData": question[:_LONGEST_VALUE]},
        run_order=1,
    )
