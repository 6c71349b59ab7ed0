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

#: when the version was changed
_MODIFIED = "$.detail.LastModifiedTime"


class PromotionTrigger(OnEvent):
    """A rule on the approvals of exactly one model package group in one account, and an Express state machine.

    Its resources have names of their own, so they keep the ids that they had in version 0.2.0: under others
    CloudFormation would make them anew before it deletes the old ones, and fail over the names.
    """

    RULE = "OnApproval"

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
        super().__init__(
            scope,
            id,
            machine=trigger,
            place=place,
            description=description,
            pattern=approval_pattern(build.account, build.region, models.name),
            definition=definition(partition=place.partition, pipeline_name=pipeline.name),
            statements=[Statement("Start", ["codepipeline:StartPipelineExecution"], [pipeline.arn])],
        )


def definition(*, partition: str, pipeline_name: str) -> dict[str, Any]:
    """The state machine: one call, whose token is the change itself, so that it starts one promotion.

    EventBridge may deliver an event twice, and SageMaker may send several events of one change. The same version
    that is approved again later has another modification time. An event without one counts by its own time.
    """
    start = call(
        f"arn:{partition}:states:::aws-sdk:codepipeline:startPipelineExecution",
        {
            "Name": pipeline_name,
            "ClientRequestToken.$": "States.Hash(States.Format('{} {} {}', $.arn, $.status, $.changed), 'SHA-256')",
            "Variables": [{"Name": VARIABLE, "Value.$": "$.arn"}],
        },
        End=True,
    )
    return {
        "Comment": f"Starts {pipeline_name} for an approved model package",
        "StartAt": "When",
        "States": {
            "When": {
                "Type": "Choice",
                "Choices": [{"Variable": _MODIFIED, "IsPresent": True, "Next": "ModificationTime"}],
                "Default": "EventTime",
            },
            "ModificationTime": _change(_MODIFIED),
            "EventTime": _change("$.time"),
            "StartPromotion": start,
        },
    }


def _change(time: str) -> dict[str, Any]:
    """A state that makes a change of an event: a version, its approval status, and when that was."""
    change = {"arn.$": "$.detail.ModelPackageArn", "status.$": "$.detail.ModelApprovalStatus", "changed.$": time}
    return {"Type": "Pass", "Parameters": change, "Next": "StartPromotion"}


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
