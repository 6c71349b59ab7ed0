"""A CodeBuild project that runs as a stage of a pipeline, its role and its log group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_logs as logs
from constructs import Construct

from model_cicd.aws.place import Place
from model_cicd.aws.policy import build_network_statements
from model_cicd.aws.resources import BuildMachine, Project
from model_cicd.constructs.artifact_store import ArtifactStore
from model_cicd.constructs.iam import Statement, role, trust_service
from model_cicd.constructs.nag import acknowledge
from model_cicd.constructs.resource import resource

_LOGS_KEPT_DAYS = 90


@dataclass(frozen=True)
class Program:
    """What a build runs (a buildspec, or where it is in the source), and with which variables."""

    build_spec: str
    environment: Mapping[str, str]


class BuildProject(Construct):
    """The build of the pipeline of `artifacts`. Attribute: `role`.

    Its role may write its own log, read the source and do what `statements` say. `project` is another one than the
    pipeline's own; it has docker for the reason `privileged`.
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
        project: Project | None = None,
        privileged: str = "",
    ) -> None:
        super().__init__(scope, id)
        project, place = project or artifacts.pipeline.project, artifacts.store.place
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
            statements=[log, *statements, *artifacts.build_grants(project), *_machine(project.machine, place)],
        )
        made = resource(
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
                "computeType": project.machine.compute_type,
                "image": project.machine.image,
                **({"privilegedMode": True} if privileged else {}),
                "environmentVariables": [
                    *({"name": name, "value": value} for name, value in program.environment.items()),
                    *_package_variables(project.machine),
                ],
            },
            vpc_config=_vpc_config(project.machine),
            logs_config={"cloudWatchLogs": {"status": "ENABLED", "groupName": log_group.ref}},
            timeout_in_minutes=project.timeout_minutes,
        )
        if privileged:
            acknowledge(made, {"AwsSolutions-CB3": privileged})


def _vpc_config(machine: BuildMachine) -> dict[str, Any] | None:
    if machine.vpc_id is None:
        return None
    groups = machine.vpc.security_group_ids
    return {"vpcId": machine.vpc_id, "subnets": machine.vpc.subnet_ids, "securityGroupIds": groups}


def _package_variables(machine: BuildMachine) -> list[dict[str, str]]:
    """Where pip, uv and npm install from, in the place of the public registries."""
    found: list[dict[str, str]] = []
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"):
        if machine.python_index_parameter:
            found.append({"name": name, "value": machine.python_index_parameter.name, "type": "PARAMETER_STORE"})
        elif machine.python_index_url:
            found.append({"name": name, "value": machine.python_index_url})
    if machine.npm_registry_url:
        found.append({"name": "NPM_CONFIG_REGISTRY", "value": machine.npm_registry_url})
    if machine.npm_token_parameter:
        found.append({"name": "NPM_TOKEN", "value": machine.npm_token_parameter.name, "type": "PARAMETER_STORE"})
    return found


def _machine(machine: BuildMachine, place: Place) -> list[Statement]:
    read = (("PackageIndex", machine.python_index_parameter), ("NpmToken", machine.npm_token_parameter))
    return [
        *build_network_statements(place, machine.vpc),
        *(Statement(sid, ["ssm:GetParameters"], [parameter.arn]) for sid, parameter in read if parameter),
    ]
