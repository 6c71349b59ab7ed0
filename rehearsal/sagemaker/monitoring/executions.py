"""One execution of a schedule: a processing job that analyses what an endpoint captured within a window.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-inputs.html
"""

from __future__ import annotations

import datetime
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.api import Params
from rehearsal.sagemaker.jobs.state import Job
from rehearsal.sagemaker.jobs.transfer import split
from rehearsal.sagemaker.monitoring.definitions import Definition

BASELINE, TRUTH = "/opt/ml/processing/baseline", "/opt/ml/processing/groundtruth"
NO_DATA = "Job inputs had no data"
_DAY = 86400
_BASELINES = {"constraints": "ConstraintsResource", "statistics": "StatisticsResource"}
_MEMBERS = {
    "InferenceAttribute": "inference_attribute",
    "ProbabilityAttribute": "probability_attribute",
    "ProbabilityThresholdAttribute": "probability_threshold_attribute",
}


@dataclass(frozen=True)
class Window:
    """What is analysed: from one moment to another."""

    start: datetime.datetime
    end: datetime.datetime

    def hours(self) -> Iterator[str]:
        """The folders of captures that lie in it: `yyyy/mm/dd/hh`."""
        hour = self.start.replace(minute=0, second=0, microsecond=0)
        while hour <= self.end:
            yield f"{hour:%Y/%m/%d/%H}"
            hour += datetime.timedelta(hours=1)


@dataclass
class Execution:
    """One execution; without a job it failed before there was one."""

    schedule: str
    definition: Definition
    scheduled: datetime.datetime
    job: Job | None
    failure: str | None = None

    def summary(self) -> Params:
        """As ListMonitoringExecutions shows it."""
        described = self.job.describe() if self.job else {}
        return {
            "MonitoringScheduleName": self.schedule,
            "ScheduledTime": self.scheduled,
            "CreationTime": described.get("CreationTime", self.scheduled),
            "LastModifiedTime": described.get("LastModifiedTime", self.scheduled),
            "MonitoringExecutionStatus": self.status,
            "ProcessingJobArn": self.job.arn if self.job else None,
            "EndpointName": self.definition.source["EndpointName"],
            "FailureReason": self.failure or described.get("FailureReason"),
            "MonitoringJobDefinitionName": self.definition.name,
            "MonitoringType": self.definition.kind,
        }

    @property
    def status(self) -> str:
        """That of its job, and CompletedWithViolations where the container says so."""
        if self.job is None:
            return "Failed"
        described = self.job.describe()
        violated = str(described.get("ExitMessage", "")).startswith("CompletedWithViolations")
        return "CompletedWithViolations" if self.job.status == "Completed" and violated else self.job.status


def request(scheduled: str, definition: Definition, inputs: list[Params], window: Window) -> Params:
    """The processing job of an execution of the schedule `scheduled`."""
    given, (output,) = definition.described, definition.part("JobOutputConfig")["MonitoringOutputs"]
    target = output["S3Output"]
    endpoint = definition.source["EndpointName"]
    place = f"{target['S3Uri'].rstrip('/')}/{endpoint}/{scheduled}/{window.end:%Y/%m/%d/%H}"
    results = {
        "OutputName": "result",
        "S3Output": {"S3Uri": place, "LocalPath": target["LocalPath"], "S3UploadMode": "EndOfJob"},
    }
    made: Params = {
        "ProcessingJobName": f"model-monitoring-{window.end:%Y%m%d%H%M}-{secrets.token_hex(12)}",
        "ProcessingInputs": [*inputs, *_files(definition)],
        "ProcessingOutputConfig": {"Outputs": [results]} | _key(definition.part("JobOutputConfig")),
        "ProcessingResources": {"ClusterConfig": given["JobResources"]["ClusterConfig"]},
        "StoppingCondition": given.get("StoppingCondition", {"MaxRuntimeInSeconds": _DAY}),
        "AppSpecification": {"ImageUri": definition.part("AppSpecification")["ImageUri"]},
        "Environment": definition.part("AppSpecification").get("Environment", {})
        | _environment(scheduled, definition, window),
        "RoleArn": given["RoleArn"],
    }
    network = given.get("NetworkConfig")
    return made | ({"NetworkConfig": network} if network else {})


