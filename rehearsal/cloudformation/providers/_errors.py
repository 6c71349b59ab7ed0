"""AWS errors that a provider expects."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from botocore.exceptions import ClientError


@contextlib.contextmanager
def ignoring(*codes: str) -> Iterator[None]:
    """Carry on after an error with one of these codes: what is to be deleted is gone already."""
    try:
        yield
    except ClientError as cause:
        if cause.response["Error"]["Code"] not in codes:
            raise


def gone(code: str, operation: str) -> ClientError:
    """The error of what is not there, where its service has none to give."""
    return ClientError({"Error": {"Code": code, "Message": "it is not there any more"}}, operation)
