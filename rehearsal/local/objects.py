"""Objects as files: `s3://BUCKET/KEY` is `<directory>/BUCKET/KEY`, so that people can look at them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

_EMPTY = "%2F"  # an empty part of a key, as in `a//b`
_DOTS = {"": _EMPTY, ".": "%2E", "..": "%2E%2E"}
_PLAIN = " !$&'()*+,:;=@~[]{}"


class ObjectError(Exception):
    """An object is not there, or cannot be kept; `code` is S3's."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Objects:
    """The objects of all buckets. A bucket is there once something is in it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._scratch = directory.parent / "tmp"

    def path(self, bucket: str, key: str) -> Path:
        """Where an object is or would be."""
        parts = [_DOTS.get(part) or quote(part, safe=_PLAIN) for part in key.split("/")]
        return self._directory.joinpath(quote(bucket, safe=""), *parts)

    def find(self, bucket: str, key: str) -> Path:
        """The file of an object. Raises ObjectError NoSuchBucket or NoSuchKey."""
        path = self.path(bucket, key)
        if not path.is_file():
            if not (self._directory / bucket).is_dir():
                hint = f"nothing was uploaded to it (--upload DIR=s3://{bucket})"
                raise ObjectError("NoSuchBucket", f"The specified bucket does not exist: {bucket}; {hint}")
            raise ObjectError("NoSuchKey", f"The specified key does not exist: s3://{bucket}/{key}")
        return path

    def keys(self, bucket: str, prefix: str) -> Iterator[str]:
        """The keys of a bucket that begin with `prefix`, in order. Raises ObjectError NoSuchBucket."""
        root = self._directory / bucket
        if not root.is_dir():
            hint = f"nothing was uploaded to it (--upload DIR=s3://{bucket})"
            raise ObjectError("NoSuchBucket", f"The specified bucket does not exist: {bucket}; {hint}")
        # only what can match is walked: the folder that the whole parts of the prefix name
        folder = self.path(bucket, prefix.rpartition("/")[0]) if "/" in prefix else root
        found = (self._key(root, path) for path in folder.rglob("*") if path.is_file())
        yield from sorted(key for key in found if key.startswith(prefix))

    def _key(self, root: Path, path: Path) -> str:
        parts = path.relative_to(root).parts
        return "/".join("" if part == _EMPTY else unquote(part) for part in parts)

    def put(self, bucket: str, key: str, body: BinaryIO) -> Path:
        """Keep an object, whole or not at all. Raises ObjectError InvalidRequest for what no file can hold."""
        path = self.path(bucket, key)
        try:
            if key.endswith("/") or not key:  # a folder, as the console makes them
                path.parent.mkdir(parents=True, exist_ok=True)
                return path.parent
            path.parent.mkdir(parents=True, exist_ok=True)
            self._scratch.mkdir(exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._scratch)
            with os.fdopen(handle, "wb") as file:
                shutil.copyfileobj(body, file, 1 << 20)
            os.replace(name, path)  # noqa: PTH105 (both are names)
        except OSError as error:
            raise ObjectError("InvalidRequest", f"s3://{bucket}/{key}: cannot be a file: {error.strerror}") from None
        return path

    def delete(self, bucket: str, key: str) -> None:
        """Remove an object, if it is there."""
        self.path(bucket, key).unlink(missing_ok=True)

    def upload_file(self, source: Path, bucket: str, key: str) -> None:
        """Put a file, unless it is there already."""
        path = self.path(bucket, key)
        if not _same(source, path):
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, path)


def _same(one: Path, other: Path) -> bool:
    if not other.is_file():
        return False
    first, second = one.stat(), other.stat()
    return (first.st_size, first.st_mtime_ns) == (second.st_size, second.st_mtime_ns)
