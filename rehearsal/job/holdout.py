"""Rows that the training never saw, and what the trained model itself says about them."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.confinement.cage import Cage
from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.process import base_environment

TEST_OUTPUT = "test"  # the processing output that holds them
_MOST_ROWS = 500


@dataclass(frozen=True)
class Holdout:
    """Held-back rows: `features` as CSV without a header, `targets`, and the `predictions` of the model artifact."""

    features: str
    targets: tuple[float, ...]
    predictions: tuple[float, ...]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.targets)


def read(aws: EmbeddedAws, *, step: str, account: str, region: str, execution: str, model_data: str) -> Holdout | None:
    """The held-back rows of a SageMaker pipeline execution (ARN) with its model's own predictions.

    They are the processing output `test`, CSV with the target first; None when the pipeline has no such output.
    """
    sagemaker = aws.client("sagemaker", account=account, region=region)
    s3 = aws.internal_client(
        "s3", account=account, region=region
    )  # not even an administrator may decrypt what is in there
    uri = _test_uri(sagemaker, execution)
    lines = [line for line in _text(s3, uri).splitlines() if line.strip()][:_MOST_ROWS] if uri else []
    if not lines:
        return None
    targets = tuple(float(line.split(",", 1)[0]) for line in lines)
    features = "\n".join(line.split(",", 1)[1] for line in lines)
    with tempfile.TemporaryDirectory(dir=aws.directory) as folder:
        model = Path(folder) / "model.tar.gz"
        model.write_bytes(_object(s3, model_data))
        own = Path(folder)  # what a training wrote is loaded where it reaches nothing
        cage = Cage(aws.confinement, (own,), network=False)
        program = [sys.executable, str(Path(__file__).with_name("predict.py")), str(model)]
        ended = aws.processes.communicate(
            cage.command(program, own),
            cwd=own,
            env=base_environment(),
            stdin=features.encode(),
        )
    if ended.code:
        raise RehearsalError(step, f"the model {model_data} cannot be loaded: {ended.stderr.decode()[-500:]}")
    return Holdout(features, targets, tuple(float(line) for line in ended.stdout.decode().split()))


def numbers(text: str) -> tuple[float, ...]:
    """The predictions in an answer as CSV, in one line or several."""
    return tuple(float(each) for each in text.replace("\n", ",").split(",") if each.strip())


def mean_squared_error(predictions: tuple[float, ...], targets: tuple[float, ...]) -> float:
    """The mean of the squared differences."""
    return sum((got - wanted) ** 2 for got, wanted in zip(predictions, targets, strict=True)) / len(targets)


def _test_uri(sagemaker: Any, execution: str) -> str | None:
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution)["PipelineExecutionSteps"]
    for step in steps:
        arn = step.get("Metadata", {}).get("ProcessingJob", {}).get("Arn")
        if not arn:
            continue
        job = sagemaker.describe_processing_job(ProcessingJobName=arn.rpartition("/")[2])
        for each in job.get("ProcessingOutputConfig", {}).get("Outputs", []):
            if each["OutputName"] == TEST_OUTPUT:
                return str(each["S3Output"]["S3Uri"])
    return None


def _text(s3: Any, uri: str) -> str:
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix.rstrip("/") + "/").get("Contents", [])
    keys = sorted(each["Key"] for each in listed if each["Key"].endswith(".csv"))
    return "\n".join(_object(s3, f"s3://{bucket}/{key}").decode() for key in keys)


def _object(s3: Any, uri: str) -> bytes:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
