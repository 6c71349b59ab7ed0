"""The stack of one deployment group in its build account."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
from constructs import Construct

from model_cicd.aws.policy import Statement, trust_role, trust_web_identity
from model_cicd.aws.resources import MODELS, RUNS, Consumer, Sharing
from model_cicd.constructs.assets import publish
from model_cicd.constructs.event_forwarding import EventForwarding
from model_cicd.constructs.execution_role import Jobs, execution_role
from model_cicd.constructs.execution_stopping import stop_role
from model_cicd.constructs.image_store import ImageRepositories
from model_cicd.constructs.parameters import parameters
from model_cicd.constructs.private_bucket import Rule
from model_cicd.constructs.registration_recorder import registration_recorder
from model_cicd.constructs.registry import Registry, group_lifecycle, model_package_group
from model_cicd.constructs.release_store import ReleaseStore, compared, release_role
from model_cicd.constructs.stack import ModuleStack
from model_cicd.constructs.stage_recorder import stage_role
from model_cicd.constructs.start_role import Training, start_role
from model_cicd.sagemaker_model_cicd.stacks.group_people import group_people
from model_cicd.sagemaker_model_cicd.stacks.promotion_source import released_from
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology
from model_cicd.sagemaker_model_cicd.topology.outputs import promotion_parameters
from model_cicd.sagemaker_model_cicd.topology.training_environment import (
    SESSION_SECONDS,
    SETTINGS_KEY,
    runner_variables,
    training_settings,
)

if TYPE_CHECKING:
    from model_cicd.pipeline.schema import PipelineConfig


class GroupBuildStack(ModuleStack):
    """Registry, training execution role, start role and the forwarding of model events."""

    def __init__(self, scope: Construct, *, topology: Topology, group: GroupTopology, runner: Path) -> None:
        super().__init__(
            scope,
            name=group.build_stack_name,
            topology=topology,
            place=group.build.place,
            description=f"Training and model registry of deployment group {group.name}",
        )
        self._topology, self._group = topology, group
        self._described = f"deployment group {group.name} of {topology.prefix}"
        # workflows get at the bucket of this account alone
        self._runner = publish(self, "Runner", path=runner) if group.workflow else None
        registry, releases = self._registry(), self._releases()
        self._images()
        self._execution_role(registry, releases)
        self._roles_of_tooling(registry, releases)
        registration_recorder(
            self,
            "Recorder",
            description=f"Records how the models of deployment group {group.name} are registered",
            registry=group.registry,
            models=group.models,
            releases=group.releases,
            key_arn=releases.key_arn,
        )
        group_people(self, group, registry)
        if group.forwarding:
            EventForwarding(
                self,
                "Forwarding",
                account=group.build.account,
                forwarding=group.forwarding,
                description=f"Model events of deployment group {group.name} go to the tooling account",
                model_package_group_name=group.models.name,
                pipeline_arn=group.sagemaker_pipeline.arn,
                event_bus_arn=topology.tooling.event_bus_arn,
            )
        self._publish(registry, releases)

    def _registry(self) -> Registry:
        topology, group = self._topology, self._group
        # nothing serves what training can write: the promotion alone reads candidates
        promotion = Consumer(group.build.account, group.releases.role, "")
        sharing = Sharing((promotion,), topology.organization_id)
        registry = Registry(
            self,
            "Registry",
            store=group.registry,
            description=self._described,
            uploaders=[group.start_role.arn],
            lifecycle_rules=[
                *group_lifecycle(runs_expire_days=group.runs_expire_days),
                *self._configured_lifecycle(),
            ],
            sharing=sharing,
            access_logs=topology.access_logs(group.build.place),
        )
        model_package_group(
            registry,
            "ModelPackageGroup",
            models=group.models,
            place=group.build.place,
            description=self._described,
            sharing=sharing,
        )
        return registry

    def _configured_lifecycle(self) -> list[Rule]:
        """The rules of a pipeline that the manifest declares."""
        if self._group.pipeline_config is None:
            return []
        from model_cicd.sagemaker_pipeline.lifecycle import configured_lifecycle

        return configured_lifecycle(self._declared().pipeline.storage)

    def _declared(self) -> PipelineConfig:
        """The pipeline that the manifest declares for the group."""
        # the language of pipelines is much to load
        from model_cicd.sagemaker_model_cicd.declared_pipelines import group_config

        group, at = self._group, self._group.build.place
        assert group.pipeline_config is not None
        return group_config(group.pipeline_config, group.pipeline_parameters, account=at.account, region=at.region)

    def _releases(self) -> ReleaseStore:
        topology, group = self._topology, self._group
        return ReleaseStore(
            self,
            "Releases",
            releases=group.releases,
            description=self._described,
            sharing=Sharing((*group.local_consumers, *group.consumers), topology.organization_id),
            access_logs=topology.access_logs(group.build.place),
            compared_by=group.registry.execution_role if group.compares else None,
        )

    def _images(self) -> None:
        """Repositories of the images that the group builds itself."""
        topology, group = self._topology, self._group
        if group.own_images:
            ImageRepositories(
                self,
                "Images",
                store=group.own_images,
                description=self._described,
                sharing=Sharing(group.consumers, topology.organization_id),
            )

    def _execution_role(self, registry: Registry, releases: ReleaseStore) -> None:
        """May do what the steps of a pipeline in the manifest need, else what those of a repository may need."""
        group, at = self._group, self._group.build.place
        description = f"Runs the training jobs of deployment group {group.name}"
        if group.pipeline_config is None:
            execution_role(
                self,
                "ExecutionRole",
                description=description,
                registry=registry,
                models=group.models,
                pipeline_name=group.sagemaker_pipeline.name,
                jobs=Jobs(group.image_repositories, group.network.vpc, compared(releases) if group.compares else ()),
            )
            return
        # the language of pipelines is much to load
        from model_cicd.pipeline.environment import PipelineEnvironment, network
        from model_cicd.sagemaker_pipeline.declared_role import declared_role

        declared_role(
            self,
            name=group.registry.execution_role.name,
            description=description,
            config=self._declared(),
            environment=PipelineEnvironment(
                place=at,
                region=at.region,
                dns_suffix=at.dns_suffix,
                role_arn=group.registry.execution_role.arn,
                bucket=group.registry.bucket.name,
                kms_key=registry.key_arn,
                pipeline_name=group.sagemaker_pipeline.name,
                model_package_group_name=group.models.name,
                runs=RUNS,
                models=MODELS,
                network=network(group.network.vpc.subnet_ids, group.network.vpc.security_group_ids),
            ),
        )

    def _roles_of_tooling(self, registry: Registry, releases: ReleaseStore) -> None:
        """The roles that builds of the tooling account take, and that stops what they left running."""
        topology, group = self._topology, self._group
        start_role(
            self,
            start=group.start_role,
            description=f"Starts the training pipeline of deployment group {group.name} from {self._trainer}",
            trust=self._trusted(),
            registry=registry,
            models=group.models,
            training=Training(
                group.sagemaker_pipeline,
                group.parameter_path,
                sessions=group.pipeline_config is None,
                runner=self._runner.arn(topology.partition) if self._runner else None,
                session_seconds=SESSION_SECONDS if self._runner else None,
                releases=group.releases.models if group.compares else None,
            ),
        )
        if group.stopping:
            stop_role(
                self,
                stopping=group.stopping,
                description=f"Stops the training pipeline of deployment group {group.name} from the tooling account",
                pipeline=group.sagemaker_pipeline,
                organization_id=topology.organization_id,
            )
        if group.stage_recording:
            stage_role(
                self,
                recording=group.stage_recording,
                description=f"Records how far versions of deployment group {group.name} have come",
                models=group.models,
                organization_id=topology.organization_id,
            )
        release_role(
            releases,
            description=f"Releases the models that deployment group {group.name} promotes",
            trust=trust_role(group.promotion.pipeline.project.role.arn, topology.organization_id),
            registry=registry,
            candidates=group.models,
            sources=released_from(group),
            key_parameter_arn=group.build.place.arn("ssm", f"parameter{group.parameter('release-key-arn')}"),
        )

    @property
    def _trainer(self) -> str:
        jobs = self._group.workflow
        return f"workflows of {jobs.repository}" if jobs else "the tooling account"

    def _trusted(self) -> Statement:
        """Who starts trainings."""
        training, jobs = self._group.training, self._group.workflow
        if jobs:
            return trust_web_identity(jobs)
        assert training is not None
        return trust_role(training.project.role.arn, self._topology.organization_id)

    def _settings(self) -> dict[str, str]:
        """What a workflow is told."""
        if self._runner is None:
            return {}
        runner = runner_variables(self._runner.uri, self._runner.name)
        return {SETTINGS_KEY: training_settings(self._topology, self._group, runner)}

    def _publish(self, registry: Registry, releases: ReleaseStore) -> None:
        topology, group = self._topology, self._group
        parameters(
            self,
            path=group.parameter_path,
            values={
                "registry-bucket-name": group.registry.bucket.name,
                "registry-key-arn": registry.key_arn,
                "registry-key-id": registry.key_id,
                "release-bucket-name": group.releases.bucket.name,
                "release-key-arn": releases.key_arn,
                "release-key-id": releases.key_id,
                "release-group-name": group.releases.models.name,
                "model-package-group-name": group.models.name,
                "model-package-group-arn": group.models.arn,
                "execution-role-arn": group.registry.execution_role.arn,
                "start-role-arn": group.start_role.arn,
                **self._settings(),
                "approver-policy-arn": group.promotion.approver.arn,
                "scientist-policy-arn": group.registry_scientist.arn,
                **({"retirer-policy-arn": group.retirement.policy.arn} if group.retirement else {}),
                # where this is the tooling account, the promotion's stack has them
                **(promotion_parameters(topology, group) if group.forwarding else {}),
            },
        )
        cdk.CfnOutput(self, "KeyArn", value=registry.key_arn, description="Key of the registry")
