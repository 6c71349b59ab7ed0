"""How the tests of an environment ended, for the build beside them: by CodePipeline, which knows of every end."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from model_cicd.aws.stage_tests import SETTLE, TEST
from model_cicd.promotion.stage_test import NOT_RUN, PASSED, TESTS, VERDICT

_POLL_SECONDS = 2
#: actions side by side begin together; a retry of the other one alone begins no tests
_BEGIN_SECONDS = 120


def outcome(codepipeline: Any, pipeline: str, execution: str, stage: str) -> tuple[bool, str]:
    """Whether the tests passed, and a line for people, once their action in `stage` ended.

    Tests whose build was stopped, timed out or never began have failed.
    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionExecutionDetail.html
    """
    until = time.monotonic() + _BEGIN_SECONDS
    while True:
        pages = codepipeline.get_paginator("list_action_executions").paginate(
            pipelineName=pipeline, filter={"pipelineExecutionId": execution}
        )
        ran = [each for page in pages for each in page["actionExecutionDetails"] if each["stageName"] == stage]
        test, late = _newest(ran, TEST), time.monotonic() > until
        if test is None and late:
            return False, "failed: they did not begin"
        if test is not None and test["status"] != "InProgress" and (late or _beside(test, _newest(ran, SETTLE))):
            return _said(test)
        time.sleep(_POLL_SECONDS)


def _newest(ran: Iterable[Mapping[str, Any]], action: str) -> Mapping[str, Any] | None:
    own = [each for each in ran if each["actionName"] == action]
    return max(own, key=lambda each: each["startTime"], default=None)


def _beside(test: Mapping[str, Any], settle: Mapping[str, Any] | None) -> bool:
    """Whether they are of the same run of the stage, which may be retried."""
    return settle is None or abs(test["startTime"] - settle["startTime"]) < timedelta(seconds=_BEGIN_SECONDS / 2)


def _said(test: Mapping[str, Any]) -> tuple[bool, str]:
    output = test.get("output") or {}
    if test["status"] != "Succeeded":
        error = (output.get("executionResult") or {}).get("errorDetails") or {}
        why = " ".join(str(error.get("message") or "").split()).rstrip(".")
        return False, f"failed: their build was ended{f' ({why})' if why else ''}"
    variables = output.get("outputVariables") or {}
    return variables.get(VERDICT) == PASSED, variables.get(TESTS) or NOT_RUN
