"""What people are told of a deployment group: the events, and the words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model_cicd.aws.notifications import ANNOUNCED, SOURCE, Notifications, Watch, rolled_back_detail_type
from model_cicd.aws.regions import console
from model_cicd.aws.resources import BranchPipeline
from model_cicd.constructs.event_forwarding import MODEL_EVENTS, failed_executions
from model_cicd.constructs.notification_message import Message
from model_cicd.constructs.notification_rules import Telling, executions
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology

#: environments of which a message speaks by name
_MOST_NAMES = 5
#: text that stays within its line of a message, and holds no address
_ONE_LINE = [{"anything-but": {"wildcard": ['*"*', "*\\\\*", "*\n*", "*\r*", "*://*"]}}]
_EXECUTION = {"execution": "$.detail.execution-id", "time": "$.time"}


def tellings(topology: Topology, group: GroupTopology, notifications: Notifications) -> list[Telling]:
    """Everything that is told of `group`."""
    return list(_Words(topology, group, notifications).all())


@dataclass(frozen=True)
class _Words:
    topology: Topology
    group: GroupTopology
    rules: Notifications

    def all(self) -> Iterator[Telling]:
        yield self._registered()
        if self.rules.detail_type:
            yield self._measured(self.rules.detail_type)
        if self.group.training:
            yield self._training_failed(self.group.training.name)
            if self.rules.watch:
                yield self._no_training(self.group.training, self.rules.watch)
        if self.rules.execution_rule:
            yield self._execution_failed(self.rules.execution_rule)
        yield self._awaits_approval()
        yield self._promoted()
        yield self._promotion_failed()
        yield self._rolled_back()

    def _registered(self) -> Telling:
        """By SageMaker's event, of versions that no run of ours tells of."""
        detail = {
            "ModelPackageGroupName": [self.group.models.name],
            "ModelApprovalStatus": ["PendingManualApproval"],
            "UpdatedModelPackageFields": [{"exists": False}],
            "$or": [
                {"MetadataProperties": {"ProjectId": [{"exists": False}]}},
                {"MetadataProperties": {"ProjectId": [{"anything-but": [ANNOUNCED]}]}},
            ],
        }
        build = self.group.build
        return Telling(
            "Registered",
            self.rules.registered_rule,
            f"Tells that a version of deployment group {self.group.name} awaits approval",
            {**MODEL_EVENTS, "account": [build.account], "region": [build.region], "detail": detail},
            self._version("<version>", [], {"version": "$.detail.ModelPackageVersion"}),
        )

    def _measured(self, detail_type: str) -> Telling:
        """By the event of `model-cicd run`, with what it measured.

        Whoever pushes decides what runs in the build that puts it: text that could pass for another line or lead
        somewhere makes no message, and no command has anything of it in it.
        """
        pattern = {
            "source": [SOURCE],
            "detail-type": [detail_type],
            "account": [self.topology.tooling.account],
            "detail": {"version": [{"numeric": [">", 0]}], "metrics": _ONE_LINE, "before": _ONE_LINE},
        }
        return Telling(
            "Measured",
            self.rules.measured_rule,
            f"Tells that a version of deployment group {self.group.name} awaits approval, with its metrics",
            pattern,
            self._version(
                "VERSION",
                ["Metrics: <metrics>", "Approved before: <before>"],
                {name: f"$.detail.{name}" for name in ("version", "metrics", "before")},
            ),
        )

    def _version(self, number: str, measured: list[str], values: dict[str, str]) -> Message:
        """`number` is the version as commands have it."""
        group, name, build = self.group, self.group.name, self.group.build
        promotion, region = group.promotion, f"--region {build.region}"
        asks = [each.environment.name for each in promotion.targets if each.require_approval]
        again = f"; somebody is asked again before {_listed(asks)}" if asks else ""
        return Message(
            title=f"Version <version> of {name} awaits approval",
            lines=[
                *measured,
                f"Trained from branch {self._branch} of {group.repository.name}, registered at <time>.",
                f"Approved, it goes to {_listed([each.environment.name for each in promotion.targets])}{again}.",
            ],
            steps=[
                "Compare it with what serves: model-cicd status",
                f"Approve it: model-cicd approve {name} {number} {region}",
                f"Reject it: model-cicd reject {name} {number} {region} --reason WHY",
                f"Who may: whoever has the policy {promotion.approver.name} of account {build.account}.",
            ],
            links=[f"Promotions: {self._page(promotion.pipeline.name)}"],
            values={**values, "time": "$.time"},
        )

    def _training_failed(self, pipeline: str) -> Telling:
        name = self.group.name
        return Telling(
            "TrainingFailed",
            self.rules.training_rule,
            f"Tells that a training of deployment group {name} failed",
            executions("Pipeline", pipeline, "FAILED"),
            Message(
                title=f"Training of {name} failed",
                lines=[
                    f"Branch {self._branch} of {self.group.repository.name}, execution <execution>, at <time>.",
                    "What serves goes on serving.",
                ],
                steps=["Why: the log of the failed action, at the link below; model-cicd status shows the rest."],
                links=[f"Execution: {self._timeline(pipeline)}"],
                values=_EXECUTION,
            ),
        )

    def _execution_failed(self, rule: str) -> Telling:
        """By SageMaker's event, of executions that nobody waits for: the build that started them has long succeeded."""
        name, build = self.group.name, self.group.build
        return Telling(
            "ExecutionFailed",
            rule,
            f"Tells that an execution of the pipeline of deployment group {name} failed",
            {
                **failed_executions(self.group.sagemaker_pipeline.arn),
                "account": [build.account],
                "region": [build.region],
            },
            Message(
                title=f"Training of {name} failed",
                lines=[
                    f"Branch {self._branch} of {self.group.repository.name}, execution <execution>, at <time>.",
                    "What serves goes on serving.",
                ],
                steps=["Why: model-cicd status names the step, its reason and its log."],
                values={"execution": "$.detail.pipelineExecutionArn", "time": "$.time"},
            ),
        )

    def _no_training(self, training: BranchPipeline, watch: Watch) -> Telling:
        """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""
        name = self.group.name
        return Telling(
            "NoTrainingBegan",
            watch.rule,
            f"Tells that no training of deployment group {name} began, which is scheduled",
            {
                "source": ["aws.cloudwatch"],
                "detail-type": ["CloudWatch Alarm State Change"],
                "resources": [watch.alarm.arn],
                "detail": {"state": {"value": ["ALARM"]}},
            },
            Message(
                title=f"No training of {name} began for {watch.hours} hours",
                lines=[
                    f"It is scheduled with {training.schedule}, so two of them are missing. Alarm {watch.alarm.name}, "
                    "at <time>.",
                ],
                steps=["See whether the schedule's rule is enabled, and whether the pipeline waits for something."],
                links=[f"Pipeline: {self._page(training.name)}"],
                values={"time": "$.time"},
            ),
        )

    def _awaits_approval(self) -> Telling:
        name, promotion = self.group.name, self.group.promotion
        return Telling(
            "AwaitsApproval",
            self.rules.approval_rule,
            f"Tells that a stage of the promotion of deployment group {name} awaits approval",
            executions("Action", promotion.pipeline.name, "STARTED", type={"category": ["Approval"]}),
            Message(
                title=f"<stage> of {name} awaits approval",
                lines=["The approval says which version it is, its metrics, what serves now and what would change."],
                steps=[
                    "See it, and the command that answers it: model-cicd status",
                    f"Who may: whoever has the policy {promotion.stage_approver.name} of account "
                    f"{self.topology.tooling.account}.",
                ],
                links=[f"Answer it in the console: {self._page(promotion.pipeline.name)}"],
                values={"stage": "$.detail.stage"},
            ),
        )

    def _promoted(self) -> Telling:
        name, promotion = self.group.name, self.group.promotion
        stages = [each.stage_name for each in promotion.targets]
        return Telling(
            "Promoted",
            self.rules.promoted_rule,
            f"Tells that an environment of deployment group {name} serves what was promoted",
            self._stages("SUCCEEDED", stages),
            Message(
                title=f"<stage> of {name} succeeded: the promoted version serves",
                lines=["Execution <execution> of the promotion, at <time>."],
                steps=[
                    "See what serves where: model-cicd status",
                    f"Go back to what served before: model-cicd rollback {name} ENVIRONMENT",
                ],
                links=[f"Execution: {self._timeline(promotion.pipeline.name)}"],
                values={**_EXECUTION, "stage": "$.detail.stage"},
            ),
        )

    def _promotion_failed(self) -> Telling:
        name, promotion = self.group.name, self.group.promotion
        return Telling(
            "PromotionFailed",
            self.rules.promotion_rule,
            f"Tells that a promotion of deployment group {name} failed or was rolled back",
            self._stages("FAILED"),
            Message(
                title=f"<stage> of the promotion of {name} failed",
                lines=[
                    "It was refused, rejected, or rolled back because the new version did not come up or its alarm "
                    "went off.",
                    "The environment goes on serving what it served before. Execution <execution>, at <time>.",
                ],
                steps=[
                    "Why: model-cicd status",
                    f"Try again: model-cicd promote {name}",
                ],
                links=[f"Execution: {self._timeline(promotion.pipeline.name)}"],
                values={**_EXECUTION, "stage": "$.detail.stage"},
            ),
        )

    def _rolled_back(self) -> Telling:
        """By the event of `model-cicd rollback`, which goes past the pipeline."""
        name = self.group.name
        return Telling(
            "RolledBack",
            self.rules.rolled_back_rule,
            f"Tells that an environment of deployment group {name} was rolled back",
            {
                "source": [SOURCE],
                "detail-type": [rolled_back_detail_type(self.group.promotion.pipeline.name)],
                "account": [self.topology.tooling.account],
                "detail": {"version": [{"numeric": [">", 0]}], "environment": _ONE_LINE, "who": _ONE_LINE},
            },
            Message(
                title=f"<environment> of {name} was rolled back to version <version>",
                lines=["<who> did it with model-cicd rollback at <time>."],
                steps=["See what serves where: model-cicd status"],
                values={
                    **{each: f"$.detail.{each}" for each in ("environment", "version", "who")},
                    "time": "$.time",
                },
            ),
        )

    @property
    def _branch(self) -> str:
        """Git takes characters in names of branches that mean something in a message."""
        return re.sub(r"[\"\\<>]", "_", self.group.branch)

    def _stages(self, state: str, stages: list[str] | None = None) -> dict[str, object]:
        more = {"stage": stages} if stages else {}
        return executions("Stage", self.group.promotion.pipeline.name, state, **more)

    def _page(self, pipeline: str) -> str:
        return f"{self._pipeline(pipeline)}/view?region={self.topology.tooling.region}"

    def _timeline(self, pipeline: str) -> str:
        return f"{self._pipeline(pipeline)}/executions/<execution>/timeline?region={self.topology.tooling.region}"

    def _pipeline(self, pipeline: str) -> str:
        place = self.topology.tooling.place
        return f"{console(place.partition, place.region)}/codesuite/codepipeline/pipelines/{pipeline}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
