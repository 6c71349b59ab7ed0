"""SageMaker's errors. https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html"""

from __future__ import annotations

from rehearsal.api import ApiError


def not_found(message: str) -> ApiError:
    """The pipelines, executions and jobs answer with this code."""
    return ApiError("ResourceNotFound", message)


def conflict(message: str) -> ApiError:
    """The resource's state does not allow it."""
    return ApiError("ConflictException", message)
