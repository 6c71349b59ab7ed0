"""Following an execution to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: seconds between two looks: the first after a change, and the longest
FIRST, LONGEST = 0.5, 5.0
_ENDED = ("Succeeded", "Failed", "Stopped")


@dataclass(frozen=True)
class StepState:
    """A step as SageMaker shows it; `seconds` is None until it has ended, `details` are its type's own."""

    name: str
    type: str
    status: str
    seconds: float | None
    failure_reason: str
    cached: bool
    details: dict[str, Any]


def watch(sagemaker: Any, arn: str, show: Callable[[str], None], sleep: Callable[[float], None]) -> dict[str, Any]:
    """Show each step's progress until the execution has ended; its last description."""
    seen: dict[str, str] = {}
    delay = FIRST
    while True:
        # the execution first: when it has ended, the steps read after it are in their last state
        execution: dict[str, Any] = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        changed = False
        for step in list_steps(sagemaker, arn):
            if seen.get(step.name) != step.status:
                seen[step.name], changed = step.status, True
                show(_line(step))
        if execution["PipelineExecutionStatus"] in _ENDED:
            return execution
        delay = FIRST if changed else min(delay * 1.5, LONGEST)
        sleep(delay)


def list_steps(sagemaker: Any, arn: str) -> list[StepState]:
    """All steps that have begun, in the order in which they did."""
    raw: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        page = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn, MaxResults=100, **token)
        raw += page["PipelineExecutionSteps"]
        if not page.get("NextToken"):
            break
        token = {"NextToken": page["NextToken"]}
    begun = sorted(
        raw, key=lambda step: (step["StartTime"].timestamp() if "StartTime" in step else 0.0, step["StepName"])
    )
    return [_state(step) for step in begun]


def _state(step: dict[str, Any]) -> StepState:
    kind, details = next(iter(step.get("Metadata", {}).items()), ("", {}))
    start, end = step.get("StartTime"), step.get("EndTime")
    took = end - start if isinstance(start, datetime) and isinstance(end, datetime) else None
    return StepState(
        name=step["StepName"],
        type=kind,
        status=step["StepStatus"],
        seconds=None if took is None else round(took.total_seconds(), 1),
        failure_reason=step.get("FailureReason", ""),
        cached="CacheHitResult" in step,
        details=details,
    )


def _line(step: StepState) -> str:
    took = f" in {step.seconds:.0f} s" if step.seconds is not None else ""
    cached = " (cached)" if step.cached else ""
    outcome = f": {step.details['Outcome']}" if step.type == "Condition" and "Outcome" in step.details else ""
    return f"  {step.name:<24} {step.status}{took}{cached}{outcome}"
