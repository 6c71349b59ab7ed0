"""The experiment and the trial that an execution is recorded in, where its definition asks for them.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-experiments.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.api import Params
from rehearsal.sagemaker import shapes
from rehearsal.sagemaker.pipelines.expressions import ExpressionError, evaluate, is_expression
from rehearsal.sagemaker.pipelines.scope import ExecutionScope
from rehearsal.sagemaker.pipelines.state import Execution
from rehearsal.sagemaker.ports import SageMakerPlatform

_MEMBER = "PipelineExperimentConfig"


class ExperimentError(Exception):
    """An execution cannot be recorded; the text is its FailureReason."""


def problems(config: Any) -> Iterator[str]:
    """What is wrong with a definition's PipelineExperimentConfig."""
    if config is not None:
        yield from shapes.problems(shapes.model().shape_for(_MEMBER), config, _MEMBER, expression=is_expression)


def make(platform: SageMakerPlatform, execution: Execution) -> None:
    """Make them with the pipeline's role, where they are not there. Raises ExperimentError.

    That a role without the rights fails the execution, and in which words, is not documented.
    """
    config = execution.definition.experiment
    if config is None:
        return
    try:
        names: Params = evaluate(config, ExecutionScope(platform, execution))
    except ExpressionError as error:
        raise ExperimentError(f"ClientError: {_MEMBER}: {error}") from None
    experiment = names.get("ExperimentName", execution.pipeline_name)
    account, region = execution.scope
    client = platform.client("sagemaker", account=account, region=region, role=execution.role)
    trial = {"TrialName": names.get("TrialName", execution.id), "ExperimentName": experiment}
    requests = {"create_experiment": {"ExperimentName": experiment}, "create_trial": trial}
    for operation, request in requests.items():
        try:
            getattr(client, operation)(**request)
        except ClientError as error:
            details = error.response["Error"]
            if "already exists" not in details["Message"]:
                called = operation.title().replace("_", "")
                text = f"ClientError: Failed to invoke sagemaker:{called}. Error Details: {details['Message']}"
                raise ExperimentError(text) from None
        except BotoCoreError:  # the embedded AWS is shutting down
            return
