"""The records of a topology. Names are final: stacks use them as they are and never build one of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_cicd.aws.bootstrap import BootstrapRoles
from model_cicd.aws.life_cycle import StageRecording
from model_cicd.aws.notifications import Notifications, NotificationTopic
from model_cicd.aws.own_images import ImageStore
from model_cicd.aws.place import Named, Place, Placed
from model_cicd.aws.resources import (
    BranchPipeline,
    BuildMachine,
    EventMachine,
    Forwarding,
    IdentityProvider,
    PackageGroup,
    RegistryStore,
    Releases,
    Repository,
    Stopping,
    Vpc,
    WebIdentity,
)
from model_cicd.aws.retention import Retention
from model_cicd.retrain_states import Retraining
from model_cicd.sagemaker_model_cicd.topology.places import ConsumerGrant, Environment
from model_cicd.sagemaker_model_cicd.topology.promotion import PromotionTopology
from model_cicd.settings.context import ModuleContext


@dataclass(frozen=True)
class Network:
    """How a group's jobs reach the network, in subnets of the build account where there is a VPC."""

    enable_network_isolation: bool
    encrypt_inter_container_traffic: bool
    vpc: Vpc


@dataclass(frozen=True)
class InfraWorkflow:
    """The jobs that may run `seedfarmer apply`, the role that they take, and Seed-Farmer's, which that one takes."""

    jobs: WebIdentity
    role: Named
    toolchain_role: Named


@dataclass(frozen=True)
class ProviderStack(Placed):
    """The stack that makes an account's identity provider; `audience` is whom its tokens are for."""

    stack_name: str
    provider: IdentityProvider
    audience: str


@dataclass(frozen=True)
class InfraCode:
    """The infrastructure code: a commit to the branch redeploys the module."""

    repository: Repository
    branch: str


@dataclass(frozen=True)
class ToolingTopology(Placed):
    """What the tooling account holds once, whatever the number of groups.

    What redeploys the module when `infra_code` changes is a pipeline, `infra`, or jobs of a workflow, `infra_workflow`;
    without it nothing does. `machine` is what builds run on, `model_build_seed` the folder of the module that the
    training repository starts with; `forwarding_accounts` are the other accounts that put events on its bus, sorted,
    `drift_senders` the roles (ARNs) of environments that put violations there, `failure_senders` those of build
    accounts that put failed executions there.
    `notifications` is the topic of all groups that have none of their own, `dashboard` the name of the one over all.
    """

    stack_name: str
    infra_stack_name: str
    model_build_repository: Repository
    model_build_seed: str
    infra: BranchPipeline | None
    infra_workflow: InfraWorkflow | None
    infra_code: InfraCode | None
    machine: BuildMachine
    event_bus_arn: str
    forwarding_accounts: tuple[str, ...]
    drift_senders: tuple[str, ...]
    failure_senders: tuple[str, ...]
    notifications: NotificationTopic | None
    dashboard: str | None

    @property
    def repositories(self) -> tuple[Repository, ...]:
        """The repository of the training code, and that of the infrastructure code where there is one."""
        return (self.model_build_repository, *([self.infra_code.repository] if self.infra_code else []))


@dataclass(frozen=True)
class Retirement:
    """Which versions of a group are retired, and the policy of the build account for whoever does it."""

    retention: Retention
    policy: Named


@dataclass(frozen=True)
class RetrainingTopology:
    """What starts the training pipeline on drift: `machine`, and `counter`, whose executions are the trainings."""

    machine: EventMachine
    counter: EventMachine
    accounts: tuple[str, ...]
    wanted: Retraining


@dataclass(frozen=True)
class GroupTopology:
    """Everything of one deployment group.

    What starts its trainings when `branch` of `repository` changes is a pipeline, `training`, or jobs of a workflow,
    `workflow`; both do it with `start_role`. `dashboard` is its name, None without one: then nothing is measured.
    `moved_from` is where the group built before, when it says so.
    `deploy` is in order, the build environment first when its account is not among the others; `pipeline_config` is the
    pipeline as the manifest has it, or None where it is the repository's own. There is no `forwarding` where the build
    environment is the tooling account and region: the events are on that bus already. `consumers` serve in other
    accounts, `local_consumers` in the build account itself; each role stands once. Training registers candidates among
    `models`; what serves are `releases`. `image_repositories` are the ARNs of those of ECR, besides AWS's own, that
    images may come from, those of `own_images` among them; outputs of processing jobs are kept for `runs_expire_days`,
    for ever without. `registry_scientist` and, where there is a pipeline, `training_scientist` are the policies of data
    scientists in the build and the tooling account. `stopping` stops the execution of a build that ended without it,
    where builds wait for theirs. `retirement` is there where the group says what is retired, `stage_recording` where
    versions have stages. `compares`: trainings are told of the newest release and read its artifact.
    """

    name: str
    pipeline_parameters: Mapping[str, str | int | float | bool]
    pipeline_config: Mapping[str, Any] | None
    network: Network
    build: Environment
    moved_from: Place | None
    deploy: tuple[Environment, ...]
    tooling_stack_name: str
    build_stack_name: str
    repository: Repository
    branch: str
    training: BranchPipeline | None
    workflow: WebIdentity | None
    stopping: Stopping | None
    retirement: Retirement | None
    stage_recording: StageRecording | None
    registry: RegistryStore
    models: PackageGroup
    releases: Releases
    image_repositories: tuple[str, ...]
    own_images: ImageStore | None
    runs_expire_days: int | None
    compares: bool
    sagemaker_pipeline: Named
    start_role: Named
    registry_scientist: Named
    training_scientist: Named | None
    forwarding: Forwarding | None
    notifications: Notifications | None
    dashboard: str | None
    consumers: tuple[ConsumerGrant, ...]
    local_consumers: tuple[ConsumerGrant, ...]
    promotion: PromotionTopology
    retraining: RetrainingTopology | None
    parameter_path: str  # `/<project>-model-cicd/<deployment>/<module>/<group>`

    def parameter(self, key: str) -> str:
        """The name of this group's SSM parameter `key`."""
        return f"{self.parameter_path}/{key}"

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
    # the identity providers that this module makes: one in each account where workflows take roles and there is none
    providers: tuple[ProviderStack, ...]
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
    # accounts where nothing is looked for when something is taken down
    abandoned_account_ids: tuple[str, ...]
    # secrets that the module's own role may read
    secret_arns: tuple[str, ...]
    # reason by the grant beyond the expected matrix that is wanted
    access_acknowledgements: Mapping[str, str]
    tags: Mapping[str, str]
    parameter_path: str  # `/<project>-model-cicd/<deployment>/<module>`

    @property
    def partition(self) -> str:
        """The partition of the tooling account."""
        return self.context.partition

    @property
    def buckets(self) -> frozenset[str]:
        """The names of the module's own buckets."""
        pipelines = [each for group in self.groups for each in (group.training, group.promotion.pipeline) if each]
        return frozenset(
            [
                *(each.artifacts.bucket.name for each in [self.tooling.infra, *pipelines] if each),
                *(store.bucket.name for group in self.groups for store in (group.registry, group.releases)),
            ]
        )

    def place(self, account: str, region: str) -> Place:
        """Any account and region of the partition."""
        return Place(self.partition, account, region)

    def access_logs(self, place: Place) -> str | None:
        """The bucket for access logs of buckets at `place`, or None.

        S3 delivers them only within one account and region, and the bucket of the settings is the tooling account's.
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
        """
        if not self.s3_access_logs_bucket_arn or place != self.tooling.place:
            return None
        return self.s3_access_logs_bucket_arn.rpartition(":")[2]
