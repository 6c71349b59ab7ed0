"""The stack of one deployment group in the tooling account: its training pipeline."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from constructs import Construct

from model_cicd.aws.images import pullable
from model_cicd.constructs.artifact_store import ArtifactStore
from model_cicd.constructs.assets import PublishedFile, publish
from model_cicd.constructs.branch_pipeline import BranchPipeline
from model_cicd.constructs.build_project import BuildProject, Program
from model_cicd.constructs.execution_stopping import stop_on_event
from model_cicd.constructs.iam import Statement
from model_cicd.constructs.image_build import image_build
from model_cicd.constructs.parameters import parameters
from model_cicd.constructs.stack import ModuleStack
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
        declared_build_spec: str,
    ) -> None:
        tooling, training = topology.tooling, group.training
        super().__init__(
            scope,
            name=group.tooling_stack_name,
            topology=topology,
            place=tooling.place,
            description=f"Training pipeline of deployment group {group.name}",
        )
        artifacts = ArtifactStore(
            self,
            "Store",
            pipeline=training,
            access_logs=topology.access_logs(tooling.place),
        )
        declared = self._declared(group)
        files = [runner, declared] if declared else [runner]
        BuildProject(
            self,
            "Train",
            description=f"Trains the models of deployment group {group.name}",
            program=Program(
                declared_build_spec if declared else "buildspec.yml",
                {
                    **training_environment(topology, group),
                    "MODEL_CICD_RUNNER": runner.uri,
                    "MODEL_CICD_RUNNER_FILE": runner.name,
                    **({"MODEL_CICD_PIPELINE": declared.uri} if declared else {}),
                },
            ),
            artifacts=artifacts,
            statements=[
                Statement("StartTraining", ["sts:AssumeRole"], [group.start_role.arn]),
                Statement("Runner", ["s3:GetObject"], [each.arn(topology.partition) for each in files]),
            ],
        )
        self._images(group, artifacts)
        BranchPipeline(
            self,
            "Training",
            pipeline=training,
            description=f"Trains deployment group {group.name} from branch {training.branch}",
            artifacts=artifacts,
            build_stage="Build",
        )
        self._stop(topology, group)
        self._publish(group)

    def _images(self, group: GroupTopology, artifacts: ArtifactStore) -> None:
        """The build of the images that the group makes itself."""
        if group.own_images:
            image_build(
                self,
                "Images",
                store=group.own_images,
                description=f"Builds the images of deployment group {group.name}",
                artifacts=artifacts,
                bases=pullable(
                    group.build.place,
                    [each for each in group.image_repositories if each not in group.own_images.arns],
                ),
            )

    def _stop(self, topology: Topology, group: GroupTopology) -> None:
        """What stops the execution of a build that ended without it, where builds wait for theirs."""
        if group.stopping:
            stop_on_event(
                self,
                "Stop",
                stopping=group.stopping,
                description=f"Stops trainings of deployment group {group.name} whose build ended without them",
                place=topology.tooling.place,
                project=group.training.project,
                pipeline=group.sagemaker_pipeline,
            )

    def _publish(self, group: GroupTopology) -> None:
        training = group.training
        parameters(
            self,
            # the build environment may be the tooling account itself, whose stack has the other parameters of the group
            path=f"{group.parameter_path}/training",
            values={
                "repository-name": training.repository.name,
                "pipeline-name": training.name,
                "pipeline-arn": training.arn,
                "artifact-bucket-name": training.artifacts.bucket.name,
                "model-package-group-name": group.models.name,
                "model-package-group-arn": group.models.arn,
                "registry-bucket-name": group.registry.bucket.name,
                "registry-key-alias-arn": group.registry.key_alias.arn,
            },
        )

    def _declared(self, group: GroupTopology) -> PublishedFile | None:
        """The pipeline that the manifest declares for the group, published."""
        if group.pipeline_config is None:
            return None
        from model_cicd.sagemaker_model_cicd.declared_pipelines import published_text

        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "pipeline.json")
            path.write_text(published_text(group.pipeline_config), encoding="utf-8")
            return publish(self, "DeclaredPipeline", path=path)


def training_environment(topology: Topology, group: GroupTopology) -> dict[str, str]:
    """The environment variables of the training build.

    The first part are those that the training repositories of aiops-modules and MDAA read, under their names; the
    second part is what the runner and the seed code want besides.
    """
    tooling, network, training, registry = topology.tooling, group.network, group.training, group.registry
    return {
        "SAGEMAKER_PROJECT_NAME": group.sagemaker_pipeline.name,
        "PROJECT_NAME": topology.context.project,
        "ENV_TYPE": group.build.type,
        "AWS_REGION": group.build.region,
        "ASSUME_ROLE_ARN": group.start_role.arn,
        "SAGEMAKER_PIPELINE_NAME": group.sagemaker_pipeline.name,
        "SAGEMAKER_PIPELINE_DESCRIPTION": (
            f"Deployment group {group.name}: branch {training.branch} of {training.repository.name}"
        ),
        "SAGEMAKER_PIPELINE_ROLE_ARN": registry.execution_role.arn,
        "MODEL_PACKAGE_GROUP_NAME": group.models.name,
        "ARTIFACT_BUCKET": registry.bucket.name,
        "ARTIFACT_BUCKET_KMS_ID": registry.key_alias.arn,
        "ARTIFACT_BUCKET_KMS_KEY": registry.key_alias.arn,
        "PIPELINE_BUCKET_NAME": training.artifacts.bucket.name,
        "PIPELINE_KMS_ARN": training.artifacts.key_alias.arn,
        "ENABLE_NETWORK_ISOLATION": _boolean(network.enable_network_isolation),
        "ENCRYPT_INTER_CONTAINER_TRAFFIC": _boolean(network.encrypt_inter_container_traffic),
        "SUBNET_IDS": json.dumps(network.vpc.subnet_ids),
        "SECURITY_GROUP_IDS": json.dumps(network.vpc.security_group_ids),
        "PRE_PROD_ACCOUNT_ID": group.pre_prod_account,
        "PROD_ACCOUNT_ID": group.prod_account,
        "DEPLOYMENT_GROUP": group.name,
        "SOURCE_BRANCH": training.branch,
        "REPOSITORY_NAME": training.repository.name,
        "BUILD_ACCOUNT": group.build.account,
        "TOOLING_ACCOUNT": tooling.account,
        "TOOLING_REGION": tooling.place.region,
        "WAIT_FOR_EXECUTION": _boolean(group.stopping is not None),
        "PIPELINE_PARAMETERS": inert_json(dict(group.pipeline_parameters)),
    }


def _boolean(value: bool) -> str:
    return "true" if value else "false"
