"""The rules, topics and subscriptions that a deployment has to have to tell people, from its topology."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from model_cicd.access.hosting_facts import canonical
from model_cicd.access.resource_facts import ENCRYPTED
from model_cicd.access.structure import Expectation
from model_cicd.aws.notifications import NotificationTopic
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology


def notification_structure(topology: Topology) -> Iterator[Expectation]:
    """Everything that is expected: of topics, exactly the addresses of the manifest."""
    tooling = topology.tooling
    if tooling.notifications:
        yield from _topic(tooling.stack_name, tooling.notifications)
    for group in topology.groups:
        if group.notifications:
            if group.notifications.own:
                yield from _topic(group.tooling_stack_name, group.notifications.own)
            yield from _rules(group, tooling.account)


def _topic(stack: str, topic: NotificationTopic) -> Iterator[Expectation]:
    yield Expectation(stack, "AWS::SNS::Topic", topic.topic.name, {"encrypted": [ENCRYPTED]})
    for email in topic.emails:
        facts = {"protocol": ["email"], "topic": [topic.topic.arn]}
        yield Expectation(stack, "AWS::SNS::Subscription", email, facts)


def _rules(group: GroupTopology, tooling_account: str) -> Iterator[Expectation]:
    told, promotion = group.notifications, group.promotion.pipeline.name
    assert told is not None
    registered = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "account": [group.build.account],
        "region": [group.build.region],
        "detail": {
            "ModelPackageGroupName": [group.models.name],
            "ModelApprovalStatus": ["PendingManualApproval"],
            "UpdatedModelPackageFields": [{"exists": False}],
            "$or": [
                {"MetadataProperties": {"ProjectId": [{"exists": False}]}},
                {"MetadataProperties": {"ProjectId": [{"anything-but": ["told-by-model-cicd"]}]}},
            ],
        },
    }
    stages = [each.stage_name for each in group.promotion.targets]
    number = [{"numeric": [">", 0]}]
    text = [{"anything-but": {"wildcard": ['*"*', "*\\\\*", "*\n*", "*\r*", "*://*"]}}]
    rules: dict[str, Mapping[str, Any]] = {
        told.registered_rule: registered,
        told.approval_rule: _executions("Action", promotion, "STARTED", type={"category": ["Approval"]}),
        told.promoted_rule: _executions("Stage", promotion, "SUCCEEDED", stage=stages),
        told.promotion_rule: _executions("Stage", promotion, "FAILED"),
        told.rolled_back_rule: {
            "source": ["model-cicd"],
            "detail-type": [f"Rolled back past {promotion}"],
            "account": [tooling_account],
            "detail": {"version": number, "environment": text, "who": text},
        },
    }
    if told.detail_type:
        source = {"source": ["model-cicd"], "detail-type": [told.detail_type]}
        detail = {"version": number, "metrics": text, "before": text}
        rules[told.measured_rule] = source | {"account": [tooling_account], "detail": detail}
    if group.training:
        rules[told.training_rule] = _executions("Pipeline", group.training.name, "FAILED")
    if told.execution_rule:
        where = {"account": [group.build.account], "region": [group.build.region]}
        rules[told.execution_rule] = failed_executions(group) | where
    if told.watch:
        rules[told.watch.rule] = {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "resources": [told.watch.alarm.arn],
            "detail": {"state": {"value": ["ALARM"]}},
        }
    for name, pattern in rules.items():
        facts: dict[str, Sequence[str]] = {
            "pattern": [canonical(pattern)],
            "schedule": [""],
            "targets": [f"{told.topic_arn} as None"],
            "more": ["InputTransformer"],
        }
        yield Expectation(group.tooling_stack_name, "AWS::Events::Rule", name, facts)


def failed_executions(group: GroupTopology) -> dict[str, Any]:
    """Events of executions of a group's SageMaker pipeline that failed."""
    return {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Building Pipeline Execution Status Change"],
        "detail": {"pipelineArn": [group.sagemaker_pipeline.arn], "currentPipelineExecutionStatus": ["Failed"]},
    }


def _executions(kind: str, pipeline: str, state: str, **more: object) -> Mapping[str, Any]:
    return {
        "source": ["aws.codepipeline"],
        "detail-type": [f"CodePipeline {kind} Execution State Change"],
        "detail": {"pipeline": [pipeline], "state": [state], **more},
    }
