"""The stack of one deployment group in its build account."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import aws_cdk as cdk
from constructs import Construct

from model_cicd.aws.place import Place
from model_cicd.constructs.approvers import registry_approver
from model_cicd.constructs.event_forwarding import EventForwarding
from model_cicd.constructs.execution_role import execution_role
from model_cicd.constructs.parameters import parameters
from model_cicd.constructs.promotion_reader import promotion_reader
from model_cicd.constructs.registry import MODELS, RUNS, Registry, group_lifecycle, model_package_group
from model_cicd.constructs.stack import ModuleStack, via_s3
from model_cicd.constructs.start_role import start_role
from model_cicd.pipeline.environment import PipelineEnvironment, network
from model_cicd.sagemaker_model_cicd.declared_pipelines import group_config
from model_cicd.sagemaker_model_cicd.topology import ConsumerGrant, GroupTopology, Topology
from model_cicd.sagemaker_model_cicd.topology.outputs import promotion_parameters
from model_cicd.sagemaker_pipeline.declared_role import declared_role


class GroupBuildStack(ModuleStack):
    """Registry, training execution role, start role and the forwarding of model events."""

    def __init__(self, scope: Construct, *, topology: Topology, group: GroupTopology) -> None:
        account, region = group.build.account, group.build.region
        super().__init__(
            scope,
            name=group.build_stack_name,
            topology=topology,
            account=account,
            region=region,
            description=f"Training and model registry of deployment group {group.name}",
        )
        partition, through = topology.partition, via_s3(topology, region)
        description = f"deployment group {group.name} of {topology.prefix}"
        registry = Registry(
            self,
            "Registry",
            partition=partition,
            account=account,
            via_s3=through,
            description=description,
            bucket_name=group.bucket_name,
            bucket_arn=group.bucket_arn,
            key_alias=group.key_alias,
            execution_role_arn=group.execution_role_arn,
            writers=[group.execution_role_arn, group.start_role_arn],
            lifecycle_rules=group_lifecycle(),
            model_readers=_by_account(group.consumers, lambda consumer: consumer.model_execution_role_arn),
            local_model_readers=[consumer.model_execution_role_arn for consumer in group.local_consumers],
            organization_id=topology.organization_id,
            access_logs=topology.access_logs(account, region),
        )
        model_package_group(
            registry,
            "ModelPackageGroup",
            partition=partition,
            name=group.model_package_group_name,
            arn=group.model_package_group_arn,
            packages_arn=group.model_packages_arn,
            description=description,
            package_readers=_by_account(group.consumers, lambda consumer: consumer.deploy_role_arn),
            organization_id=topology.organization_id,
        )
        self._execution_role(topology, group, registry.key_arn)
        start_role(
            self,
            "StartRole",
            partition=partition,
            account=account,
            region=region,
            via_s3=through,
            name=group.start_role_name,
            description=f"Starts the training pipeline of deployment group {group.name} from the tooling account",
            tooling_account=topology.tooling.account,
            training_build_role_arn=group.training_build_role_arn,
            organization_id=topology.organization_id,
            execution_role_arn=group.execution_role_arn,
            pipeline_name=group.sagemaker_pipeline_name,
            pipeline_arn=group.sagemaker_pipeline_arn,
            bucket_arn=group.bucket_arn,
            key_arn=registry.key_arn,
            model_package_group_arn=group.model_package_group_arn,
            model_packages_arn=group.model_packages_arn,
            parameter_path=group.parameter_path,
        )
        promotion_reader(
            self,
            "PromotionReader",
            partition=partition,
            name=group.promotion.reader_role_name,
            description=f"Looks at the models that deployment group {group.name} promotes",
            tooling_account=topology.tooling.account,
            prepare_role_arn=group.promotion.prepare_role_arn,
            organization_id=topology.organization_id,
            model_packages_arn=group.model_packages_arn,
            key_parameter_arn=topology.arns(account, region).of(
                "ssm", f"parameter{group.parameter('registry-key-arn')}"
            ),
        )
        registry_approver(
            self,
            "Approver",
            name=group.promotion.approver_policy_name,
            description=f"Approves and rejects the models of deployment group {group.name}",
            model_package_group_arn=group.model_package_group_arn,
            model_packages_arn=group.model_packages_arn,
        )
        if group.forwards_events:
            EventForwarding(
                self,
                "Forwarding",
                account=account,
                rule_name=group.forward_rule_name,
                role_name=group.forward_role_name,
                description=f"Model events of deployment group {group.name} go to the tooling account",
                model_package_group_name=group.model_package_group_name,
                event_bus_arn=topology.tooling.event_bus_arn,
            )
        parameters(
            self,
            path=group.parameter_path,
            values={
                "registry-bucket-name": group.bucket_name,
                "registry-key-arn": registry.key_arn,
                "model-package-group-name": group.model_package_group_name,
                "model-package-group-arn": group.model_package_group_arn,
                "execution-role-arn": group.execution_role_arn,
                "start-role-arn": group.start_role_arn,
                "approver-policy-arn": group.promotion.approver_policy_arn,
                # where this is the tooling account, the promotion's stack has them
                **(promotion_parameters(topology, group) if group.forwards_events else {}),
            },
        )
        cdk.CfnOutput(self, "KeyArn", value=registry.key_arn, description="Key of the registry")

    def _execution_role(self, topology: Topology, group: GroupTopology, key_arn: str) -> None:
        """May do what the steps of a pipeline in the manifest need, else what those of a repository may need."""
        partition, account, region = topology.partition, group.build.account, group.build.region
        through, description = via_s3(topology, region), f"Runs the training jobs of deployment group {group.name}"
        if group.pipeline_config is not None:
            config = group_config(group.pipeline_config, group.pipeline_parameters, account=account, region=region)
            declared_role(
                self,
                name=group.execution_role_name,
                description=description,
                config=config,
                environment=PipelineEnvironment(
                    place=Place(partition, account, region),
                    region=region,
                    dns_suffix=topology.context.dns_suffix,
                    role_arn=group.execution_role_arn,
                    bucket=group.bucket_name,
                    kms_key=key_arn,
                    pipeline_name=group.sagemaker_pipeline_name,
                    model_package_group_name=group.model_package_group_name,
                    runs=RUNS,
                    models=MODELS,
                    network=network(group.network.subnet_ids, group.network.security_group_ids),
                ),
            )
            return
        execution_role(
            self,
            "ExecutionRole",
            partition=partition,
            account=account,
            region=region,
            via_s3=through,
            name=group.execution_role_name,
            arn=group.execution_role_arn,
            description=description,
            bucket_arn=group.bucket_arn,
            key_arn=key_arn,
            model_package_group_arn=group.model_package_group_arn,
            model_packages_arn=group.model_packages_arn,
            pipeline_prefix=group.sagemaker_pipeline_name,
            subnet_ids=group.network.subnet_ids,
            security_group_ids=group.network.security_group_ids,
        )


def _by_account(consumers: Iterable[ConsumerGrant], role: Callable[[ConsumerGrant], str]) -> dict[str, list[str]]:
    """The roles of each account, each once: KMS and S3 refuse policies that name a principal twice."""
    found: dict[str, list[str]] = {}
    for consumer in consumers:
        roles = found.setdefault(consumer.account, [])
        if role(consumer) not in roles:
            roles.append(role(consumer))
    return found
