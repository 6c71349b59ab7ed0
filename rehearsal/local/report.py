"""What an execution came to, with the field names of the API."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rehearsal.api import Params
from rehearsal.local.local_aws import LocalAws
from rehearsal.operations import present
from rehearsal.sagemaker.jobs.failure import JobError
from rehearsal.sagemaker.jobs.transfer import split
from rehearsal.sagemaker.pipelines.state import Execution
from rehearsal.sagemaker.steps import STEP_TYPES


def report(aws: LocalAws, execution: Execution) -> Params:
    """DescribePipelineExecution and ListPipelineExecutionSteps in one, with the outputs and model packages.

    Times are ISO 8601. `Outputs` are the S3 URIs of what the steps made; `ModelPackages` are as DescribeModelPackage
    shows them.
    """
    arn = {"PipelineExecutionArn": execution.arn}
    described = aws.operations["DescribePipelineExecution"](aws.caller, arn) or {}
    described = {key: value for key, value in described.items() if key not in ("CreatedBy", "LastModifiedBy")}
    rows = [present(run.row()) for run in sorted(execution.steps.values(), key=lambda run: run.start)]
    types = {name: step.type for name, step in execution.definition.steps.items()}
    stubs = aws.step_options.stubs
    steps = [
        row | {"StepType": types[row["StepName"]]} | ({"Stubbed": True} if row["StepName"] in stubs else {})
        for row in rows
    ]
    shown: Params = plain(
        described
        | {
            "PipelineParameters": [{"Name": name, "Value": _text(value)} for name, value in execution.values.items()],
            "PipelineExecutionSteps": steps,
            "Outputs": list(outputs(aws, execution)),
            "ModelPackages": [aws.sagemaker.packages.at(package) for package in registered(execution)],
        }
    )
    return shown


def outputs(aws: LocalAws, execution: Execution) -> Iterator[Params]:
    """Step, name and S3 URI of every output, and the file or folder of the store that holds it."""
    for name, run in execution.steps.items():
        if run.status != "Succeeded":
            continue
        for output, uri in STEP_TYPES[run.type].outputs(run.properties).items():
            yield {"StepName": name, "OutputName": output, "S3Uri": uri, "Path": str(local_path(aws, uri))}


def local_path(aws: LocalAws, uri: str) -> Path:
    """Where an S3 URI is in the store."""
    try:
        bucket, key = split(uri)
    except JobError:
        return Path(uri)
    return aws.store.objects.path(bucket, key.rstrip("/")) if key.rstrip("/") else Path(uri)


def registered(execution: Execution) -> list[str]:
    """The ARNs of the model packages that the execution made."""
    shown = (run.metadata.get("RegisterModel", {}) for run in execution.steps.values() if run.status == "Succeeded")
    return [metadata["Arn"] for metadata in shown if "Arn" in metadata]


def plain(value: Any) -> Any:
    """`value` for JSON: times as ISO 8601."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value.isoformat() if isinstance(value, datetime.datetime) else value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
