"""Tuning jobs: trials are training jobs that really run, several at a time.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning.html
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator
from typing import Any

from rehearsal.api import ApiError, Caller, Params, invalid
from rehearsal.sagemaker import listing
from rehearsal.sagemaker.identity import check_role
from rehearsal.sagemaker.jobs import ranges
from rehearsal.sagemaker.jobs.kind import Refused, refuse
from rehearsal.sagemaker.jobs.operations import Jobs
from rehearsal.sagemaker.jobs.training import Training
from rehearsal.sagemaker.jobs.trials import Trial, Tuning, reached, value, why_it_failed
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.resources import Resources
from rehearsal.sagemaker.tags import Tags

REFUSED: Refused = {
    "WarmStartConfig": (),
    "Autotune": (),
    "HyperParameterTuningJobConfig.Strategy": ("Bayesian", "Random", "Grid"),
    "HyperParameterTuningJobConfig.TuningJobCompletionCriteria.BestObjectiveNotImproving": (),
    "HyperParameterTuningJobConfig.TuningJobCompletionCriteria.ConvergenceDetected": (),
    "HyperParameterTuningJobConfig.ParameterRanges.AutoParameters": ([],),
} | {
    f"{definition}.{path}": allowed
    for definition in ("TrainingJobDefinition", "TrainingJobDefinitions[]")
    for path, allowed in {
        "RetryStrategy": (),
        "HyperParameterRanges.AutoParameters": ([],),
        **Training.refused,
    }.items()
}
_NOUN = "HyperParameterTuningJob"
# What a definition says that its trainings take over.
_TAKEN = ("AlgorithmSpecification", "RoleArn", "InputDataConfig", "VpcConfig", "OutputDataConfig", "ResourceConfig",
          "StoppingCondition", "EnableNetworkIsolation", "EnableInterContainerTrafficEncryption",
          "EnableManagedSpotTraining", "CheckpointConfig", "Environment")  # fmt: skip
_MANY = 1_000_000


class Tunings(Resources[Tuning]):
    """The tuning jobs of all accounts."""

    kind = "hyper-parameter-tuning-job"

    def __init__(self, platform: SageMakerPlatform, jobs: Jobs, tags: Tags) -> None:
        super().__init__(tags)
        self._platform = platform
        self._jobs = jobs

    taken = ("ResourceInUse", "Tuning job names must be unique within an AWS account and region: {arn} exists")
    absent = ("ResourceNotFound", "There is no tuning job {name}.")

    def create_hyper_parameter_tuning_job(self, caller: Caller, params: Params) -> Params:
        """Start a tuning job. Raises ApiError ResourceInUse."""
        scope, name = caller.scope, params["HyperParameterTuningJobName"]
        refuse(params, REFUSED, "CreateHyperParameterTuningJob")
        definitions = _definitions(params)
        for definition in definitions:
            check_role(self._platform, definition["RoleArn"], caller.account)
        drawn = _drawn(params, definitions)
        moment = listing.now()
        arn = self.arn(scope, name)
        shown = {
            "HyperParameterTuningJobArn": arn,
            "HyperParameterTuningJobStatus": "InProgress",
            "CreationTime": moment,
            "LastModifiedTime": moment,
        }
        tuning = Tuning(name, arn, params, shown)
        self.register(scope, name, tuning, params.get("Tags"))
        self._platform.background(lambda: self._run(caller, tuning, drawn), f"tuning job {name}")
        return {"HyperParameterTuningJobArn": arn}

    def describe_hyper_parameter_tuning_job(self, caller: Caller, params: Params) -> Params:
        """One tuning job, with what its trials came to."""
        return self._named(caller, params).describe()

    def list_hyper_parameter_tuning_jobs(self, caller: Caller, params: Params) -> Params:
        """The tuning jobs of the account, the newest first."""
        rows = []
        for tuning in self.of(caller.scope):
            config = tuning.request["HyperParameterTuningJobConfig"]
            limits = {"Strategy": config["Strategy"], "ResourceLimits": config["ResourceLimits"]}
            rows.append(tuning.describe() | limits)
        return listing.answer(rows, params, "HyperParameterTuningJobSummaries", _NOUN)

    def stop_hyper_parameter_tuning_job(self, caller: Caller, params: Params) -> Params:
        """Stop a running tuning job and its trials. Raises ApiError ValidationException."""
        tuning = self._named(caller, params)
        if tuning.finished.is_set():
            raise invalid(f"The tuning job is {tuning.shown['HyperParameterTuningJobStatus']}: it cannot be stopped.")
        tuning.stopping.set()
        return {}

    def list_training_jobs_for_hyper_parameter_tuning_job(self, caller: Caller, params: Params) -> Params:
        """The trials of a tuning job."""
        tuning = self._named(caller, params)
        best = params.get("SortBy") == "FinalObjectiveMetricValue"
        rows = tuning.summaries(by_objective=best)
        wanted = params.get("StatusEquals")
        rows = [row for row in rows if wanted in (None, row["TrainingJobStatus"])]
        return listing.page(rows, params, "TrainingJobSummaries")

    def _named(self, caller: Caller, params: Params) -> Tuning:
        return self.at(caller.scope, params["HyperParameterTuningJobName"])

    def _run(self, caller: Caller, tuning: Tuning, drawn: Iterator[tuple[Params, Params, dict[str, str]]]) -> None:
        config = tuning.request["HyperParameterTuningJobConfig"]
        limits = config["ResourceLimits"]
        failure = ""
        try:
            for definition, objective, values in itertools.islice(drawn, limits.get("MaxNumberOfTrainingJobs", _MANY)):
                self._wait(tuning, limits["MaxParallelTrainingJobs"])
                if tuning.stopping.is_set() or reached(tuning, config):
                    break
                self._start(caller, tuning, definition, objective, values)
            self._wait(tuning, 1)
        except ApiError as error:
            failure = f"ClientError: {error.message}"
            tuning.stopping.set()
            self._wait(tuning, 1)
        self._end(tuning, failure)

    def _wait(self, tuning: Tuning, parallel: int) -> None:
        """Until fewer than `parallel` trials run; stops them when the tuning job stops."""
        while True:
            running = [job for job in tuning.trials if not job.finished.is_set()]
            if tuning.stopping.is_set() or self._platform.closed.is_set():
                for job in running:
                    self._jobs.stop(job)
            if len(running) < parallel:
                return
            running[0].finished.wait(0.02)

    def _start(
        self, caller: Caller, tuning: Tuning, definition: Params, objective: Params, values: dict[str, str]
    ) -> None:
        name = f"{tuning.name}-{len(tuning.done) + 1:03}-{secrets.token_hex(4)}"
        request = {key: definition[key] for key in _TAKEN if key in definition}
        resources = definition.get("HyperParameterTuningResourceConfig")
        if resources and "ResourceConfig" not in request:
            kinds = ("InstanceType", "InstanceCount", "VolumeSizeInGB", "VolumeKmsKeyId")
            request["ResourceConfig"] = {key: resources[key] for key in kinds if key in resources}
        if "CheckpointConfig" in request:  # of each trial its own
            place = request["CheckpointConfig"]
            request["CheckpointConfig"] = place | {"S3Uri": f"{place['S3Uri'].rstrip('/')}/{name}"}
        static = definition.get("StaticHyperParameters", {})
        metric = objective["MetricName"].partition(":")[2]
        # the built-in algorithm must measure what is tuned for
        measured = {"eval_metric": metric} if metric and "sagemaker_program" not in static else {}
        request |= {"TrainingJobName": name, "HyperParameters": measured | static | values}
        step = self._jobs.step_of(tuning.name)
        if step:
            self._jobs.made_for(step, name)
        job = self._jobs.start("Training", caller, request)
        with tuning.lock:
            tuning.done.append(Trial(job, values, definition, objective))

    def _end(self, tuning: Tuning, failure: str) -> None:
        good = [trial for trial in tuning.done if trial.job.status == "Completed" and value(trial) is not None]
        status = "Stopped" if tuning.stopping.is_set() else "Completed"
        if not failure and status == "Completed" and not good:
            failure = why_it_failed(tuning)
        with tuning.lock:
            moment = listing.now()
            tuning.shown |= {
                "HyperParameterTuningJobStatus": "Failed" if failure else status,
                "LastModifiedTime": moment,
                "HyperParameterTuningEndTime": moment,
            }
            if failure:
                tuning.shown["FailureReason"] = failure[:1024]
        tuning.finished.set()


def _definitions(params: Params) -> list[Params]:
    if ("TrainingJobDefinition" in params) == ("TrainingJobDefinitions" in params):
        raise invalid("Exactly one of TrainingJobDefinition and TrainingJobDefinitions must be given")
    found: list[Params] = params.get("TrainingJobDefinitions") or [params["TrainingJobDefinition"]]
    return found


def _drawn(params: Params, definitions: list[Params]) -> Iterator[tuple[Params, Params, dict[str, str]]]:
    """Definition, objective and hyperparameters of every trial; several definitions take turns."""
    config = params["HyperParameterTuningJobConfig"]
    sources: list[Iterator[tuple[Params, Params, dict[str, str]]]] = []
    for number, definition in enumerate(definitions):
        objective = definition.get("TuningObjective") or config.get("HyperParameterTuningJobObjective")
        found: Any = definition.get("HyperParameterRanges") or config.get("ParameterRanges") or {}
        if objective is None:
            raise invalid("HyperParameterTuningJobConfig.HyperParameterTuningJobObjective: missing")
        values = ranges.proposals(config["Strategy"], found, config.get("RandomSeed", 0) + number)
        sources.append(zip(itertools.repeat(definition), itertools.repeat(objective), values, strict=False))
    return (row for turn in itertools.zip_longest(*sources) for row in turn if row is not None)