def captured(s3: Any, capture: Params, definition: Definition, variants: list[str], window: Window) -> list[Params]:
    """An input for each variant and hour that has captures; `s3` acts as the job's role. Raises ClientError."""
    source = definition.source
    below = f"{capture['DestinationS3Uri'].rstrip('/')}/{source['EndpointName']}"
    wanted = [f"{variant}/{hour}" for variant in variants for hour in window.hours()]
    found = [place for place in wanted if _any(s3, f"{below}/{place}/")]
    return [
        _input(f"captured-{number}", f"{below}/{place}/", f"{source['LocalPath']}/{source['EndpointName']}/{place}")
        for number, place in enumerate(found, 1)
    ]


def truth(s3: Any, definition: Definition, window: Window) -> list[Params]:
    """An input for each hour of the window that has ground truth. Raises ClientError."""
    if definition.kind != "ModelQuality":
        return []
    below = definition.part("JobInput")["GroundTruthS3Input"]["S3Uri"].rstrip("/")
    found = [hour for hour in window.hours() if _any(s3, f"{below}/{hour}/")]
    return [
        _input(f"groundtruth-{number}", f"{below}/{hour}/", f"{TRUTH}/{hour}") for number, hour in enumerate(found, 1)
    ]


def offset(text: str) -> datetime.timedelta:
    """An ISO 8601 duration of days, hours, minutes and seconds, perhaps negative. Raises ValueError."""
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text)
    if not rest.startswith("P"):
        raise ValueError(text)
    days, _, clock = rest[1:].partition("T")
    seconds, digits = 0, ""
    for unit, letters in ((days, {"D": _DAY}), (clock, {"H": 3600, "M": 60, "S": 1})):
        for letter in unit:
            if letter.isdecimal():
                digits += letter
                continue
            if letter not in letters or not digits:
                raise ValueError(text)
            seconds, digits = seconds + int(digits) * letters[letter], ""
    if digits:
        raise ValueError(text)
    return datetime.timedelta(seconds=sign * seconds)


def reason(error: ClientError) -> str:
    """Why the role could not look."""
    return f"ClientError: {error.response['Error'].get('Code')}: {error.response['Error'].get('Message')}"


def now_window(moment: datetime.datetime, start: str, end: str) -> Window:
    """The window of a schedule `NOW`. Raises ValueError for offsets that are none or too far apart."""
    window = Window(moment + offset(start), moment + offset(end))
    if not datetime.timedelta() < window.end - window.start <= datetime.timedelta(days=1):
        raise ValueError(f"{start} to {end}")
    return window


def _environment(scheduled: str, definition: Definition, window: Window) -> dict[str, str]:
    (output,) = definition.part("JobOutputConfig")["MonitoringOutputs"]
    source, quality = definition.source, definition.kind == "ModelQuality"
    names = ["endpointInput", "endpointOutput"]
    made = {
        "dataset_format": json.dumps({"sagemakerCaptureJson": {"captureIndexNames": names}}),
        "dataset_source": source["LocalPath"],
        "output_path": output["S3Output"]["LocalPath"],
        "publish_cloudwatch_metrics": "Enabled",
        "sagemaker_endpoint_name": source["EndpointName"],
        "sagemaker_monitoring_schedule_name": scheduled,
        "start_time": f"{window.start:%Y-%m-%dT%H:%M:%SZ}",
        "end_time": f"{window.end:%Y-%m-%dT%H:%M:%SZ}",
    }
    for name, member in _BASELINES.items():
        if member in definition.part("BaselineConfig"):
            made[f"baseline_{name}"] = f"{BASELINE}/{name}/{name}.json"
    if quality:
        problem = definition.part("AppSpecification").get("ProblemType", "Regression")
        made |= {"analysis_type": "MODEL_QUALITY", "problem_type": problem, "ground_truth_source": TRUTH}
        made |= {variable: str(source[name]) for name, variable in _MEMBERS.items() if name in source}
    return made


def _files(definition: Definition) -> Iterator[Params]:
    base = definition.part("BaselineConfig")
    for name, member in _BASELINES.items():
        resource = base.get(member, {})
        if "S3Uri" in resource:
            yield _input(f"baseline-{name}", resource["S3Uri"], f"{BASELINE}/{name}")


def _input(name: str, uri: str, path: str) -> Params:
    return {
        "InputName": name,
        "S3Input": {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"},
    }


def _any(s3: Any, uri: str) -> bool:
    bucket, prefix = split(uri)
    return bool(s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("Contents"))


def _key(config: Params) -> Params:
    return {"KmsKeyId": config["KmsKeyId"]} if "KmsKeyId" in config else {}
