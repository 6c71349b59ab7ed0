"""The stack of one deployment group in the tooling account: its training pipeline."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from constructs import Construct

from model_cicd.constructs.artifact_store import artifact_grants
from model_cicd.constructs.assets import PublishedFile, publish
from model_cicd.constructs.branch_pipeline import BranchPipeline
from model_cicd.constructs.build_project import LONGEST_BUILD_MINUTES, BuildProject
from model_cicd.constructs.iam import Statement
from model_cicd.constructs.parameters import parameters
from model_cicd.constructs.stack import ModuleStack, via_s3
from model_cicd.sagemaker_model_cicd.declared_pipelines import configuration
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology
from model_cicd.text.inert_json import inert_json


class GroupToolingStack(ModuleStack):
    """CodePipeline on the group's branch, and the CodeBuild project that runs the SageMaker pipeline."""

    def __init__(
        self,
        scope: Construct,
        *,
        topology: Topology,
        group: GroupTopology,
        runner: PublishedFile,
        runner_file: str,
        declared_build_spec: str,
    ) -> None:
        tooling = topology.tooling
        super().__init__(
            scope,
            name=group.tooling_stack_name,
            topology=topology,
            account=tooling.account,
            region=tooling.region,
            description=f"Training pipeline of deployment group {group.name}",
        )
        partition = topology.partition
        artifacts = artifact_grants(
            partition=partition,
            account=tooling.account,
            region=tooling.region,
            via_s3=via_s3(topology, tooling.region),
            bucket_arn=tooling.artifact_bucket_arn,
            key_alias=tooling.artifact_key_alias,
        )
        declared = self._declared(group)
        BuildProject(
            self,
            "Train",
            partition=partition,
            account=tooling.account,
            region=tooling.region,
            name=group.training_project_name,
            description=f"Trains the models of deployment group {group.name}",
            role_name=group.training_build_role_name,
            log_group_name=group.training_log_group_name,
            build_spec=declared_build_spec if declared else "buildspec.yml",
            environment={
                **training_environment(topology, group),
                "MODEL_CICD_RUNNER": runner.uri,
                "MODEL_CICD_RUNNER_FILE": runner_file,
                **({"MODEL_CICD_PIPELINE": declared.uri} if declared else {}),
            },
            key_alias=tooling.artifact_key_alias,
            timeout_minutes=LONGEST_BUILD_MINUTES,
            statements=[
                Statement("StartTraining", ["sts:AssumeRole"], [group.start_role_arn]),
                Statement(
                    "Runner", ["s3:GetObject"], [each.arn(partition) for each in (runner, declared) if each is not None]
                ),
                *artifacts,
            ],
        )
        repository = tooling.model_build_repository
        BranchPipeline(
            self,
            "Training",
            account=tooling.account,
            name=group.training_pipeline_name,
            arn=group.training_pipeline_arn,
            role_name=group.training_pipeline_role_name,
            description=f"Trains deployment group {group.name} from branch {group.source_branch}",
            repository_name=repository.name,
            repository_arn=repository.arn,
            branch=group.source_branch,
            project_name=group.training_project_name,
            project_arn=group.training_project_arn,
            build_stage="Build",
            artifact_bucket_name=tooling.artifact_bucket_name,
            artifact_key_alias_arn=tooling.artifact_key_alias_arn,
            artifact_statements=artifacts,
            events_role_name=group.training_events_role_name,
            push_rule_name=group.push_rule_name,
            schedule=group.schedule,
            schedule_rule_name=group.schedule_rule_name,
        )
        parameters(
            self,
            # the build environment may be the tooling account itself, whose stack has the other parameters of the group
            path=f"{group.parameter_path}/training",
            values={
                "repository-name": repository.name,
                "pipeline-name": group.training_pipeline_name,
                "pipeline-arn": group.training_pipeline_arn,
                "model-package-group-name": group.model_package_group_name,
                "model-package-group-arn": group.model_package_group_arn,
                "registry-bucket-name": group.bucket_name,
                "registry-key-alias-arn": group.key_alias_arn,
            },
        )

    def _declared(self, group: GroupTopology) -> PublishedFile | None:
        """The pipeline that the manifest declares for the group, published; JSON is YAML too."""
        if group.pipeline_config is None:
            return None
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "pipeline.json")
            path.write_text(json.dumps(configuration(group.pipeline_config), indent=2), encoding="utf-8")
            return publish(self, "DeclaredPipeline", path=path)


def training_environment(topology: Topology, group: GroupTopology) -> dict[str, str]:
    """The environment variables of the training build.

    The first part are those that the training repositories of aiops-modules and MDAA read, under their names; the
    second part is what the runner and the seed code want besides.
    """
    tooling, network, repository = topology.tooling, group.network, topology.tooling.model_build_repository
    return {
        "SAGEMAKER_PROJECT_NAME": group.sagemaker_pipeline_name,
        "PROJECT_NAME": topology.context.project,
        "ENV_TYPE": group.build.type,
        "AWS_REGION": group.build.region,
        "ASSUME_ROLE_ARN": group.start_role_arn,
        "SAGEMAKER_PIPELINE_NAME": group.sagemaker_pipeline_name,
        "SAGEMAKER_PIPELINE_DESCRIPTION": (
            f"Deployment group {group.name}: branch {group.source_branch} of {repository.name}"
        ),
        "SAGEMAKER_PIPELINE_ROLE_ARN": group.execution_role_arn,
        "MODEL_PACKAGE_GROUP_NAME": group.model_package_group_name,
        "ARTIFACT_BUCKET": group.bucket_name,
        "ARTIFACT_BUCKET_KMS_ID": group.key_alias_arn,
        "ARTIFACT_BUCKET_KMS_KEY": group.key_alias_arn,
        "PIPELINE_BUCKET_NAME": tooling.artifact_bucket_name,
        "PIPELINE_KMS_ARN": tooling.artifact_key_alias_arn,
        "ENABLE_NETWORK_ISOLATION": _boolean(network.enable_network_isolation),
        "ENCRYPT_INTER_CONTAINER_TRAFFIC": _boolean(network.encrypt_inter_container_traffic),
        "SUBNET_IDS": ",".join(network.subnet_ids),
        "SECURITY_GROUP_IDS": ",".join(network.security_group_ids),
        "PRE_PROD_ACCOUNT_ID": group.pre_prod_account,
        "PROD_ACCOUNT_ID": group.prod_account,
        "DEPLOYMENT_GROUP": group.name,
        "SOURCE_BRANCH": group.source_branch,
        "REPOSITORY_NAME": repository.name,
        "BUILD_ACCOUNT": group.build.account,
        "TOOLING_ACCOUNT": tooling.account,
        "TOOLING_REGION": tooling.region,
        "PIPELINE_PARAMETERS": inert_json(dict(group.pipeline_parameters)),
    }


def _boolean(value: bool) -> str:
    return "true" if value else "false"
