"""What a tuning job is: its trials, the best of them, and what Describe and List answer."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from rehearsal.api import Params
from rehearsal.sagemaker.jobs.state import Job


@dataclass(frozen=True)
class Trial:
    """A training job and what was drawn for it."""

    job: Job
    drawn: dict[str, str]
    definition: Params
    objective: Params


@dataclass
class Tuning:
    """One tuning job."""

    name: str
    arn: str
    request: Params
    shown: Params
    done: list[Trial] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    finished: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def trials(self) -> list[Job]:
        """The training jobs so far."""
        return [trial.job for trial in self.done]

    def describe(self) -> Params:
        """The answer of DescribeHyperParameterTuningJob."""
        with self.lock:
            best = next(iter(self.summaries(by_objective=True)), None)
            statuses = [trial.job.status for trial in self.done]
            values = [value(trial) for trial in self.done if trial.job.finished.is_set()]
            counters = {
                "Completed": statuses.count("Completed"),
                "InProgress": statuses.count("InProgress"),
                "RetryableError": 0,
                "NonRetryableError": statuses.count("Failed"),
                "Stopped": statuses.count("Stopped"),
            }
            objective = {
                "Succeeded": sum(each is not None for each in values),
                "Pending": len(statuses) - len(values),
                "Failed": sum(each is None for each in values),
            }
            described = {key: part for key, part in self.request.items() if key != "Tags"} | self.shown
            described |= {"TrainingJobStatusCounters": counters, "ObjectiveStatusCounters": objective}
            if best and best["ObjectiveStatus"] == "Succeeded":
                described["BestTrainingJob"] = best
            return described

    def summaries(self, *, by_objective: bool) -> list[Params]:
        """The trials; the best first, or as they were started."""
        with self.lock:
            trials = list(self.done)
        if by_objective:
            trials.sort(key=_rank)
        return [_summary(trial, self.name) for trial in trials]


def value(trial: Trial) -> float | None:
    """The objective metric of a trial that ended, if it was measured."""
    metrics = trial.job.describe().get("FinalMetricDataList", [])
    wanted = trial.objective["MetricName"]
    return next((metric["Value"] for metric in metrics if metric["MetricName"] == wanted), None)


def _rank(trial: Trial) -> float:
    found = value(trial) if trial.job.status == "Completed" else None
    if found is None:
        return float("inf")
    return found if trial.objective["Type"] == "Minimize" else -found


def _summary(trial: Trial, tuning: str) -> Params:
    row = trial.job.describe() | {"TunedHyperParameters": trial.drawn, "TuningJobName": tuning}
    if "DefinitionName" in trial.definition:
        row["TrainingJobDefinitionName"] = trial.definition["DefinitionName"]
    found = value(trial)
    row["ObjectiveStatus"] = (
        "Pending" if not trial.job.finished.is_set() else "Failed" if found is None else "Succeeded"
    )
    if found is not None:
        row["FinalHyperParameterTuningJobObjectiveMetric"] = trial.objective | {"Value": found}
    return row


def reached(tuning: Tuning, config: Params) -> bool:
    """Whether a trial is as good as the target of the completion criteria; false where there is none."""
    target = config.get("TuningJobCompletionCriteria", {}).get("TargetObjectiveMetricValue")
    if target is None:
        return False
    ended = [trial for trial in tuning.done if trial.job.status == "Completed"]
    best = min((_rank(trial) for trial in ended), default=float("inf"))
    return any(best <= (target if trial.objective["Type"] == "Minimize" else -target) for trial in ended)


def why_it_failed(tuning: Tuning) -> str:
    """The failure reason of a tuning job without any trial to choose."""
    failed = [trial.job.describe().get("FailureReason") for trial in tuning.done if trial.job.status == "Failed"]
    if failed:
        return f"ClientError: All training jobs failed. {failed[0]}"
    name = tuning.done[0].objective["MetricName"] if tuning.done else "the objective"
    return f"ClientError: No training job reported the objective metric {name}"
