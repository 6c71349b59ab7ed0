"""What the providers of SageMaker's hosting have in common: tags, and resources that are gone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.cloudformation.provider import Call, NotFound, tag_changes

CAPTURE: Any = {
    "CaptureContentTypeHeader": {"CsvContentTypes": None, "JsonContentTypes": None},
    "CaptureOptions": [{"CaptureMode": None}], "DestinationS3Uri": None, "EnableCapture": None,
    "InitialSamplingPercentage": None, "KmsKeyId": None,
}  # fmt: skip


def retag(call: Call, old: dict[str, Any], arn: str) -> None:
    """Bring the tags of a resource from those of the properties `old` to the call's."""
    put, gone = tag_changes(old, call.properties)
    if put:
        call.invoke("sagemaker", "AddTags", ResourceArn=arn, Tags=put)
    if gone:
        call.invoke("sagemaker", "DeleteTags", ResourceArn=arn, TagKeys=gone)


def absent(error: ClientError) -> bool:
    """Whether SageMaker says that the resource does not exist: hosting has no error code for it."""
    return str(error.response["Error"].get("Message", "")).startswith("Could not find")


@contextlib.contextmanager
def gone_is_fine() -> Iterator[None]:
    """Carry on when what is to be deleted is gone already."""
    try:
        yield
    except ClientError as cause:
        if not absent(cause):
            raise


@contextlib.contextmanager
def must_exist(what: str) -> Iterator[None]:
    """Turn the error for a resource that is not there into NotFound."""
    try:
        yield
    except ClientError as cause:
        if absent(cause):
            raise NotFound(f"{what} does not exist") from None
        raise
