"""Fail steps: end the execution as failed, with a message.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html (Fail step)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_cicd.pipeline.expressions import Text
from model_cicd.pipeline.model import Model

if TYPE_CHECKING:
    from model_cicd.pipeline.schema import Step
    from model_cicd.pipeline.scope import Scope


class FailConfig(Model):
    """The `fail` key."""

    error_message: Text


def compile_fail(step: Step, scope: Scope) -> dict[str, Any]:
    """The arguments of a Fail step."""
    assert step.fail is not None
    return {"Arguments": {"ErrorMessage": scope.value(step.fail.error_message)}}
