"""The list of step types. A new one is a file beside this one (see base.py) and its name here."""

from __future__ import annotations

from typing import Any

from model_cicd.pipeline.steps import (
    automl,
    callback,
    clarify_check,
    condition,
    create_model,
    emr,
    fail,
    lambda_function,
    processing,
    quality_check,
    register,
    training,
    transform,
    tuning,
)
from model_cicd.pipeline.steps.base import StepType

#: every type, in the order of the documentation
TYPES: tuple[StepType[Any], ...] = (
    processing.TYPE,
    training.TYPE,
    tuning.TYPE,
    register.TYPE,
    create_model.TYPE,
    transform.TYPE,
    condition.TYPE,
    fail.TYPE,
    lambda_function.TYPE,
    callback.TYPE,
    quality_check.TYPE,
    clarify_check.TYPE,
    emr.TYPE,
    automl.TYPE,
)
