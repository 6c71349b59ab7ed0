"""A CodePipeline that builds one branch of a repository whenever it changes, and on a schedule if wanted."""

from __future__ import annotations

import json

from aws_cdk import aws_events as events
from constructs import Construct

from model_cicd.aws import resources
from model_cicd.aws.own_images import VARIABLE
from model_cicd.aws.reason import NO_REASON, REASON
from model_cicd.aws.reason import VARIABLE as WHY
from model_cicd.constructs.artifact_store import ArtifactStore
from model_cicd.constructs.branch_source import branch_source
from model_cicd.constructs.code_pipeline import Action, build, builds, code_pipeline
from model_cicd.constructs.iam import Statement, role, trust_service
from model_cicd.constructs.resource import resource

#: the stage that builds images, and its action
IMAGES = "Images"


class BranchPipeline(Construct):
    """Source and Build; started by events of exactly this repository and branch, or by a trigger.

    With `told_why` whoever starts it may say why, which the build is told.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        pipeline: resources.BranchPipeline,
        description: str,
        artifacts: ArtifactStore,
        build_stage: str,
        told_why: bool = False,
    ) -> None:
        super().__init__(scope, id)
        code_pipeline(
            self,
            artifacts,
            description=description,
            source=branch_source(pipeline),
            statements=[builds("Build", pipeline)],
            stages=_stages(pipeline, build_stage, told_why=told_why),
            variables=[{"name": REASON, "defaultValue": NO_REASON}] if told_why else None,
        )
        if not pipeline.push_rule and not pipeline.schedule:
            return
        starter = role(
            self,
            "EventsRole",
            name=pipeline.events_role.name,
            description=description,
            trust=trust_service("events.amazonaws.com", source_account=artifacts.store.place.account),
            statements=[Statement("Start", ["codepipeline:StartPipelineExecution"], [pipeline.arn])],
        )
        target = {"id": "pipeline", "arn": pipeline.arn, "roleArn": starter.attr_arn}
        if pipeline.push_rule:
            _on_push(self, pipeline, target)
        if pipeline.schedule:
            resource(
                events.CfnRule,
                self,
                "OnSchedule",
                name=pipeline.schedule_rule,
                description=f"Starts {pipeline.name} on {pipeline.schedule}",
                schedule_expression=pipeline.schedule,
                targets=[target],
            )


def _stages(pipeline: resources.BranchPipeline, build_stage: str, *, told_why: bool) -> dict[str, list[Action]]:
    """The builds, each in a stage of its own; the later one gets the images that the first one made."""
    given = {VARIABLE: f"#{{{IMAGES}.{VARIABLE}}}"} if pipeline.images else {}
    given |= {WHY: f"#{{variables.{REASON}}}"} if told_why else {}
    handed = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in given.items()]
    after = {"ProjectName": pipeline.project.name}
    after |= {"EnvironmentVariables": json.dumps(handed)} if handed else {}
    if pipeline.images is None:
        return {build_stage: [build(build_stage, after)]}
    return {
        IMAGES: [build(IMAGES, {"ProjectName": pipeline.images.name})],
        build_stage: [build(build_stage, after)],
    }


def _on_push(scope: Construct, pipeline: resources.BranchPipeline, target: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html."""
    resource(
        events.CfnRule,
        scope,
        "OnPush",
        name=pipeline.push_rule,
        description=f"Branch {pipeline.branch} of {pipeline.repository.name} changed",
        event_pattern={
            "source": ["aws.codecommit"],
            "detail-type": ["CodeCommit Repository State Change"],
            "resources": [pipeline.repository.arn],
            "detail": {
                "event": ["referenceCreated", "referenceUpdated"],
                "referenceType": ["branch"],
                "referenceName": [pipeline.branch],
            },
        },
        targets=[target],
    )
