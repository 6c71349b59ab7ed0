"""A CodePipeline that brings one approved model version to one environment after the other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_codepipeline as codepipeline
from constructs import Construct

from model_cicd.constructs.assets import PublishedFile
from model_cicd.constructs.iam import Statement, role, trust_service

#: the pipeline's variable, and what it is in an execution that was not started for a version
VARIABLE = "ModelPackageArn"
PREPARE = "Prepare"
APPROVE = "Approve"
_SOURCE = "Source"
_CHANGE_SET = "promotion"
#: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionDeclaration.html
_LONGEST_VALUE = 1000

_Action = codepipeline.CfnPipeline.ActionDeclarationProperty
_Type = codepipeline.CfnPipeline.ActionTypeIdProperty
_Stage = codepipeline.CfnPipeline.StageDeclarationProperty
_Input = codepipeline.CfnPipeline.InputArtifactProperty


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
    """Source (templates), Prepare (a build that checks the version) and a stage for each environment, in order."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        partition: str,
        account: str,
        region: str,
        name: str,
        role_name: str,
        description: str,
        source: PublishedFile,
        no_package: str,
        project_name: str,
        project_arn: str,
        stages: Sequence[DeployStage],
        artifact_bucket_name: str,
        artifact_key_alias_arn: str,
        artifact_statements: Sequence[Statement],
    ) -> None:
        super().__init__(scope, id)
        runner = role(
            self,
            "Role",
            name=role_name,
            description=description,
            trust=trust_service("codepipeline.amazonaws.com", source_account=account),
            statements=[
                Statement("Source", ["s3:GetObject", "s3:GetObjectVersion"], [source.arn(partition)]),
                Statement(
                    "SourceBucket",
                    ["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"],
                    [f"arn:{partition}:s3:::{source.bucket}"],
                ),
                Statement(
                    "Prepare",
                    ["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"],
                    [project_arn],
                ),
                Statement("Deploy", ["sts:AssumeRole"], list(dict.fromkeys(stage.deploy_role_arn for stage in stages))),
                *artifact_statements,
            ],
        )
        codepipeline.CfnPipeline(
            self,
            "Pipeline",
            name=name,
            pipeline_type="V2",
            # of versions that are approved while one is deployed, the last goes next
            execution_mode="SUPERSEDED",
            role_arn=runner.attr_arn,
            variables=[
                codepipeline.CfnPipeline.VariableDeclarationProperty(
                    name=VARIABLE,
                    default_value=no_package,
                    description="ARN of the approved model package to promote",
                )
            ],
            artifact_store=codepipeline.CfnPipeline.ArtifactStoreProperty(
                type="S3",
                location=artifact_bucket_name,
                encryption_key=codepipeline.CfnPipeline.EncryptionKeyProperty(type="KMS", id=artifact_key_alias_arn),
            ),
            stages=[
                _Stage(name=_SOURCE, actions=[_source(source)]),
                _Stage(name=PREPARE, actions=[_prepare(name, project_name)]),
                *(_Stage(name=stage.name, actions=_deploy(stage, region)) for stage in stages),
            ],
        )


def _source(source: PublishedFile) -> _Action:
    return _Action(
        name=_SOURCE,
        action_type_id=_Type(category="Source", owner="AWS", provider="S3", version="1"),
        configuration={"S3Bucket": source.bucket, "S3ObjectKey": source.key, "PollForSourceChanges": "false"},
        output_artifacts=[codepipeline.CfnPipeline.OutputArtifactProperty(name=_SOURCE)],
        namespace=_SOURCE,
        run_order=1,
    )


def _prepare(pipeline: str, project: str) -> _Action:
    variables = {
        "MODEL_PACKAGE_ARN": f"#{{variables.{VARIABLE}}}",
        "PIPELINE_NAME": pipeline,
        "PIPELINE_EXECUTION_ID": "#{codepipeline.PipelineExecutionId}",
    }
    return _Action(
        name=PREPARE,
        action_type_id=_Type(category="Build", owner="AWS", provider="CodeBuild", version="1"),
        configuration={
            "ProjectName": project,
            "EnvironmentVariables": json.dumps(
                [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()]
            ),
        },
        input_artifacts=[_Input(name=_SOURCE)],
        namespace=PREPARE,
        run_order=1,
    )


def _deploy(stage: DeployStage, pipeline_region: str) -> list[_Action]:
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
        "TemplatePath": f"{_SOURCE}::{stage.template}",
        "TemplateConfiguration": f"{_SOURCE}::{stage.configuration}",
        "ParameterOverrides": json.dumps(overrides),
    }
    cloudformation = _Type(category="Deploy", owner="AWS", provider="CloudFormation", version="1")
    region = None if stage.region == pipeline_region else stage.region
    changes = _Action(
        name="CreateChangeSet",
        action_type_id=cloudformation,
        configuration=create,
        input_artifacts=[_Input(name=_SOURCE)],
        role_arn=stage.deploy_role_arn,
        region=region,
        run_order=first,
    )
    execute = _Action(
        name="ExecuteChangeSet",
        action_type_id=cloudformation,
        configuration={**shared, "ActionMode": "CHANGE_SET_EXECUTE"},
        role_arn=stage.deploy_role_arn,
        region=region,
        run_order=first + 1,
    )
    return [*([_approval(stage.approval)] if stage.approval else []), changes, execute]


def _approval(question: str) -> _Action:
    return _Action(
        name=APPROVE,
        action_type_id=_Type(category="Approval", owner="AWS", provider="Manual", version="1"),
        configuration={"CustomData": question[:_LONGEST_VALUE]},
        run_order=1,
    )
