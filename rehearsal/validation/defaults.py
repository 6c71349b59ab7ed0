"""What AWS takes for a member that a request leaves out, where the back end takes nothing.

https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rehearsal.aws_request import AwsRequest

_DEFAULTS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("kms", "CreateKey"): {"KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": False},
    ("ecr", "CreateRepository"): {
        "imageTagMutability": "MUTABLE",
        "imageScanningConfiguration": {"scanOnPush": False},
        "encryptionConfiguration": {"encryptionType": "AES256"},
    },
}


def completed(request: AwsRequest) -> AwsRequest:
    """The request with what it leaves out."""
    missing = _DEFAULTS.get((request.service, request.operation))
    if missing is None:
        return request
    given = {name: value for name, value in request.params.items() if value is not None}
    return replace(request, params={**missing, **given})
