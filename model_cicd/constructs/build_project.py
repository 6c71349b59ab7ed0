"""A CodeBuild project that runs as a stage of a pipeline, its role and its log group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_logs as logs
from constructs import Construct

from model_cicd.constructs.iam import Statement, role, trust_service

IMAGE = "aws/codebuild/standard:7.0"
#: https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html
LONGEST_BUILD_MINUTES = 480
_LOGS_KEPT_DAYS = 90


class BuildProject(Construct):
    """A build whose role may write its own log and do what `statements` say. Attribute: `role`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        partition: str,
        account: str,
        region: str,
        name: str,
        description: str,
        role_name: str,
        log_group_name: str,
        build_spec: str,
        environment: Mapping[str, str],
        key_alias: str,
        timeout_minutes: int,
        statements: Sequence[Statement],
    ) -> None:
        super().__init__(scope, id)
        log_group = logs.CfnLogGroup(self, "Logs", log_group_name=log_group_name, retention_in_days=_LOGS_KEPT_DAYS)
        log = Statement(
            "Log",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [f"arn:{partition}:logs:{region}:{account}:log-group:{log_group_name}:*"],
            why="CodeBuild makes up the names of the log streams in the project's own log group",
        )
        self.role = role(
            self,
            "Role",
            name=role_name,
            description=description,
            trust=trust_service("codebuild.amazonaws.com", source_account=account),
            statements=[log, *statements],
        )
        codebuild.CfnProject(
            self,
            "Project",
            name=name,
            description=description,
            service_role=self.role.attr_arn,
            artifacts=codebuild.CfnProject.ArtifactsProperty(type="CODEPIPELINE"),
            source=codebuild.CfnProject.SourceProperty(type="CODEPIPELINE", build_spec=build_spec),
            encryption_key=key_alias,
            environment=codebuild.CfnProject.EnvironmentProperty(
                type="LINUX_CONTAINER",
                compute_type="BUILD_GENERAL1_SMALL",
                image=IMAGE,
                environment_variables=[
                    codebuild.CfnProject.EnvironmentVariableProperty(name=key, value=value)
                    for key, value in environment.items()
                ],
            ),
            logs_config=codebuild.CfnProject.LogsConfigProperty(
                cloud_watch_logs=codebuild.CfnProject.CloudWatchLogsConfigProperty(
                    status="ENABLED", group_name=log_group.ref
                )
            ),
            timeout_in_minutes=timeout_minutes,
        )
