"""The stack of the tooling account that all groups share."""

from __future__ import annotations

import json

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from model_cicd.aws import naming
from model_cicd.constructs.assets import publish
from model_cicd.constructs.event_forwarding import EXECUTION_STATE_CHANGE, PROCESSING_STATE_CHANGE
from model_cicd.constructs.event_reception import event_reception, sender_reception
from model_cicd.constructs.notification_topic import EncryptedTopic
from model_cicd.constructs.parameters import parameters
from model_cicd.constructs.repository import SeededRepository
from model_cicd.constructs.resource import resource
from model_cicd.constructs.stack import ModuleStack
from model_cicd.sagemaker_model_cicd.module_files import ModuleFiles
from model_cicd.sagemaker_model_cicd.stacks.dashboards import overview
from model_cicd.sagemaker_model_cicd.topology import Topology
from model_cicd.sagemaker_model_cicd.topology.outputs import module_metadata


class ToolingStack(ModuleStack):
    """Repositories, event bus policy and the published runner. Attribute: `runner`."""

    def __init__(self, scope: Construct, *, topology: Topology, files: ModuleFiles, existing: frozenset[str]) -> None:
        tooling = topology.tooling
        super().__init__(
            scope,
            name=tooling.stack_name,
            topology=topology,
            place=tooling.place,
            description="Repositories and pipelines of model CI/CD",
        )
        self._topology = topology
        self.runner = publish(self, "Runner", path=files.runner)
        self._repositories(files, existing)
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
        for id, what, senders, detail_type in (
            ("DriftReception", "drift", tooling.drift_senders, PROCESSING_STATE_CHANGE),
            ("FailureReception", "failures", tooling.failure_senders, EXECUTION_STATE_CHANGE),
        ):
            if senders:
                sender_reception(
                    self,
                    id,
                    partition=topology.partition,
                    statement_id=naming.fit(f"{topology.prefix}-{what}", 64),
                    event_bus_arn=tooling.event_bus_arn,
                    senders=senders,
                    detail_type=detail_type,
                    organization_id=topology.organization_id,
                )
        if tooling.notifications:
            EncryptedTopic(
                self, "Notifications", topic=tooling.notifications, description=f"Notifications of {topology.prefix}"
            )
        if tooling.dashboard:
            resource(
                cloudwatch.CfnDashboard,
                self,
                "Dashboard",
                dashboard_name=tooling.dashboard,
                dashboard_body=overview(topology),
            )
        self._outputs()

    def _repositories(self, files: ModuleFiles, existing: frozenset[str]) -> None:
        tooling = self._topology.tooling
        training, infra = tooling.model_build_repository, tooling.infra_code
        if training.create and training.name not in existing:
            SeededRepository(
                self,
                "ModelBuild",
                name=training.name,
                description="Training code: a push to a deployment group's branch trains its model",
                branch=_default_branch(self._topology),
                seed=files.model_build_seed,
            )
        if infra and infra.repository.create and infra.repository.name not in existing:
            SeededRepository(
                self,
                "Infra",
                name=infra.repository.name,
                description=f"Infrastructure of model CI/CD: a push to {infra.branch} redeploys it",
                branch=infra.branch,
                seed=files.infra_seed,
            )

    def _outputs(self) -> None:
        topology, tooling = self._topology, self._topology.tooling
        parameters(
            self,
            path=topology.parameter_path,
            values={
                "model-build-repository-name": tooling.model_build_repository.name,
                **({"infra-repository-name": tooling.infra_code.repository.name} if tooling.infra_code else {}),
            },
        )
        cdk.CfnOutput(self, "metadata", value=json.dumps(module_metadata(topology)), description="Module metadata")


def _default_branch(topology: Topology) -> str:
    """`main` when a group trains from it, else the first group's branch: the seed's first commit goes there."""
    branches = [group.branch for group in topology.groups]
    return "main" if "main" in branches else branches[0]
