"""The records of a group's promotion: its pipeline, and the endpoint of every environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from model_cicd.aws.bootstrap import BootstrapRoles
from model_cicd.aws.place import Named
from model_cicd.aws.resources import APPROVE, EventMachine
from model_cicd.aws.shadow import APPROVE_SHADOW, ShadowRun
from model_cicd.aws.sleep import SleepTimes
from model_cicd.aws.stage_tests import StagedPipeline, StageTests
from model_cicd.hosting import Hosting
from model_cicd.sagemaker_model_cicd.topology.places import Environment


@dataclass(frozen=True)
class BatchRuns:
    """What runs the transforms of an environment: `machine`; the names of its jobs begin with `<job_prefix>-`."""

    machine: EventMachine
    job_prefix: str


@dataclass(frozen=True)
class MonitorNames:
    """The role of the jobs that monitor an endpoint, their schedules, and the rule on violations.

    `forward_role` sends them to the tooling account, where something there wants to know.
    """

    role: Named
    data_schedule: str
    model_schedule: str
    rule: str
    forward_role: Named


@dataclass(frozen=True)
class EndpointTarget:
    """A deploy environment as a stage of the promotion: the stack it gets, and what that makes.

    Names of stack, endpoint, key and alarms are of the environment's account; none is used by another environment,
    group or module. `tags` are those of the environment, on top of the module's. `batch` is there in the place of the
    endpoint where the environment transforms data; the endpoint's name is then nobody's. `monitor` is there
    where what the endpoint captures is analysed, `shadow` where a new version is compared before it serves. What
    `sleep_times` names is of the tooling account; the topic `idle_topic_arn` is told of an endpoint that nobody asks,
    `alarm_topic_arn` of errors and latency.
    """

    environment: Environment
    bootstrap: BootstrapRoles
    stage_name: str
    stack_name: str
    endpoint: Named
    model_execution_role: Named
    key_alias: Named
    require_approval: bool
    hosting: Hosting
    tests: StageTests | None
    tags: Mapping[str, str]
    batch: BatchRuns | None = None
    monitor: MonitorNames | None = None
    sleep_times: SleepTimes | None = None
    shadow: ShadowRun | None = None
    idle_topic_arn: str | None = None
    alarm_topic_arn: str | None = None

    @property
    def approvals(self) -> tuple[str, ...]:
        """The actions of its stage that a person answers, in order."""
        if not self.require_approval:
            return ()
        return (APPROVE_SHADOW, APPROVE) if self.shadow else (APPROVE,)

    @property
    def idle_alarm_name(self) -> str:
        """The alarm on an endpoint that nobody asks."""
        return f"{self.endpoint.name}-idle"

    @property
    def errors_alarm_name(self) -> str:
        """The alarm on failed requests."""
        return f"{self.endpoint.name}-errors"

    @property
    def latency_alarm_name(self) -> str:
        """The alarm on slow answers."""
        return f"{self.endpoint.name}-latency"

    @property
    def backlog_alarm_name(self) -> str:
        """The alarm on requests that wait while there is no instance."""
        return f"{self.endpoint.name}-backlog"


@dataclass(frozen=True)
class PromotionTopology:
    """A group's promotion, in the tooling account: `targets` are the stages in order.

    `approver` is a policy of that account for people who approve
    versions in the registry, `stage_approver` one for people who answer the pipeline's approvals, which wait for
    `approval_minutes`, or as long as the account's default says.
    """

    stack_name: str
    pipeline: StagedPipeline
    trigger: EventMachine
    stage_approver: Named
    approver: Named
    approval_minutes: int | None
    targets: tuple[EndpointTarget, ...]

    @property
    def approval_arns(self) -> list[str]:
        """The approval actions of the pipeline, `<pipeline>/<stage>/<action>`."""
        return [f"{self.pipeline.arn}/{each.stage_name}/{name}" for each in self.targets for name in each.approvals]

    @property
    def deploy_roles(self) -> Mapping[str, tuple[str, ...]]:
        """The roles (ARNs) that this promotion deploys with by their account, each once."""
        found: dict[str, dict[str, None]] = {}
        for target in self.targets:
            found.setdefault(target.environment.account, {})[target.bootstrap.deploy] = None
        return {account: tuple(roles) for account, roles in found.items()}
