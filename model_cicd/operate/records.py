"""What the commands know about a deployment group before they ask AWS anything."""

from __future__ import annotations

from dataclasses import dataclass

from model_cicd.aws.bootstrap import BootstrapRoles, roles_beside


@dataclass(frozen=True)
class Place:
    """A deploy environment: where its endpoint stack is and through which roles it is reached (ARNs)."""

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

    @property
    def roles(self) -> BootstrapRoles:
        """The roles of the CDK bootstrap in its account."""
        return roles_beside(self.deploy_role_arn)

    @property
    def is_prod(self) -> bool:
        """Whether its type is prod: commands ask before they touch it."""
        return self.type == "prod"


@dataclass(frozen=True)
class Group:
    """A deployment group: its registry, its promotion pipeline and its environments in the order of promotion.

    `approver_policy_arn` is the policy of the build account that lets its holder approve versions,
    `stage_approver_policy_arn` the one of the tooling account that lets its holder approve stages.
    `scientist_policy_arn` and `training_scientist_policy_arn` are those of data scientists in these two accounts; empty
    where a workflow trains, and of deployments before there were any.
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

    def package_arn(self, version: int) -> str:
        """The ARN of a version: `arn:<partition>:sagemaker:<region>:<account>:model-package/<group>/<version>`."""
        where = f"{self.build_region}:{self.build_account}"
        return f"arn:{self.partition}:sagemaker:{where}:model-package/{self.model_package_group_name}/{version}"

    def version_of(self, package_arn: str) -> int | None:
        """The version that an ARN names, or None when it is not of this group."""
        head, _, tail = package_arn.rpartition("/")
        return int(tail) if tail.isdigit() and head == self.package_arn(0).rpartition("/")[0] else None
