"""The stack of the infra pipeline, which redeploys this module when the infrastructure code changes."""

from __future__ import annotations

from constructs import Construct

from model_cicd.constructs.artifact_store import artifact_grants
from model_cicd.constructs.assets import publish
from model_cicd.constructs.branch_pipeline import BranchPipeline
from model_cicd.constructs.build_project import BuildProject
from model_cicd.constructs.iam import Statement
from model_cicd.constructs.parameters import parameters
from model_cicd.constructs.redeployment import redeployment
from model_cicd.constructs.stack import ModuleStack, via_s3
from model_cicd.sagemaker_model_cicd.module_files import ModuleFiles
from model_cicd.sagemaker_model_cicd.topology import Topology

_REDEPLOY_MINUTES = 120


class InfraStack(ModuleStack):
    """A CodePipeline on the infra repository, with the environment of the last `seedfarmer apply`.

    Deployed after every other stack: a new pipeline runs at once, and this one would deploy the others meanwhile.
    """

    def __init__(self, scope: Construct, *, topology: Topology, files: ModuleFiles) -> None:
        tooling = topology.tooling
        super().__init__(
            scope,
            name=tooling.infra_stack_name,
            topology=topology,
            account=tooling.account,
            region=tooling.region,
            description="Redeployment of model CI/CD from its infra repository",
        )
        environment = publish(self, "Environment", path=files.environment)
        artifacts = artifact_grants(
            partition=topology.partition,
            account=tooling.account,
            region=tooling.region,
            via_s3=via_s3(topology, tooling.region),
            bucket_arn=tooling.artifact_bucket_arn,
            key_alias=tooling.artifact_key_alias,
        )
        project = BuildProject(
            self,
            "Redeploy",
            partition=topology.partition,
            account=tooling.account,
            region=tooling.region,
            name=tooling.infra_project_name,
            description="Redeploys this module with the parameters of the last seedfarmer apply",
            role_name=tooling.infra_build_role_name,
            log_group_name=tooling.infra_log_group_name,
            build_spec=files.infra_build_spec,
            environment={"MODULE_ENVIRONMENT": environment.uri},
            key_alias=tooling.artifact_key_alias,
            timeout_minutes=_REDEPLOY_MINUTES,
            statements=[
                Statement("Environment", ["s3:GetObject"], [environment.arn(topology.partition)]),
                *artifacts,
            ],
        )
        redeployment(
            self,
            "Deploy",
            role=project.role,
            description="The CDK bootstrap roles of the accounts that hold stacks of this module",
            role_arns=[
                *(role for roles in topology.bootstrap_roles for role in roles.assumable),
                # where a redeployment deletes the endpoint stacks that a failed first promotion left over
                *(roles.deploy for roles in topology.deploy_bootstrap_roles),
            ],
        )
        repository = tooling.infra_repository
        BranchPipeline(
            self,
            "InfraPipeline",
            account=tooling.account,
            name=tooling.infra_pipeline_name,
            arn=tooling.infra_pipeline_arn,
            role_name=tooling.infra_pipeline_role_name,
            description=f"Redeploys {topology.prefix} from branch {tooling.infra_branch} of {repository.name}",
            repository_name=repository.name,
            repository_arn=repository.arn,
            branch=tooling.infra_branch,
            project_name=tooling.infra_project_name,
            project_arn=tooling.infra_project_arn,
            build_stage="Deploy",
            artifact_bucket_name=tooling.artifact_bucket_name,
            artifact_key_alias_arn=tooling.artifact_key_alias_arn,
            artifact_statements=artifacts,
            events_role_name=tooling.infra_events_role_name,
            push_rule_name=tooling.infra_rule_name,
        )
        parameters(
            self,
            path=topology.parameter_path,
            values={
                "infra-pipeline-name": tooling.infra_pipeline_name,
                "infra-pipeline-arn": tooling.infra_pipeline_arn,
            },
        )
