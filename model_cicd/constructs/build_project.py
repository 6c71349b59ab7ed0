"""A CodeBuild project that runs as a stage of a pipeline, its role and its log group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_logs as logs
from constructs import Construct

from model_cicd.constructs.artifact_store import ArtifactStore
from model_cicd.constructs.iam import Statement, role, trust_service
from model_cicd.constructs.resource import resource

IMAGE = "aws/codebuild/standard:7.0"
_LOGS_KEPT_DAYS = 90


@dataclass(frozen=True)
class Program:
    """What a build runs (a buildspec, or where it is in the source), and with which variables."""

    build_spec: str
    environment: Mapping[str, str]


class BuildProject(Construct):
    """The build of the pipeline of `artifacts`. Attribute: `role`.

    Its role may write its own log, read the source and do what `statements` say.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        description: str,
        program: Program,
        artifacts: ArtifactStore,
        statements: Sequence[Statement],
    ) -> None:
        super().__init__(scope, id)
        project, place = artifacts.pipeline.project, artifacts.store.place
        log_group = resource(
            logs.CfnLogGroup, self, "Logs", log_group_name=project.log_group, retention_in_days=_LOGS_KEPT_DAYS
        )
        log = Statement(
            "Log",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [place.arn("logs", f"log-group:{project.log_group}:*")],
            why="CodeBuild makes up the names of the log streams in the project's own log group",
        )
        self.role = role(
            self,
            "Role",
            name=project.role.name,
            description=description,
            trust=trust_service("codebuild.amazonaws.com", source_account=place.account),
            statements=[log, *statements, *artifacts.read_grants()],
        )
        resource(
            codebuild.CfnProject,
            self,
            "Project",
            name=project.name,
            description=description,
            service_role=self.role.attr_arn,
            artifacts={"type": "CODEPIPELINE"},
            source={"type": "CODEPIPELINE", "buildSpec": program.build_spec},
            encryption_key=artifacts.key_arn,
            environment={
                "type": "LINUX_CONTAINER",
                "computeType": "BUILD_GENERAL1_SMALL",
                "image": IMAGE,
                "environmentVariables": [{"name": name, "value": value} for name, value in program.environment.items()],
            },
            logs_config={"cloudWatchLogs": {"status": "ENABLED", "groupName": log_group.ref}},
            timeout_in_minutes=project.timeout_minutes,
        )
