"""The stack of the infra pipeline, which redeploys this module when the infrastructure code changes."""

from __future__ import annotations

from constructs import Construct

from model_cicd.aws.policy import trust_web_identity
from model_cicd.aws.resources import BranchPipeline as BranchPipelineRecord
from model_cicd.constructs.artifact_store import ArtifactStore
from model_cicd.constructs.assets import publish
from model_cicd.constructs.branch_pipeline import BranchPipeline
from model_cicd.constructs.build_project import BuildProject, Program
from model_cicd.constructs.iam import Statement, role
from model_cicd.constructs.parameters import parameters
from model_cicd.constructs.redeployment import redeployment
from model_cicd.constructs.stack import ModuleStack
from model_cicd.sagemaker_model_cicd.module_files import ModuleFiles
from model_cicd.sagemaker_model_cicd.topology import InfraWorkflow, Topology


class InfraStack(ModuleStack):
    """A CodePipeline on the infra repository, with the environment of the last `seedfarmer apply`.

    Deployed after every other stack: a new pipeline runs at once, and this one would deploy the others meanwhile. Where
    a workflow redeploys, there is its role in the pipeline's place.
    """

    def __init__(self, scope: Construct, *, topology: Topology, files: ModuleFiles) -> None:
        tooling = topology.tooling
        super().__init__(
            scope,
            name=tooling.infra_stack_name,
            topology=topology,
            place=tooling.place,
            description="Redeployment of model CI/CD from its infra repository",
        )
        if tooling.infra:
            self._pipeline(topology, files, tooling.infra)
        if tooling.infra_workflow:
            self._workflow(topology, tooling.infra_workflow)

    def _pipeline(self, topology: Topology, files: ModuleFiles, infra: BranchPipelineRecord) -> None:
        environment = publish(self, "Environment", path=files.environment)
        artifacts = ArtifactStore(
            self,
            "Store",
            pipeline=infra,
            access_logs=topology.access_logs(topology.tooling.place),
        )
        project = BuildProject(
            self,
            "Redeploy",
            description="Redeploys this module with the parameters of the last seedfarmer apply",
            program=Program(files.infra_build_spec, {"MODULE_ENVIRONMENT": environment.uri}),
            artifacts=artifacts,
            statements=[Statement("Environment", ["s3:GetObject"], [environment.arn(topology.partition)])],
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
        BranchPipeline(
            self,
            "InfraPipeline",
            pipeline=infra,
            description=f"Redeploys {topology.prefix} from branch {infra.branch} of {infra.repository.name}",
            artifacts=artifacts,
            build_stage="Deploy",
        )
        parameters(
            self,
            path=topology.parameter_path,
            values={
                "infra-pipeline-name": infra.name,
                "infra-pipeline-arn": infra.arn,
                "infra-artifact-bucket-name": infra.artifacts.bucket.name,
            },
        )

    def _workflow(self, topology: Topology, workflow: InfraWorkflow) -> None:
        role(
            self,
            "WorkflowRole",
            name=workflow.role.name,
            description=f"Runs seedfarmer apply of {topology.prefix} from workflows of {workflow.jobs.repository}",
            trust=trust_web_identity(workflow.jobs),
            statements=[Statement("Apply", ["sts:AssumeRole"], [workflow.toolchain_role.arn])],
        )
        parameters(self, path=topology.parameter_path, values={"infra-role-arn": workflow.role.arn})
