"""How an asynchronous endpoint is asked: with an object below its input, and its answer below its output."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job import holdout
from rehearsal.job.plan import declared_environments

_SECONDS = 30


def invoke(
    aws: EmbeddedAws, settings: Mapping[str, Any], place: Mapping[str, Any], rows: holdout.Holdout, *, step: str
) -> tuple[float, ...]:
    """The predictions for `rows` of the environment `place` of a group with these settings. Raises RehearsalError."""
    own = next(each["async"] for each in declared_environments(settings) if each.get("name") == place["name"])
    account, region = place["account"], place["region"]
    s3 = aws.client("s3", account=account, region=region)
    source = f"{own['input'].rstrip('/')}/rehearsed.csv"
    bucket, key = _parts(source)
    s3.put_object(Bucket=bucket, Key=key, Body=rows.features.encode())
    answer = aws.client("sagemaker-runtime", account=account, region=region).invoke_endpoint_async(
        EndpointName=place["endpointName"], ContentType="text/csv", Accept="text/csv", InputLocation=source
    )
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        if found := _text(s3, answer["OutputLocation"]):
            return holdout.numbers(found)
        if failed := _text(s3, answer["FailureLocation"]):
            raise RehearsalError(step, f"{place['name']} did not answer: {failed[:500]}")
        time.sleep(0.1)
    raise RehearsalError(step, f"{place['name']} wrote no answer to {answer['OutputLocation']} within {_SECONDS} s")


def _parts(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def _text(s3: Any, uri: str) -> str:
    bucket, key = _parts(uri)
    try:
        return str(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())
    except ClientError:
        return ""
