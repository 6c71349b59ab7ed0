"""The stack of one deployment group in the tooling account: its training pipeline, if it has one."""

from __future__ import annotations

import tempfile
from pathlib import Path

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from model_cicd.aws.images import pullable
from model_cicd.aws.metrics import namespace
from model_cicd.aws.notifications import SOURCE
from model_cicd.aws.resources import BranchPipeline as BranchPipelineRecord
from model_cicd.constructs.artifact_store import ArtifactStore
from model_cicd.constructs.assets import PublishedFile, publish
from model_cicd.constructs.branch_pipeline import BranchPipeline
from model_cicd.constructs.build_project import BuildProject, Program
from model_cicd.constructs.execution_stopping import stop_on_event
from model_cicd.constructs.iam import Statement, managed_policy
from model_cicd.constructs.image_build import image_build
from model_cicd.constructs.notification_rules import no_training_alarm, tell
from model_cicd.constructs.notification_topic import EncryptedTopic
from model_cicd.constructs.parameters import parameters
from model_cicd.constructs.resource import resource
from model_cicd.constructs.retraining import retraining
from model_cicd.constructs.scientists import training_starting
from model_cicd.constructs.stack import ModuleStack
from model_cicd.sagemaker_model_cicd.stacks.dashboards import group_dashboard
from model_cicd.sagemaker_model_cicd.stacks.notifications import tellings
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology
from model_cicd.sagemaker_model_cicd.topology.training_environment import runner_variables, training_environment


class GroupToolingStack(ModuleStack):
    """CodePipeline on the group's branch, and the CodeBuild project that runs the SageMaker pipeline.

    Where a workflow trains, the stack has parameters alone: so a deployment takes away the pipeline that was there.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        topology: Topology,
        group: GroupTopology,
        runner: PublishedFile,
        declared_build_spec: str,
    ) -> None:
        super().__init__(
            scope,
            name=group.tooling_stack_name,
            topology=topology,
            place=topology.tooling.place,
            description=f"Training pipeline of deployment group {group.name}",
        )
        if group.training:
            self._pipeline(topology, group, group.training, runner, declared_build_spec)
        self._notifications(topology, group)
        if group.dashboard:
            resource(
                cloudwatch.CfnDashboard,
                self,
                "Dashboard",
                dashboard_name=group.dashboard,
                dashboard_body=group_dashboard(topology, group),
            )
        self._publish(group)

    def _notifications(self, topology: Topology, group: GroupTopology) -> None:
        """Who is told of what happens in the group."""
        told = group.notifications
        if told is None:
            return
        if told.own:
            EncryptedTopic(
                self, "Notifications", topic=told.own, description=f"Notifications of deployment group {group.name}"
            )
        if told.watch and group.training:
            no_training_alarm(
                self,
                "NoTraining",
                watch=told.watch,
                project=group.training.project.name,
                description=f"No training of deployment group {group.name} began, which is scheduled",
            )
        tell(self, "Tell", notifications=told, tellings=tellings(topology, group, told))

    def _pipeline(
        self,
        topology: Topology,
        group: GroupTopology,
        training: BranchPipelineRecord,
        runner: PublishedFile,
        declared_build_spec: str,
    ) -> None:
        artifacts = ArtifactStore(
            self,
            "Store",
            pipeline=training,
            access_logs=topology.access_logs(topology.tooling.place),
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
                    **runner_variables(runner.uri, runner.name),
                    **({"MODEL_CICD_PIPELINE": declared.uri} if declared else {}),
                },
            ),
            artifacts=artifacts,
            statements=[
                Statement("StartTraining", ["sts:AssumeRole"], [group.start_role.arn]),
                Statement("Runner", ["s3:GetObject"], [each.arn(topology.partition) for each in files]),
                *_telling(topology, group),
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
            told_why=group.retraining is not None,
        )
        self._stop(topology, group, training)
        self._retrain(topology, group, training)
        self._scientist(topology, group, training)

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

    def _retrain(self, topology: Topology, group: GroupTopology, training: BranchPipelineRecord) -> None:
        """What starts the pipeline on drift, where an environment is monitored for that."""
        if group.retraining:
            retraining(
                self,
                machine=group.retraining.machine,
                counting=group.retraining.counter,
                place=topology.tooling.place,
                group=group.name,
                pipeline=training,
                wanted=group.retraining.wanted,
                accounts=list(group.retraining.accounts),
            )

    def _stop(self, topology: Topology, group: GroupTopology, training: BranchPipelineRecord) -> None:
        """What stops the execution of a build that ended without it, where builds wait for theirs."""
        if group.stopping:
            stop_on_event(
                self,
                "Stop",
                stopping=group.stopping,
                description=f"Stops trainings of deployment group {group.name} whose build ended without them",
                place=topology.tooling.place,
                project=training.project,
                pipeline=group.sagemaker_pipeline,
            )

    def _scientist(self, topology: Topology, group: GroupTopology, training: BranchPipelineRecord) -> None:
        if group.training_scientist:
            managed_policy(
                self,
                "Scientist",
                name=group.training_scientist.name,
                description=f"Starts and watches the training pipeline of deployment group {group.name}",
                statements=training_starting(training, topology.tooling.place),
            )

    def _publish(self, group: GroupTopology) -> None:
        training, told = group.training, group.notifications
        started_by = {"role-arn": group.start_role.arn}
        if training and group.training_scientist:
            started_by = {
                "scientist-policy-arn": group.training_scientist.arn,
                "pipeline-name": training.name,
                "pipeline-arn": training.arn,
                "artifact-bucket-name": training.artifacts.bucket.name,
            }
        parameters(
            self,
            # the build environment may be the tooling account itself, whose stack has the other parameters of the group
            path=f"{group.parameter_path}/training",
            values={
                "repository-name": group.repository.name,
                **started_by,
                "model-package-group-name": group.models.name,
                "model-package-group-arn": group.models.arn,
                "registry-bucket-name": group.registry.bucket.name,
                "registry-key-alias-arn": group.registry.key_alias.arn,
                **({"notification-topic-arn": told.topic_arn} if told else {}),
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


def _telling(topology: Topology, group: GroupTopology) -> list[Statement]:
    """What a build may tell: of versions of its own group, and numbers of its own trainings."""
    told, found = group.notifications, []
    if told and told.detail_type:
        ours = {"StringEquals": {"events:source": SOURCE, "events:detail-type": told.detail_type}}
        found.append(Statement("Tell", ["events:PutEvents"], [topology.tooling.event_bus_arn], ours))
    if group.dashboard:
        own = {"StringEquals": {"cloudwatch:namespace": namespace(group.promotion.pipeline.name)}}
        why = "metrics have no resource; their namespace is limited by a condition"
        found.append(Statement("Measure", ["cloudwatch:PutMetricData"], ["*"], own, why=why))
    return found
