"""Tuning steps: trials of a training job with other hyperparameters, and the best of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from model_cicd.pipeline.document import Step
from model_cicd.pipeline.expressions import Expression
from model_cicd.pipeline.fields import Count, Hyperparameter, Number, String, choice
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.needs import Needs
from model_cicd.pipeline.rights import IMAGES, READ, WRITE, JobKind, Right, Rights
from model_cicd.pipeline.scope import Scope
from model_cicd.pipeline.steps import jobs
from model_cicd.pipeline.steps.base import StepType, properties
from model_cicd.pipeline.steps.knobs import Tags
from model_cicd.pipeline.steps.training import MODEL_ARTIFACTS, Algorithm, algorithm, algorithm_needs

JOB = JobKind(
    name="tuning",
    api="HyperParameterTuningJob",
    resource="hyper-parameter-tuning-job",
    more=("ListTrainingJobsForHyperParameterTuningJob",),
    logs=("TrainingJobs",),
    own_name=True,
    also=(
        Right(
            sid="Trials",
            actions=("sagemaker:DescribeTrainingJob",),
            on="the training jobs of a tuning job",
            page="https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-how-it-works.html",
            why="a tuning job names its trials after itself",
            resources=("training-job/*",),
            targets={"trials": "sagemaker:training-job"},
        ),
    ),
)


class Objective(Model):
    """The metric that decides between trials."""

    metric_name: String
    type: Annotated[str | Expression, choice("Maximize", "Minimize")]


class Range(Model):
    """A hyperparameter between two numbers."""

    name: String
    min_value: Hyperparameter
    max_value: Hyperparameter
    scaling_type: Annotated[str | Expression, choice("Auto", "Linear", "Logarithmic", "ReverseLogarithmic")] | None = (
        None
    )


class CategoricalRange(Model):
    """A hyperparameter with one of several values."""

    name: String
    values: list[Hyperparameter] = Field(min_length=1, max_length=30)


class Ranges(Model):
    """The hyperparameters that differ between trials."""

    integer: list[Range] = Field(default_factory=list, max_length=30)
    continuous: list[Range] = Field(default_factory=list, max_length=30)
    categorical: list[CategoricalRange] = Field(default_factory=list, max_length=30)


class WarmStart(Model):
    """Earlier tuning jobs whose results are built upon."""

    parents: list[String] = Field(min_length=1, max_length=5)
    type: Annotated[str | Expression, choice("IdenticalDataAndAlgorithm", "TransferLearning")]


class TuningConfig(Algorithm, Tags):
    """The `tuning` key: that of a Training step's trials, what differs between them and how many there are."""

    objective: Objective
    ranges: Ranges
    max_jobs: Count
    max_parallel_jobs: Count = 1
    strategy: Annotated[str | Expression, choice("Bayesian", "Random", "Hyperband", "Grid")] = "Bayesian"
    early_stopping: Annotated[str | Expression, choice("Off", "Auto")] | None = None
    target_objective_metric_value: Number | None = None
    warm_start: WarmStart | None = None


def _compile(step: Step, config: TuningConfig, scope: Scope) -> dict[str, Any]:
    """The arguments of CreateHyperParameterTuningJob."""
    tuning: dict[str, Any] = {
        "Strategy": scope.value(config.strategy),
        "HyperParameterTuningJobObjective": jobs.given(
            {"Type": config.objective.type, "MetricName": config.objective.metric_name}, scope
        ),
        "ResourceLimits": {
            "MaxNumberOfTrainingJobs": scope.value(config.max_jobs),
            "MaxParallelTrainingJobs": scope.value(config.max_parallel_jobs),
        },
        "ParameterRanges": _ranges(config.ranges, scope),
        **jobs.given({"TrainingJobEarlyStoppingType": config.early_stopping}, scope),
    }
    if config.target_objective_metric_value is not None:
        target = scope.value(config.target_objective_metric_value)
        tuning["TuningJobCompletionCriteria"] = {"TargetObjectiveMetricValue": target}
    definition = algorithm(step, config, scope, role_required=True)
    if config.hyperparameters:
        fixed = {name: scope.value(value) for name, value in config.hyperparameters.items()}
        definition["StaticHyperParameters"] = fixed
    arguments: dict[str, Any] = {
        "HyperParameterTuningJobConfig": tuning,
        "TrainingJobDefinition": definition,
        **jobs.tags(config, scope),
    }
    if config.warm_start is not None:
        parents = [{"HyperParameterTuningJobName": scope.value(each)} for each in config.warm_start.parents]
        kind = scope.value(config.warm_start.type)
        arguments["WarmStartConfig"] = {"ParentHyperParameterTuningJobs": parents, "WarmStartType": kind}
    return {"Arguments": arguments}


def _ranges(ranges: Ranges, scope: Scope) -> dict[str, Any]:
    def between(each: Range) -> dict[str, Any]:
        return jobs.given(
            {
                "Name": each.name,
                "MinValue": each.min_value,
                "MaxValue": each.max_value,
                "ScalingType": each.scaling_type,
            },
            scope,
        )

    return {
        "IntegerParameterRanges": [between(each) for each in ranges.integer],
        "ContinuousParameterRanges": [between(each) for each in ranges.continuous],
        "CategoricalParameterRanges": [
            {"Name": scope.value(each.name), **jobs.listed({"Values": each.values}, scope)}
            for each in ranges.categorical
        ],
    }


def _outputs(_: TuningConfig) -> Mapping[str, str]:
    return {
        MODEL_ARTIFACTS: "BestTrainingJob.TrainingJobName",
        "bestTrainingJobName": "BestTrainingJob.TrainingJobName",
    }


def _output(step: Step, config: TuningConfig, name: str, scope: Scope) -> Any:
    """The best trial's name, or where its model lies: `<output path>/<name>/output/model.tar.gz`."""
    best = {"Get": f"Steps.{step.name}.BestTrainingJob.TrainingJobName"}
    if name != MODEL_ARTIFACTS:
        return best
    given = config.output_path
    place = scope.place("models", step.name) if given is None else scope.under(given, step.name)
    return {"Std:Join": {"On": "/", "Values": [*place["Std:Join"]["Values"], best, "output/model.tar.gz"]}}


def _needs(step: Step, config: TuningConfig, needs: Needs) -> None:
    needs.job(JOB)
    algorithm_needs(step, config, needs)


TYPE = StepType(
    name="Tuning",
    key="tuning",
    config=TuningConfig,
    summary="trials of a training job with other hyperparameters, and the best of them",
    documentation="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHyperParameterTuningJob.html",
    compile=_compile,
    outputs=_outputs,
    output=_output,
    properties=properties(
        "HyperParameterTuningJobName HyperParameterTuningJobArn HyperParameterTuningJobConfig TrainingJobDefinition "
        "TrainingJobDefinitions HyperParameterTuningJobStatus CreationTime HyperParameterTuningEndTime "
        "LastModifiedTime TrainingJobStatusCounters ObjectiveStatusCounters BestTrainingJob OverallBestTrainingJob "
        "WarmStartConfig Autotune FailureReason TuningJobCompletionDetails ConsumedResources "
        # of ListTrainingJobsForHyperParameterTuningJob, which the service adds
        "TrainingJobSummaries"
    ),
    rights=Rights(job=JOB, uses=(READ, WRITE, IMAGES)),
    needs=_needs,
    cached=True,
    retried=True,
)
