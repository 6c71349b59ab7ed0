"""What the commands know about a deployment group before they ask AWS anything."""

from __future__ import annotations

from dataclasses import dataclass, field

from model_cicd.aws.bootstrap import BootstrapRoles, roles_beside
from model_cicd.aws.retention import Retention

#: how long CodePipeline waits for an approval by itself: 7 days
#: https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
DEFAULT_APPROVAL_MINUTES = 7 * 24 * 60


@dataclass(frozen=True)
class Place:
    """A deploy environment: where its endpoint stack is and through which roles it is reached (ARNs).

    `state_machine_arn` is that of the runs of an environment that transforms data; empty of one with an endpoint.
    """

    name: str
    type: str
    account: str
    region: str
    stack_name: str
    endpoint_name: str
    require_approval: bool
    deploy_role_arn: str
    lookup_role_arn: str
    cfn_exec_role_arn: str
    state_machine_arn: str = ""

    @property
    def roles(self) -> BootstrapRoles:
        """The roles of the CDK bootstrap in its account."""
        return roles_beside(self.deploy_role_arn)

    @property
    def is_prod(self) -> bool:
        """Whether its type is prod: commands ask before they touch it."""
        return self.type == "prod"


@dataclass(frozen=True)
class Trainer:
    """What trains a group: its SageMaker pipeline, and the CodePipeline that starts it; empty where a workflow does.

    `schedule` is the expression by which trainings start by themselves, or empty. Deployments of earlier versions
    published none of it: `sagemaker_pipeline` is empty.
    """

    sagemaker_pipeline: str = ""
    pipeline: str = ""
    schedule: str = ""


@dataclass(frozen=True)
class StackPlace:
    """A stack of a group and where it is; `lookup_role_arn` is empty where it is in the tooling account."""

    name: str
    account: str
    region: str
    lookup_role_arn: str = ""


@dataclass(frozen=True)
class Retirement:
    """What the settings of a group say of retiring its versions; without them, the module's own numbers.

    `policy_arn` is the policy of the build account for who does it, empty where the group has no such settings.
    """

    retention: Retention = field(default_factory=Retention)
    policy_arn: str = ""


@dataclass(frozen=True)
class Group:
    """A deployment group: its registry, its promotion pipeline and its environments in the order of promotion.

    `approver_policy_arn` is the policy of the build account that lets its holder approve versions,
    `stage_approver_policy_arn` the one of the tooling account that lets its holder approve stages.
    `scientist_policy_arn` and `training_scientist_policy_arn` are those of data scientists in these two accounts; empty
    where a workflow trains, and of deployments before there were any. Approvals of stages wait for `approval_minutes`.
    `stacks` are those besides the environments' own, `kept` what a destroy retains on purpose, in words. Releases are
    in the model package group `release_group_name` of the build account, candidates' artifacts in `registry_bucket`;
    empty of deployments before there were any.
    """

    name: str
    module: str
    partition: str
    tooling_account: str
    tooling_region: str
    pipeline_name: str
    build_account: str
    build_region: str
    build_lookup_role_arn: str
    model_package_group_name: str
    approver_policy_arn: str
    stage_approver_policy_arn: str
    scientist_policy_arn: str
    training_scientist_policy_arn: str
    places: tuple[Place, ...]
    trainer: Trainer = Trainer()
    approval_minutes: int = DEFAULT_APPROVAL_MINUTES
    stacks: tuple[StackPlace, ...] = ()
    kept: tuple[str, ...] = ()
    release_group_name: str = ""
    registry_bucket: str = ""
    retirement: Retirement = Retirement()

    def package_arn(self, version: int) -> str:
        """The ARN of a version: `arn:<partition>:sagemaker:<region>:<account>:model-package/<group>/<version>`."""
        return self._package(self.model_package_group_name, version)

    def _package(self, name: str, number: int) -> str:
        where = f"{self.build_region}:{self.build_account}"
        return f"arn:{self.partition}:sagemaker:{where}:model-package/{name}/{number}"

    def version_of(self, package_arn: str) -> int | None:
        """The version that an ARN names, or None when it is not of this group."""
        return self._number(self.model_package_group_name, package_arn)

    def release_of(self, package_arn: str) -> int | None:
        """The number of the release that an ARN names, or None when it is no release of this group."""
        return self._number(self.release_group_name, package_arn) if self.release_group_name else None

    def _number(self, name: str, package_arn: str) -> int | None:
        head, _, tail = package_arn.rpartition("/")
        return int(tail) if tail.isdigit() and head == self._package(name, 0).rpartition("/")[0] else None
