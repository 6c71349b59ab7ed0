"""The execution that registered a version, with its jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_cicd.lineage.records import Execution, Job
from model_cicd.operate.access import Access, reason_of
from model_cicd.operate.executions import ran
from model_cicd.pipeline.watch import StepState, list_steps
from model_cicd.text.errors import ModelCicdError


def execution_of(access: Access, sagemaker: Any, arn: str, unknown: dict[str, str]) -> Execution:
    """The execution; a job that cannot be read is put into `unknown`. Raises ModelCicdError."""
    with access.asking("sagemaker:DescribePipelineExecution", arn):
        found = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    _, values = ran(access, sagemaker, arn)
    with access.asking("sagemaker:ListPipelineExecutionSteps", arn):
        steps = list_steps(sagemaker, arn)
    return Execution(
        arn=arn,
        status=str(found["PipelineExecutionStatus"]),
        started=found["CreationTime"].isoformat(timespec="seconds"),
        by=person(found.get("CreatedBy")),
        description=str(found.get("PipelineExecutionDescription") or ""),
        parameters={name: str(value) for name, value in sorted(values.items()) if value is not None},
        jobs=tuple(_jobs(access, sagemaker, steps, unknown)),
    )


def person(member: Mapping[str, Any] | None) -> str:
    """The ARN of who did something, or the empty string.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UserContext.html
    """
    found = member or {}
    return str((found.get("IamIdentity") or {}).get("Arn") or found.get("UserProfileArn") or "")


def _jobs(access: Access, sagemaker: Any, steps: list[StepState], unknown: dict[str, str]) -> Iterator[Job]:
    """Every job, those of steps that came from the cache among them: they made the output."""
    for step in steps:
        arn = str(step.details.get("Arn", ""))
        if not step.type.endswith("Job") or not arn:
            continue
        try:
            yield _job(access, sagemaker, step, arn)
        except ModelCicdError as error:
            unknown[f"job of step {step.name}"] = reason_of(error)
            yield Job(step.name, arn)


def _job(access: Access, sagemaker: Any, step: StepState, arn: str) -> Job:
    name = arn.rpartition("/")[2]
    if step.type == "TrainingJob":
        with access.asking("sagemaker:DescribeTrainingJob", arn):
            return _training(step.name, sagemaker.describe_training_job(TrainingJobName=name))
    if step.type == "ProcessingJob":
        with access.asking("sagemaker:DescribeProcessingJob", arn):
            return _processing(step.name, sagemaker.describe_processing_job(ProcessingJobName=name))
    return Job(step.name, arn)


def _training(step: str, job: Mapping[str, Any]) -> Job:
    """https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html"""
    parameters = dict(job.get("HyperParameters") or {})
    script = parameters.pop("sagemaker_program", "")
    algorithm = job["AlgorithmSpecification"]
    return Job(
        step=step,
        arn=str(job["TrainingJobArn"]),
        image=str(algorithm.get("TrainingImage") or algorithm.get("AlgorithmName") or ""),
        script=script,
        hyperparameters=dict(sorted(parameters.items())),
        instances=_instances(job.get("ResourceConfig") or {}),
        seconds=job.get("BillableTimeInSeconds"),
    )


def _processing(step: str, job: Mapping[str, Any]) -> Job:
    """https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeProcessingJob.html"""
    app = job["AppSpecification"]
    start, end = job.get("ProcessingStartTime"), job.get("ProcessingEndTime")
    return Job(
        step=step,
        arn=str(job["ProcessingJobArn"]),
        image=str(app.get("ImageUri", "")),
        script=" ".join([*(app.get("ContainerEntrypoint") or ()), *(app.get("ContainerArguments") or ())]),
        instances=_instances((job.get("ProcessingResources") or {}).get("ClusterConfig") or {}),
        seconds=round((end - start).total_seconds()) if start and end else None,
    )


def _instances(resources: Mapping[str, Any]) -> str:
    kind = resources.get("InstanceType")
    return f"{resources.get('InstanceCount', 1)} x {kind}" if kind else ""
