"""A CodeBuild project that runs as a stage of a pipeline, its role and its log group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_logs as logs
from constructs import Construct

from model_cicd.aws.resources import ArtifactStore, Project
from model_cicd.constructs.artifact_store import artifact_grants
from model_cicd.constructs.iam import Statement, role, trust_service
from model_cicd.constructs.resource import resource

IMAGE = "aws/codebuild/standard:7.0"
#: https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html
LONGEST_BUILD_MINUTES = 480
_LOGS_KEPT_DAYS = 90


@dataclass(frozen=True)
class Program:
    """What a build runs (a buildspec, or where it is in the source), with which variables, and for how long at most."""

    build_spec: str
    environment: Mapping[str, str]
    timeout_minutes: int


class BuildProject(Construct):
    """A build whose role may write its own log, hand on artifacts and do what `statements` say. Attribute: `role`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        project: Project,
        description: str,
        program: Program,
        artifacts: ArtifactStore,
        statements: Sequence[Statement],
    ) -> None:
        super().__init__(scope, id)
        place = artifacts.place
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
            statements=[log, *statements, *artifact_grants(artifacts)],
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
            encryption_key=artifacts.key_alias.name,
            environment={
                "type": "LINUX_CONTAINER",
                "computeType": "BUILD_GENERAL1_SMALL",
                "image": IMAGE,
                "environmentVariables": [{"name": name, "value": value} for name, value in program.environment.items()],
            },
            logs_config={"cloudWatchLogs": {"status": "ENABLED", "groupName": log_group.ref}},
            timeout_in_minutes=program.timeout_minutes,
        )
