"""The step types that can run; a definition with any other is refused by name."""

from __future__ import annotations

from rehearsal.sagemaker.steps.base import StepType
from rehearsal.sagemaker.steps.condition import ConditionStep
from rehearsal.sagemaker.steps.fail import FailStep
from rehearsal.sagemaker.steps.processing import ProcessingStep
from rehearsal.sagemaker.steps.register_model import RegisterModelStep
from rehearsal.sagemaker.steps.training import TrainingStep

STEP_TYPES: dict[str, StepType] = {
    "Processing": ProcessingStep(),
    "Training": TrainingStep(),
    "RegisterModel": RegisterModelStep(),
    "Condition": ConditionStep(),
    "Fail": FailStep(),
}
