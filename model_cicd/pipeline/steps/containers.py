"""Where the model of a container comes from: a step's model, or a place in S3."""

from __future__ import annotations

from typing import Any

from model_cicd.pipeline.expressions import StepOutput
from model_cicd.pipeline.fields import ImageUri, S3Uri, StepName
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.scope import Scope
from model_cicd.pipeline.steps.training import MODEL_ARTIFACTS


class WithModelData(Model):
    """An image and its model: `model_data_step`, a Training or Tuning step, or `model_data_url`."""

    image_uri: ImageUri
    model_data_step: StepName | None = None
    model_data_url: S3Uri | None = None


def model_data(block: WithModelData, scope: Scope) -> dict[str, Any]:
    """`ModelDataUrl`, where there is one."""
    if block.model_data_step is not None:
        return {"ModelDataUrl": scope.value(StepOutput(block.model_data_step, MODEL_ARTIFACTS))}
    return {"ModelDataUrl": scope.value(block.model_data_url)} if block.model_data_url is not None else {}
