"""Fail steps: end the execution as failed, with a message."""

from __future__ import annotations

from typing import Any

from model_cicd.pipeline.document import Step
from model_cicd.pipeline.fields import Text
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.rights import Rights
from model_cicd.pipeline.scope import Scope
from model_cicd.pipeline.steps.base import StepType


class FailConfig(Model):
    """The `fail` key."""

    error_message: Text


def _compile(_: Step, config: FailConfig, scope: Scope) -> dict[str, Any]:
    return {"Arguments": {"ErrorMessage": scope.value(config.error_message)}}


TYPE = StepType(
    name="Fail",
    key="fail",
    config=FailConfig,
    summary="ends the execution as failed, with a message",
    documentation="https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html",
    compile=_compile,
    rights=Rights(none="SageMaker ends the execution by itself"),
)
