"""The trainings of a group: what runs, what failed and why, and where the log is.

A training is an execution of the group's SageMaker pipeline, with the run of the CodePipeline that started it; a run
that ended before an execution began is a training that failed, too. Who sees one account only is told half of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from model_cicd.operate import executions, logs, reasons
from model_cicd.operate.access import Access, DeniedError, error_code
from model_cicd.operate.logs import Log
from model_cicd.operate.reasons import Reason
from model_cicd.operate.records import Group
from model_cicd.text.errors import ModelCicdError

RUNNING, SUCCEEDED, FAILED, STOPPED = "InProgress", "Succeeded", "Failed", "Stopped"
_MOST = 5
_LOOKED_AT = 10
_CLOCKS = timedelta(seconds=5)  # how far times of two services are apart
_STATES = {
    "Executing": RUNNING,
    "Stopping": RUNNING,
    "InProgress": RUNNING,
    "Succeeded": SUCCEEDED,
    "Failed": FAILED,
    "Stopped": STOPPED,
}


@dataclass(frozen=True)
class Training:
    """One training: `execution` is the ARN of SageMaker's, or the id of the pipeline's where none began.

    `run` is the id of the pipeline's, empty where no pipeline started it. `step` is what runs or failed; `reason` and
    `log` are None unless it failed or was stopped.
    """

    execution: str
    status: str
    started: datetime
    commit: str = ""
    step: str = ""
    reason: Reason | None = None
    log: Log | None = None
    run: str = ""


@dataclass(frozen=True)
class Trainings:
    """The newest trainings, newest first; `unseen` says what of them the caller may not see.

    `starts` are when the training pipeline ran; empty where there is none, or where it is not seen.
    """

    found: tuple[Training, ...]
    unseen: str = ""
    starts: tuple[datetime, ...] = ()

    @property
    def running(self) -> list[Training]:
        """What runs now."""
        return [each for each in self.found if each.status == RUNNING]

    @property
    def failed(self) -> list[Training]:
        """What failed or was stopped since the last one that succeeded, newest first."""
        ended = [each for each in self.found if each.status != RUNNING]
        good = next((at for at, each in enumerate(ended) if each.status == SUCCEEDED), len(ended))
        return ended[:good]


class NotPublishedError(ModelCicdError):
    """The deployment is of an earlier version, which did not say where its trainings are."""


def trainings(access: Access, group: Group) -> Trainings:
    """The newest trainings of `group`.

    Raises DeniedError when the caller sees neither account's part, and NotPublishedError.
    """
    if not group.trainer.sagemaker_pipeline:
        raise NotPublishedError(
            "deployed by an earlier version, which did not publish where trainings run: apply again"
        )
    runs, no_runs = _seen(lambda: _runs(access, group))
    made, none_made = _seen(lambda: executions.newest(access, group, _LOOKED_AT))
    denied = [each for each in (no_runs, none_made) if each is not None]
    if len(denied) == (2 if group.trainer.pipeline else 1):
        raise denied[-1]
    pairs = _pairs(runs, made)[:_MOST]
    with ThreadPoolExecutor(max_workers=_MOST) as pool:
        found = list(pool.map(lambda pair: _training(access, group, *pair), pairs))
    return Trainings(tuple(found), "; ".join(each.short for each in denied), tuple(each["startTime"] for each in runs))


def _seen(call: Callable[[], list[dict[str, Any]]]) -> tuple[list[dict[str, Any]], DeniedError | None]:
    try:
        return call(), None
    except DeniedError as error:
        return [], error


def _runs(access: Access, group: Group) -> list[dict[str, Any]]:
    """The runs of the training pipeline that count: not those that a newer one took the place of."""
    from botocore.exceptions import ClientError

    name = group.trainer.pipeline
    if not name:
        return []
    client = access.client("codepipeline", account=group.tooling_account, region=group.tooling_region)
    with access.asking("codepipeline:ListPipelineExecutions", f"pipeline {name} of account {group.tooling_account}"):
        try:
            page = client.list_pipeline_executions(pipelineName=name, maxResults=_LOOKED_AT)
        except ClientError as error:
            if error_code(error) == "PipelineNotFoundException":
                return []
            raise
    return [each for each in page["pipelineExecutionSummaries"] if each["status"] in _STATES]


Pair = tuple[dict[str, Any] | None, dict[str, Any] | None]


def _pairs(runs: Sequence[dict[str, Any]], made: Sequence[dict[str, Any]]) -> list[Pair]:
    """Runs with the executions that began while they ran, newest first; a pipeline runs one build at a time."""
    pairs: list[Pair] = []
    started: set[str] = set()
    for execution in made:
        run = next((each for each in runs if _while(each, execution["StartTime"])), None)
        pairs.append((run, execution))
        started |= {run["pipelineExecutionId"]} if run else set()
    pairs += [(run, None) for run in runs if run["pipelineExecutionId"] not in started]
    return sorted(pairs, key=_began, reverse=True)


def _while(run: dict[str, Any], moment: datetime) -> bool:
    ended = run["status"] not in ("InProgress", "Stopping")
    return bool(run["startTime"] - _CLOCKS <= moment and (not ended or moment <= run["lastUpdateTime"] + _CLOCKS))


def _began(pair: Pair) -> datetime:
    run, execution = pair
    found: datetime = execution["StartTime"] if execution else run["startTime"] if run else datetime.max
    return found


def _training(access: Access, group: Group, run: dict[str, Any] | None, execution: dict[str, Any] | None) -> Training:
    commit = next((str(each.get("revisionId", "")) for each in (run or {}).get("sourceRevisions") or []), "")
    own = str(run["pipelineExecutionId"]) if run else ""
    if execution is None:
        assert run is not None
        made = Training(own, _STATES[run["status"]], run["startTime"], commit, run=own)
        return made if made.status == SUCCEEDED else _of_build(access, group, made)
    status = _STATES[execution["PipelineExecutionStatus"]]
    made = Training(execution["PipelineExecutionArn"], status, execution["StartTime"], commit, run=own)
    told = executions.told(access, group, execution)
    reason = told.reason
    if status == STOPPED:
        reason = Reason(reasons.STOPPED, "")
    if reason is not None and status == SUCCEEDED:
        status = FAILED  # SageMaker is content with a gate that kept the model out
    made = replace(made, commit=commit or told.commit, status=status, step=told.step, log=told.log, reason=reason)
    if run is None or run["status"] != "Failed" or (reason and reason.kind != reasons.GATE):
        return made
    built = _of_build(access, group, replace(made, status=FAILED))
    if built.reason is None or (reason and built.reason.kind != reasons.GATE):
        return made
    return replace(made, status=FAILED, reason=built.reason, log=made.log or built.log)


def _of_build(access: Access, group: Group, made: Training) -> Training:
    """What the pipeline's own actions say: the one that runs, or failed, and why."""
    name = group.trainer.pipeline
    client = access.client("codepipeline", account=group.tooling_account, region=group.tooling_region)
    with access.asking("codepipeline:ListActionExecutions", f"pipeline {name}"):
        actions = client.list_action_executions(pipelineName=name, filter={"pipelineExecutionId": made.run})[
            "actionExecutionDetails"
        ]
    wanted = {RUNNING: "InProgress", FAILED: "Failed"}.get(made.status, "Abandoned")
    action = next((each for each in actions if each["status"] == wanted), None)
    if action is None:
        return replace(made, reason=Reason(reasons.STOPPED, "") if made.status == STOPPED else None)
    step = str(action["stageName"])
    if made.status == RUNNING:
        return replace(made, step=made.step or step)
    result = (action.get("output") or {}).get("executionResult") or {}
    message = (result.get("errorDetails") or {}).get("message") or result.get("externalExecutionSummary") or ""
    log = logs.of_build(str(result.get("externalExecutionId", "")), group.tooling_account, group.tooling_region)
    printed: list[str] = []
    if log is not None:
        reader = access.client("logs", account=group.tooling_account, region=group.tooling_region)
        printed = logs.printed_by_failed_command(logs.tail(access, reader, log))
    reason = reasons.of_build(message, printed) if log else Reason(reasons.OTHER, reasons.line(message))
    return replace(made, step=made.step or step, reason=reason, log=log)
