"""What builds and approvals of the pipelines may take, under the names that stand in a manifest."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from model_cicd.sagemaker_model_cicd.settings.endpoint_types import whole
from model_cicd.settings.strict import Settings

# https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html
BuildMinutes = Annotated[int, BeforeValidator(whole("5 to 2160 minutes, CodeBuild's limits", 5, 2160))]
# https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionDeclaration.html
ApprovalMinutes = Annotated[int, BeforeValidator(whole("5 to 86400 minutes, CodePipeline's limits", 5, 86400))]

#: minutes where none are given
TRAINING_MINUTES, PREPARE_MINUTES, REDEPLOY_MINUTES = 480, 15, 120


class Training(Settings):
    """How the build of a group's training pipeline goes with the SageMaker execution that it starts."""

    wait: bool = Field(
        True,
        description="the build waits for the execution and ends as it does; false: it only starts the execution",
    )
    timeout_minutes: BuildMinutes = Field(
        TRAINING_MINUTES, alias="timeoutMinutes", description="longest time of a build, 5 to 2160 minutes"
    )


class Promotion(Settings):
    """What a group's promotion may take."""

    timeout_minutes: BuildMinutes = Field(
        PREPARE_MINUTES,
        alias="timeoutMinutes",
        description="longest time of a build that prepares or describes, 5 to 2160 minutes",
    )
    approval_timeout_minutes: ApprovalMinutes | None = Field(
        None,
        alias="approvalTimeoutMinutes",
        description="how long an approval waits before it fails, 5 to 86400 minutes; "
        "the account's default otherwise, 7 days unless changed",
    )
