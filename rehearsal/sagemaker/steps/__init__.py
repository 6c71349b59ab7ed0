"""The step types; a definition with any other is refused by name."""

from __future__ import annotations

from rehearsal.sagemaker.steps.base import StepType
from rehearsal.sagemaker.steps.cloud_only import CLOUD_ONLY
from rehearsal.sagemaker.steps.condition import ConditionStep
from rehearsal.sagemaker.steps.fail import FailStep
from rehearsal.sagemaker.steps.function import LambdaStep
from rehearsal.sagemaker.steps.model import ModelStep
from rehearsal.sagemaker.steps.processing import ProcessingStep
from rehearsal.sagemaker.steps.quality_check import QualityCheckStep
from rehearsal.sagemaker.steps.register_model import RegisterModelStep
from rehearsal.sagemaker.steps.training import TrainingStep
from rehearsal.sagemaker.steps.transform import TransformStep
from rehearsal.sagemaker.steps.tuning import TuningStep

STEP_TYPES: dict[str, StepType] = {
    "Processing": ProcessingStep(),
    "Training": TrainingStep(),
    "Tuning": TuningStep(),
    "Model": ModelStep(),
    "Transform": TransformStep(),
    "RegisterModel": RegisterModelStep(),
    "Condition": ConditionStep(),
    "Fail": FailStep(),
    "Lambda": LambdaStep(),
    "QualityCheck": QualityCheckStep(),
    **CLOUD_ONLY,
}
