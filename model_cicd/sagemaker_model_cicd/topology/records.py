"""The records of a topology. Names are final: stacks use them as they are and never build one of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_cicd.aws.arns import Arns
from model_cicd.aws.bootstrap import BootstrapRoles, bootstrap_roles
from model_cicd.sagemaker_model_cicd.topology.places import ConsumerGrant, Environment
from model_cicd.sagemaker_model_cicd.topology.promotion import PromotionTopology
from model_cicd.settings.context import ModuleContext


@dataclass(frozen=True)
class Network:
    """How a group's jobs reach the network; empty tuples mean no VPC."""

    enable_network_isolation: bool
    encrypt_inter_container_traffic: bool
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]

    @property
    def in_vpc(self) -> bool:
        """Whether jobs run in subnets of the build account."""
        return bool(self.subnet_ids)


@dataclass(frozen=True)
class Repository:
    """A CodeCommit repository of the tooling account; `create` says whether this module creates and seeds it."""

    name: str
    arn: str
    create: bool


@dataclass(frozen=True)
class ToolingTopology:
    """What the tooling account holds once, whatever the number of groups."""

    account: str
    region: str
    stack_name: str
    infra_stack_name: str
    model_build_repository: Repository
    infra_repository: Repository
    infra_branch: str
    artifact_bucket_name: str
    artifact_bucket_arn: str
    artifact_key_alias: str
    artifact_key_alias_arn: str
    infra_pipeline_name: str
    infra_pipeline_arn: str
    infra_project_name: str
    infra_project_arn: str
    infra_log_group_name: str
    infra_pipeline_role_name: str
    infra_pipeline_role_arn: str
    infra_build_role_name: str
    infra_build_role_arn: str
    infra_events_role_name: str
    infra_events_role_arn: str
    infra_rule_name: str
    event_bus_arn: str
    # accounts other than the tooling account that put events on its bus, sorted
    forwarding_accounts: tuple[str, ...]


@dataclass(frozen=True)
class GroupTopology:
    """Everything of one deployment group."""

    name: str
    source_branch: str
    schedule: str | None
    pipeline_parameters: Mapping[str, str | int | float | bool]
    pipeline_config: Mapping[str, Any] | None  # the pipeline as the manifest has it, or None: the repository's own
    network: Network
    build: Environment
    deploy: tuple[Environment, ...]  # in order; the build environment first when its account is not among the others
    tooling_stack_name: str
    build_stack_name: str

    # tooling account
    training_pipeline_name: str
    training_pipeline_arn: str
    training_project_name: str
    training_project_arn: str
    training_log_group_name: str
    training_pipeline_role_name: str
    training_pipeline_role_arn: str
    training_build_role_name: str
    training_build_role_arn: str
    training_events_role_name: str
    training_events_role_arn: str
    push_rule_name: str
    schedule_rule_name: str

    # build account
    start_role_name: str
    start_role_arn: str
    execution_role_name: str
    execution_role_arn: str
    forward_role_name: str
    forward_role_arn: str
    forward_rule_name: str
    # false when the build environment is the tooling account and region: the events are on that bus already
    forwards_events: bool
    bucket_name: str
    bucket_arn: str
    key_alias: str
    key_alias_arn: str
    model_package_group_name: str
    model_package_group_arn: str
    model_packages_arn: str  # every version in the group, model-package/<group>/*
    sagemaker_pipeline_name: str
    sagemaker_pipeline_arn: str

    # deploy environments in other accounts, and those in the build account itself; each role stands once
    consumers: tuple[ConsumerGrant, ...]
    local_consumers: tuple[ConsumerGrant, ...]

    promotion: PromotionTopology

    # `/<project>-model-cicd/<deployment>/<module>/<group>`
    parameter_path: str

    def parameter(self, key: str) -> str:
        """The name of this group's SSM parameter `key`."""
        return f"{self.parameter_path}/{key}"

    @property
    def consumer_accounts(self) -> tuple[str, ...]:
        """The other accounts that read the registry, each once, sorted."""
        return tuple(sorted({consumer.account for consumer in self.consumers}))

    @property
    def consumer_deploy_role_arns(self) -> tuple[str, ...]:
        """The deploy roles of the other accounts, each once, sorted."""
        return tuple(sorted({consumer.deploy_role_arn for consumer in self.consumers}))

    @property
    def consumer_model_execution_role_arns(self) -> tuple[str, ...]:
        """The model execution roles of the other accounts, each once, sorted."""
        return tuple(sorted({consumer.model_execution_role_arn for consumer in self.consumers}))

    def accounts_of_type(self, kind: str) -> tuple[str, ...]:
        """Accounts of the deploy environments of type `kind`, each once: in order, but the build account last.

        Training repositories ask for these accounts to share models with them, which the build account needs least.
        """
        accounts = dict.fromkeys(each.account for each in self.deploy if each.type == kind)
        return tuple(sorted(accounts, key=lambda account: account == self.build.account))

    @property
    def pre_prod_account(self) -> str:
        """The first preprod account, or the empty string."""
        return next(iter(self.accounts_of_type("preprod")), "")

    @property
    def prod_account(self) -> str:
        """The first prod account, or the empty string."""
        return next(iter(self.accounts_of_type("prod")), "")


@dataclass(frozen=True)
class Topology:
    """The whole of one deployment of the module."""

    context: ModuleContext
    prefix: str
    tooling: ToolingTopology
    groups: tuple[GroupTopology, ...]
    # accounts and regions that hold stacks of this module: the tooling account, then the build accounts
    bootstrap_roles: tuple[BootstrapRoles, ...]
    # accounts and regions of the deploy environments, without those above
    deploy_bootstrap_roles: tuple[BootstrapRoles, ...]
    permissions_boundary_name: str | None
    s3_access_logs_bucket_arn: str | None
    organization_id: str | None
    # as the manifest has them, to limit the module's own role; empty where it does not
    build_account_ids: tuple[str, ...]
    deploy_account_ids: tuple[str, ...]
    # reason by the grant beyond the expected matrix that is wanted
    access_acknowledgements: Mapping[str, str]
    tags: Mapping[str, str]
    parameter_path: str  # `/<project>-model-cicd/<deployment>/<module>`

    @property
    def partition(self) -> str:
        """The partition of the tooling account."""
        return self.context.partition

    @property
    def foreign_bootstrap_roles(self) -> tuple[BootstrapRoles, ...]:
        """The bootstrap roles outside the tooling account that deploying this module's stacks needs."""
        return tuple(each for each in self.bootstrap_roles if each.account != self.tooling.account)

    def bootstrap(self, account: str, region: str) -> BootstrapRoles:
        """The bootstrap roles of any account and region."""
        return bootstrap_roles(self.partition, account, region)

    def arns(self, account: str, region: str) -> Arns:
        """Builder of ARNs in `account` and `region`."""
        return Arns(self.partition, account, region)

    def permissions_boundary_arn(self, account: str) -> str | None:
        """The permissions boundary of every role in `account`, or None."""
        name = self.permissions_boundary_name
        return Arns(self.partition, account, "").policy(name) if name else None

    def access_logs(self, account: str, region: str) -> str | None:
        """The bucket for access logs of buckets in `account` and `region`, or None.

        S3 delivers them only within one account and region, and the bucket of the settings is the tooling account's.
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
        """
        if not self.s3_access_logs_bucket_arn or (account, region) != (self.tooling.account, self.tooling.region):
            return None
        return self.s3_access_logs_bucket_arn.rpartition(":")[2]
