"""Reading what an execution left behind: property files, the registered version, the logs of failed jobs."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

from model_cicd.pipeline import report as reports
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.pipeline.steps.condition import gains, readings
from model_cicd.pipeline.watch import StepState

#: log group by the kind of job
LOG_GROUPS = {"ProcessingJob": "/aws/sagemaker/ProcessingJobs", "TrainingJob": "/aws/sagemaker/TrainingJobs"}
_LOG_LINES = 30
_MAX_REPORT = 5_000_000


def property_files(
    config: PipelineConfig, steps: list[StepState], sagemaker: Any, s3: Any
) -> dict[tuple[str, str], Any]:
    """The property files that conditions read, by step and name; what cannot be read is left out."""
    from botocore.exceptions import ClientError

    read = (each for step in config.pipeline.steps for each in (*readings(step), *gains(step)))
    wanted = {(each.step_name, each.property_file) for each in read}
    states = {step.name: step for step in steps}
    found: dict[tuple[str, str], Any] = {}
    for name, file in sorted(wanted):
        step, state = config.pipeline.step(name), states.get(name)
        job = job_name(state) if state else ""
        if step is None or step.type != "Processing" or not job or state is None or state.status != "Succeeded":
            continue
        entry = next(each for each in step.property_files if each.property_file_name == file)
        try:
            outputs = sagemaker.describe_processing_job(ProcessingJobName=job)["ProcessingOutputConfig"]["Outputs"]
            uri = next(each["S3Output"]["S3Uri"] for each in outputs if each["OutputName"] == entry.output_name)
            bucket, _, prefix = uri.removeprefix("s3://").partition("/")
            body = s3.get_object(Bucket=bucket, Key=f"{prefix}/{entry.file_path}")["Body"].read(_MAX_REPORT)
            found[name, file] = json.loads(body)
        except (ClientError, KeyError, StopIteration, ValueError):
            continue
    return found


def model_package(steps: list[StepState], sagemaker: Any) -> reports.ModelPackage | None:
    """The version that the execution registered; the last one when it registered several."""
    from botocore.exceptions import ClientError

    arns = [step.details["Arn"] for step in steps if step.type == "RegisterModel" and step.details.get("Arn")]
    if not arns:
        return None
    group, _, version = arns[-1].partition(":model-package/")[2].rpartition("/")
    try:
        status = sagemaker.describe_model_package(ModelPackageName=arns[-1])["ModelApprovalStatus"]
    except (ClientError, KeyError):
        status = ""
    return reports.ModelPackage(arns[-1], group, int(version) if version.isdigit() else 0, status)


def version_metrics(arn: str, sagemaker: Any) -> dict[str, float]:
    """The numbers among the properties of a version; none where it cannot be read."""
    from botocore.exceptions import ClientError

    try:
        properties = sagemaker.describe_model_package(ModelPackageName=arn).get("CustomerMetadataProperties") or {}
    except ClientError:
        return {}
    found = {}
    for name, value in sorted(properties.items()):
        try:
            number = float(value)
        except ValueError:
            continue
        if math.isfinite(number):
            found[name] = number
    return found


def newest_approved(group: str, sagemaker: Any) -> reports.ApprovedVersion | None:
    """The newest approved version of the group, which environments serve or soon will; None where none is seen."""
    from botocore.exceptions import ClientError

    try:
        listed = sagemaker.list_model_packages(
            ModelPackageGroupName=group,
            ModelApprovalStatus="Approved",
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=1,
        )["ModelPackageSummaryList"]
    except (ClientError, KeyError):
        return None
    if not listed:
        return None
    arn = str(listed[0]["ModelPackageArn"])
    return reports.ApprovedVersion(arn, int(listed[0].get("ModelPackageVersion") or 0), version_metrics(arn, sagemaker))


def job_name(step: StepState) -> str:
    """The name of a step's job; empty when it has none."""
    return str(step.details.get("Arn", "")).rpartition("/")[2] if step.type in LOG_GROUPS else ""


def log_tail(step: StepState, logs: Any) -> list[str]:
    """The last lines of a failed job's log; none where it cannot be read."""
    from botocore.exceptions import ClientError

    group, job = LOG_GROUPS.get(step.type, ""), job_name(step)
    if not job:
        return []
    try:
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")["logStreams"]
        lines: list[str] = []
        for stream in streams:
            events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], limit=_LOG_LINES)
            lines += [event["message"].rstrip() for event in events["events"]]
        return lines[-_LOG_LINES:]
    except ClientError:
        return []


def beyond(reason: str, tail: Sequence[str]) -> str:
    """What a job's FailureReason says beyond the end of its log, `tail`, which SageMaker puts into it.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-output.html
    """
    found = re.fullmatch(r"(AlgorithmError): (.*?)(, exit code: \d+)?", reason, re.DOTALL)
    logged = {line.strip() for line in tail}
    if found is None or not logged or any(line.strip() not in logged for line in found[2].splitlines() if line.strip()):
        return reason
    return f"{found[1]}{found[3] or ''}"
