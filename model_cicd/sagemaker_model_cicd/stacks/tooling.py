"""The stack of the tooling account that all groups share."""

from __future__ import annotations

import json

import aws_cdk as cdk
from constructs import Construct

from model_cicd.aws import naming
from model_cicd.constructs.artifact_store import ArtifactStore
from model_cicd.constructs.assets import publish
from model_cicd.constructs.event_reception import event_reception
from model_cicd.constructs.parameters import parameters
from model_cicd.constructs.repository import SeededRepository
from model_cicd.constructs.stack import ModuleStack, via_s3
from model_cicd.sagemaker_model_cicd.module_files import ModuleFiles
from model_cicd.sagemaker_model_cicd.topology import Topology


class ToolingStack(ModuleStack):
    """Repositories, artifact store, event bus policy and the published runner. Attribute: `runner`."""

    def __init__(self, scope: Construct, *, topology: Topology, files: ModuleFiles, existing: frozenset[str]) -> None:
        tooling = topology.tooling
        super().__init__(
            scope,
            name=tooling.stack_name,
            topology=topology,
            account=tooling.account,
            region=tooling.region,
            description="Repositories and pipelines of model CI/CD",
        )
        self._topology = topology
        self.runner = publish(self, "Runner", path=files.runner)
        self._repositories(files, existing)
        self._artifact_store()
        if tooling.forwarding_accounts:
            event_reception(
                self,
                "Reception",
                partition=topology.partition,
                statement_id=naming.fit(topology.prefix, 64),
                event_bus_arn=tooling.event_bus_arn,
                accounts=tooling.forwarding_accounts,
                organization_id=topology.organization_id,
            )
        self._outputs()

    def _repositories(self, files: ModuleFiles, existing: frozenset[str]) -> None:
        tooling = self._topology.tooling
        training, infra = tooling.model_build_repository, tooling.infra_repository
        if training.create and training.name not in existing:
            SeededRepository(
                self,
                "ModelBuild",
                name=training.name,
                description="Training code: a push to a deployment group's branch trains its model",
                branch=_default_branch(self._topology),
                seed=files.model_build_seed,
            )
        if infra.create and infra.name not in existing:
            SeededRepository(
                self,
                "Infra",
                name=infra.name,
                description=f"Infrastructure of model CI/CD: a push to {tooling.infra_branch} redeploys it",
                branch=tooling.infra_branch,
                seed=files.infra_seed,
            )

    def _artifact_store(self) -> None:
        topology, tooling = self._topology, self._topology.tooling
        users = [tooling.infra_pipeline_role_arn, tooling.infra_build_role_arn]
        for group in topology.groups:
            users += [group.training_pipeline_role_arn, group.training_build_role_arn]
            users += [group.promotion.pipeline_role_arn, group.promotion.prepare_role_arn]
        ArtifactStore(
            self,
            "Store",
            partition=topology.partition,
            account=tooling.account,
            via_s3=via_s3(topology, tooling.region),
            description=f"Pipeline artifacts of {topology.prefix}",
            bucket_name=tooling.artifact_bucket_name,
            bucket_arn=tooling.artifact_bucket_arn,
            key_alias=tooling.artifact_key_alias,
            user_role_arns=users,
            readers=_deployers(topology),
            organization_id=topology.organization_id,
            access_logs=topology.access_logs(tooling.account, tooling.region),
        )

    def _outputs(self) -> None:
        topology, tooling = self._topology, self._topology.tooling
        parameters(
            self,
            path=topology.parameter_path,
            values={
                "model-build-repository-name": tooling.model_build_repository.name,
                "infra-repository-name": tooling.infra_repository.name,
                "artifact-bucket-name": tooling.artifact_bucket_name,
            },
        )
        cdk.CfnOutput(self, "metadata", value=json.dumps(module_metadata(topology)), description="Module metadata")


def module_metadata(topology: Topology) -> dict[str, object]:
    """What other modules of a manifest may refer to; the key ARNs are added after the deployment that makes them."""
    tooling = topology.tooling
    return {
        "ModelBuildRepositoryName": tooling.model_build_repository.name,
        "InfraRepositoryName": tooling.infra_repository.name,
        "InfraPipelineName": tooling.infra_pipeline_name,
        "InfraPipelineArn": tooling.infra_pipeline_arn,
        "ParameterPath": topology.parameter_path,
        "DeploymentGroups": {
            group.name: {
                "RepositoryName": tooling.model_build_repository.name,
                "SourceBranch": group.source_branch,
                "TrainingPipelineName": group.training_pipeline_name,
                "TrainingPipelineArn": group.training_pipeline_arn,
                "ModelPackageGroupName": group.model_package_group_name,
                "ModelPackageGroupArn": group.model_package_group_arn,
                "RegistryBucketName": group.bucket_name,
                "RegistryKeyAliasArn": group.key_alias_arn,
                "PromotionPipelineName": group.promotion.pipeline_name,
                "ApproverPolicyArn": group.promotion.approver_policy_arn,
                "StageApproverPolicyArn": group.promotion.stage_approver_policy_arn,
                "BuildStack": group.build_stack_name,  # its output is the key's ARN
            }
            for group in topology.groups
        },
    }


def _deployers(topology: Topology) -> dict[str, list[str]]:
    """The roles that promotions deploy with, by their account, each once."""
    found: dict[str, list[str]] = {}
    for group in topology.groups:
        for target in group.promotion.targets:
            roles = found.setdefault(target.environment.account, [])
            if target.deploy_role_arn not in roles:
                roles.append(target.deploy_role_arn)
    return found


def _default_branch(topology: Topology) -> str:
    """`main` when a group trains from it, else the first group's branch: the seed's first commit goes there."""
    branches = [group.source_branch for group in topology.groups]
    return "main" if "main" in branches else branches[0]
