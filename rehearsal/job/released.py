"""What an environment serves, against what was trained: another package may serve it, but not another model."""

from __future__ import annotations

import hashlib
from typing import Any

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job.execution import read_object


def same_model(aws: EmbeddedAws, package: str, model_data: str, *, step: str, environment: str) -> str:
    """The SHA-256 of the model that a package (ARN) has, `sha256:<64 digits>`.

    Raises RehearsalError for `step` when it is not, byte for byte, the one at `model_data` that training registered.
    """
    _, _, _, region, account, _ = package.split(":", 5)
    sagemaker = aws.client("sagemaker", account=account, region=region)
    # not even an administrator may decrypt what is in there
    s3 = aws.internal_client("s3", account=account, region=region)
    described: dict[str, Any] = sagemaker.describe_model_package(ModelPackageName=package)
    served = described["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    got, wanted = (hashlib.sha256(read_object(s3, uri)).hexdigest() for uri in (served, model_data))
    if got != wanted:
        cause = f"{environment} serves {served} with the SHA-256 {got}, expected {model_data} with {wanted}"
        raise RehearsalError(step, cause)
    return f"sha256:{got}"
