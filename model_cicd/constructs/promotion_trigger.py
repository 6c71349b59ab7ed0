"""Starts a promotion pipeline when a model version of one group is approved, with the version's ARN as its variable.

EventBridge documents no way to give a pipeline's variables to a CodePipeline target, so a state machine calls
StartPipelineExecution, which takes them (docs/adr/0007-promotion-trigger.md).
"""

from __future__ import annotations

from typing import Any

from constructs import Construct

from model_cicd.aws.place import Named, Place
from model_cicd.aws.resources import EventMachine, PackageGroup
from model_cicd.constructs.event_forwarding import MODEL_EVENTS
from model_cicd.constructs.event_machine import OnEvent, call
from model_cicd.constructs.iam import Statement
from model_cicd.constructs.promotion_pipeline import VARIABLE


class PromotionTrigger(Construct):
    """A rule on the approvals of exactly one model package group in one account, and an Express state machine."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        trigger: EventMachine,
        description: str,
        place: Place,
        build: Place,
        models: PackageGroup,
        pipeline: Named,
    ) -> None:
        super().__init__(scope, id)
        OnEvent(
            self,
            "OnApproval",
            machine=trigger,
            place=place,
            description=description,
            pattern=approval_pattern(build.account, build.region, models.name),
            definition=definition(partition=place.partition, pipeline_name=pipeline.name),
            statements=[Statement("Start", ["codepipeline:StartPipelineExecution"], [pipeline.arn])],
        )


def definition(*, partition: str, pipeline_name: str) -> dict[str, Any]:
    """The state machine: one call, with the event's id as its token, so that an event delivered twice starts once."""
    start = call(
        f"arn:{partition}:states:::aws-sdk:codepipeline:startPipelineExecution",
        {
            "Name": pipeline_name,
            "ClientRequestToken.$": "$.id",
            "Variables": [{"Name": VARIABLE, "Value.$": "$.detail.ModelPackageArn"}],
        },
        End=True,
    )
    return {
        "Comment": f"Starts {pipeline_name} for an approved model package",
        "StartAt": "StartPromotion",
        "States": {"StartPromotion": start},
    }


def approval_pattern(account: str, region: str, group: str) -> dict[str, Any]:
    """Events of versions of `group` that became Approved; editing a version that is approved already is none.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """
    return {
        **MODEL_EVENTS,
        "account": [account],
        "region": [region],
        "detail": {
            "ModelPackageGroupName": [group],
            "ModelApprovalStatus": ["Approved"],
            "$or": [
                {"UpdatedModelPackageFields": ["ModelApprovalStatus"]},
                {"UpdatedModelPackageFields": [{"exists": False}]},
            ],
        },
    }
