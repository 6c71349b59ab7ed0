"""Clients with botocore's methods and errors for services in this process: no HTTP, no botocore client."""

from __future__ import annotations

import copy
import datetime
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from botocore.exceptions import ClientError

from rehearsal.api import ApiError, Caller, Operation, Params
from rehearsal.local.objects import ObjectError, Objects


class Body(io.FileIO):
    """An object's content, with botocore's way to read it in chunks."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")

    def iter_chunks(self, chunk_size: int = 1 << 16) -> Iterator[bytes]:
        """The content, piece by piece."""
        try:
            while chunk := super().read(chunk_size):
                yield chunk
        finally:
            self.close()

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to `size` bytes; all of it closes the file."""
        data = super().read(-1 if size is None else size) or b""
        if size is None or size < 0:
            self.close()
        return data


class S3:
    """S3 on the files of a store."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def get_object(self, *, Bucket: str, Key: str, **ignored: Any) -> Params:
        """One object."""
        path = self._find("GetObject", Bucket, Key)
        return head(path) | {"Body": Body(path)}

    def head_object(self, *, Bucket: str, Key: str, **ignored: Any) -> Params:
        """What is known of an object."""
        return head(self._find("HeadObject", Bucket, Key))

    def put_object(self, *, Bucket: str, Key: str, Body: bytes | BinaryIO, **ignored: Any) -> Params:
        """Keep an object; keys of KMS change nothing."""
        try:
            self._objects.put(Bucket, Key, io.BytesIO(Body) if isinstance(Body, bytes) else Body)
        except ObjectError as error:
            raise _error(error, "PutObject") from None
        return {}

    def get_paginator(self, operation: str) -> S3:
        """The only list there is: `list_objects_v2`."""
        assert operation == "list_objects_v2"
        return self

    def paginate(self, *, Bucket: str, Prefix: str = "") -> Iterator[Params]:
        """All objects on one page."""
        try:
            keys = list(self._objects.keys(Bucket, Prefix))
        except ObjectError as error:
            raise _error(error, "ListObjectsV2") from None
        yield {"Contents": [{"Key": key} for key in keys]}

    def _find(self, operation: str, bucket: str, key: str) -> Path:
        try:
            return self._objects.find(bucket, key)
        except ObjectError as error:
            raise _error(error, operation) from None


class Logs:
    """CloudWatch Logs without clients: the log files are enough."""

    def create_log_group(self, **ignored: Any) -> None:
        """Nothing to make."""

    def create_log_stream(self, **ignored: Any) -> None:
        """Nothing to make."""

    def put_log_events(self, **ignored: Any) -> None:
        """Nothing to keep."""


class Direct:
    """Calls the operations of a service of ours as `caller`."""

    def __init__(self, operations: Mapping[str, Operation], caller: Caller) -> None:
        self._operations = operations
        self._caller = caller

    def __getattr__(self, name: str) -> Any:
        """`create_training_job` is the operation CreateTrainingJob."""
        operation = re.sub(r"(?:^|_)([a-z])", lambda found: found[1].upper(), name)

        def call(**params: Any) -> Params:
            try:
                if operation not in self._operations:
                    text = f"rehearse pipeline does not support sagemaker {operation}"
                    raise ApiError("UnknownOperationException", text)
                return self._operations[operation](self._caller, copy.deepcopy(params)) or {}
            except ApiError as error:
                details: Any = {"Error": {"Code": error.code, "Message": error.message}}
                raise ClientError(details, operation) from None

        return call


def head(path: Path) -> Params:
    """What HeadObject says of a file."""
    found = path.stat()
    stamp = hashlib.md5(f"{found.st_size}-{found.st_mtime_ns}".encode(), usedforsecurity=False).hexdigest()
    modified = datetime.datetime.fromtimestamp(found.st_mtime, datetime.UTC)
    return {"ContentLength": found.st_size, "LastModified": modified, "ETag": f'"{stamp}"'}


def _error(error: ObjectError, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": error.code, "Message": str(error)}}, operation)
