"""The records of a group's promotion: its pipeline, and the endpoint of every environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from model_cicd.aws.bootstrap import BootstrapRoles
from model_cicd.hosting import Hosting
from model_cicd.sagemaker_model_cicd.topology.places import Environment


@dataclass(frozen=True)
class EndpointTarget:
    """A deploy environment as a stage of the promotion: the stack it gets, and what that makes.

    Names of stack, endpoint, key and alarms are of the environment's account; none is used by another environment,
    group or module. `tags` are those of the environment, on top of the module's.
    """

    environment: Environment
    bootstrap: BootstrapRoles
    stage_name: str
    stack_name: str
    endpoint_name: str
    endpoint_arn: str
    model_execution_role_name: str
    model_execution_role_arn: str
    key_alias: str
    key_alias_arn: str
    errors_alarm_name: str
    latency_alarm_name: str
    require_approval: bool
    hosting: Hosting
    tags: Mapping[str, str]

    @property
    def deploy_role_arn(self) -> str:
        """The CDK bootstrap role that the pipeline's actions take."""
        return self.bootstrap.deploy

    @property
    def cfn_exec_role_arn(self) -> str:
        """The CDK bootstrap role that CloudFormation works with."""
        return self.bootstrap.cfn_exec

    @property
    def lookup_role_arn(self) -> str:
        """The CDK bootstrap role that reads the account."""
        return self.bootstrap.lookup


@dataclass(frozen=True)
class PromotionTopology:
    """A group's promotion. All of it is in the tooling account except the reader and the approver policy."""

    stack_name: str
    pipeline_name: str
    pipeline_arn: str
    pipeline_role_name: str
    pipeline_role_arn: str
    prepare_project_name: str
    prepare_project_arn: str
    prepare_log_group_name: str
    prepare_role_name: str
    prepare_role_arn: str
    rule_name: str
    events_role_name: str
    events_role_arn: str
    state_machine_name: str
    state_machine_arn: str
    state_machine_log_group_name: str
    state_machine_role_name: str
    state_machine_role_arn: str
    # for people who answer the pipeline's approvals
    stage_approver_policy_name: str
    stage_approver_policy_arn: str

    # build account
    reader_role_name: str
    reader_role_arn: str
    # for people who approve versions in the registry
    approver_policy_name: str
    approver_policy_arn: str

    # the stages in order
    targets: tuple[EndpointTarget, ...]
