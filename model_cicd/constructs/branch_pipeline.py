"""A CodePipeline that builds one branch of a CodeCommit repository whenever it changes, and on a schedule if wanted."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_events as events
from constructs import Construct

from model_cicd.constructs.iam import Statement, role, trust_service

_Action = codepipeline.CfnPipeline.ActionDeclarationProperty
_Type = codepipeline.CfnPipeline.ActionTypeIdProperty


class BranchPipeline(Construct):
    """Source and Build; started by events of exactly this repository and branch."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        account: str,
        name: str,
        arn: str,
        role_name: str,
        description: str,
        repository_name: str,
        repository_arn: str,
        branch: str,
        project_name: str,
        project_arn: str,
        build_stage: str,
        artifact_bucket_name: str,
        artifact_key_alias_arn: str,
        artifact_statements: Sequence[Statement],
        events_role_name: str,
        push_rule_name: str,
        schedule: str | None = None,
        schedule_rule_name: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        runner = role(
            self,
            "Role",
            name=role_name,
            description=description,
            trust=trust_service("codepipeline.amazonaws.com", source_account=account),
            statements=[
                Statement(
                    "Source",
                    [
                        "codecommit:CancelUploadArchive",
                        "codecommit:GetBranch",
                        "codecommit:GetCommit",
                        "codecommit:GetUploadArchiveStatus",
                        "codecommit:UploadArchive",
                    ],
                    [repository_arn],
                ),
                Statement(
                    "Build", ["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"], [project_arn]
                ),
                *artifact_statements,
            ],
        )
        codepipeline.CfnPipeline(
            self,
            "Pipeline",
            name=name,
            pipeline_type="V2",
            # of pushes that arrive while one is built, the last is built next
            execution_mode="SUPERSEDED",
            role_arn=runner.attr_arn,
            artifact_store=codepipeline.CfnPipeline.ArtifactStoreProperty(
                type="S3",
                location=artifact_bucket_name,
                encryption_key=codepipeline.CfnPipeline.EncryptionKeyProperty(type="KMS", id=artifact_key_alias_arn),
            ),
            stages=[
                codepipeline.CfnPipeline.StageDeclarationProperty(
                    name="Source", actions=[_source(repository_name, branch)]
                ),
                codepipeline.CfnPipeline.StageDeclarationProperty(
                    name=build_stage, actions=[_build(build_stage, project_name)]
                ),
            ],
        )
        starter = role(
            self,
            "EventsRole",
            name=events_role_name,
            description=description,
            trust=trust_service("events.amazonaws.com", source_account=account),
            statements=[Statement("Start", ["codepipeline:StartPipelineExecution"], [arn])],
        )
        target = events.CfnRule.TargetProperty(id="pipeline", arn=arn, role_arn=starter.attr_arn)
        _on_push(
            self,
            name=push_rule_name,
            repository=repository_name,
            repository_arn=repository_arn,
            branch=branch,
            target=target,
        )
        if schedule:
            events.CfnRule(
                self,
                "OnSchedule",
                name=schedule_rule_name,
                description=f"Starts {name} on {schedule}",
                schedule_expression=schedule,
                targets=[target],
            )


def _source(repository: str, branch: str) -> _Action:
    return _Action(
        name="Source",
        action_type_id=_Type(category="Source", owner="AWS", provider="CodeCommit", version="1"),
        configuration={
            "RepositoryName": repository,
            "BranchName": branch,
            "PollForSourceChanges": "false",
            "OutputArtifactFormat": "CODE_ZIP",
        },
        output_artifacts=[codepipeline.CfnPipeline.OutputArtifactProperty(name="Source")],
        namespace="Source",
        run_order=1,
    )


def _build(stage: str, project: str) -> _Action:
    return _Action(
        name=stage,
        action_type_id=_Type(category="Build", owner="AWS", provider="CodeBuild", version="1"),
        configuration={"ProjectName": project},
        input_artifacts=[codepipeline.CfnPipeline.InputArtifactProperty(name="Source")],
        namespace=stage,
        run_order=1,
    )


def _on_push(
    scope: Construct,
    *,
    name: str,
    repository: str,
    repository_arn: str,
    branch: str,
    target: events.CfnRule.TargetProperty,
) -> None:
    """https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html."""
    events.CfnRule(
        scope,
        "OnPush",
        name=name,
        description=f"Branch {branch} of {repository} changed",
        event_pattern={
            "source": ["aws.codecommit"],
            "detail-type": ["CodeCommit Repository State Change"],
            "resources": [repository_arn],
            "detail": {
                "event": ["referenceCreated", "referenceUpdated"],
                "referenceType": ["branch"],
                "referenceName": [branch],
            },
        },
        targets=[target],
    )
