"""Moves a job's data between S3 and its directory, with the job's execution role."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.paths import UnsafeName, open_inside
from rehearsal.sagemaker.jobs.failure import JobError

# By the host, or by the path: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
_HTTPS = re.compile(
    r"https://(?:(?P<bucket>[a-z0-9][a-z0-9.-]*)\.)?s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?/(?P<path>.*)"
)


class Transfer:
    """Downloads and uploads for one job; `s3` acts as its role, `role` and `region` are for error texts."""

    def __init__(self, s3: Any, role: str, region: str) -> None:
        self._s3 = s3
        self._role = role
        self._region = region

    def download(self, uri: str, data_type: str, target: Path, *, needed: bool = True) -> None:
        """Everything `uri` means, as a prefix (`S3Prefix`) or a list (`ManifestFile`), below `target`.

        Raises JobError when it may not be read, and when there is nothing though it is `needed`.
        https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
        """
        target.mkdir(parents=True, exist_ok=True)
        try:
            found = list(self._manifest(uri) if data_type == "ManifestFile" else self._prefix(uri))
            for bucket, key, name in found:
                path = target / name
                if not path.resolve().is_relative_to(target.resolve()):
                    raise JobError(f"ClientError: Data download failed: the key {key} leads out of its directory")
                path.parent.mkdir(parents=True, exist_ok=True)
                self._fetch(bucket, key, path)
        except ClientError as error:
            raise JobError(f"ClientError: Data download failed: {_text(error)} ({uri}, as {self._role})") from None
        if needed and not found:
            raise JobError(
                f'ClientError: Data download failed: No S3 objects found under S3 URL "{uri}" given in input data '
                f"source. Please ensure that the bucket exists in the selected region ({self._region}), that objects "
                f'exist under that S3 prefix, and that the role "{self._role}" has "s3:ListBucket" permissions on it.'
            )

    def fetch(self, uri: str, target: Path) -> None:
        """One object into the file `target`. Raises JobError."""
        bucket, key = split(uri)
        try:
            self._fetch(bucket, key, target)
        except ClientError as error:
            raise JobError(f"ClientError: Data download failed: {_text(error)} ({uri}, as {self._role})") from None

    def upload(self, source: Path, uri: str, kms_key: str | None) -> None:
        """A file to exactly `uri`, or a directory's files below it. Raises JobError."""
        bucket, prefix = split(uri)
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
        files = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else [source]
        for path in files:
            key = f"{prefix.rstrip('/')}/{path.relative_to(source).as_posix()}" if source.is_dir() else prefix
            try:
                with open_inside(source if source.is_dir() else source.parent, path) as body:
                    self._s3.put_object(Bucket=bucket, Key=key.lstrip("/"), Body=body, **encryption)
            except UnsafeName as error:
                raise JobError(f"ClientError: Data upload failed: {error}") from None
            except ClientError as error:
                text = f"ClientError: Data upload failed: {_text(error)} (s3://{bucket}/{key}, as {self._role})"
                raise JobError(text) from None

    def _prefix(self, uri: str) -> Iterator[tuple[str, str, str]]:
        bucket, prefix = split(uri)
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            for entry in page.get("Contents", []):
                if not entry["Key"].endswith("/"):  # a folder made in the console
                    yield bucket, entry["Key"], relative_name(entry["Key"], prefix)

    def _manifest(self, uri: str) -> Iterator[tuple[str, str, str]]:
        bucket, key = split(uri)
        text = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        try:
            entries = json.loads(text)
            prefix, names = entries[0]["prefix"], entries[1:]
        except (ValueError, LookupError, TypeError) as error:
            wanted = 'a list of {"prefix": "s3://..."} and names'
            raise JobError(f"ClientError: the manifest {uri} is not {wanted}: {error!r}") from None
        for name in names:
            source, key = split(prefix.rstrip("/") + "/" + name)
            yield source, key, name

    def _fetch(self, bucket: str, key: str, path: Path) -> None:
        body = self._s3.get_object(Bucket=bucket, Key=key)["Body"]
        with path.open("wb") as file:
            for chunk in body.iter_chunks(1 << 20):
                file.write(chunk)


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of an s3:// URI, or of an https:// address of S3. Raises JobError for any other."""
    found = _HTTPS.fullmatch(uri)
    if not is_address(uri):
        raise JobError(f"ClientError: the embedded AWS does not support {uri}: only s3:// URIs and S3's https:// ones")
    path = found["path"] if found else uri.removeprefix("s3://")
    if found and found["bucket"]:
        return found["bucket"], path
    bucket, _, key = path.partition("/")
    return bucket, key


def is_address(uri: str) -> bool:
    """Whether an address is one in S3."""
    return uri.startswith("s3://") or _HTTPS.fullmatch(uri) is not None


def relative_name(key: str, prefix: str) -> str:
    """Where an object lands below the local path, as SageMaker has it.

    The prefix itself is cut when it names a folder; an object that is the prefix keeps its last part.
    """
    if key == prefix or not prefix:
        return key.rpartition("/")[2] if key == prefix else key
    if prefix.endswith("/") or key.startswith(prefix + "/"):
        return key[len(prefix) :].lstrip("/")
    return key[prefix.rfind("/") + 1 :]


def archive(source: Path, target: Path) -> None:
    """Pack a directory's content as a .tar.gz."""
    with tarfile.open(target, "w:gz", compresslevel=6) as tar:
        for entry in sorted(source.iterdir()):
            tar.add(entry, arcname=entry.name)


def _text(error: ClientError) -> str:
    details = error.response["Error"]
    return f"{details.get('Code')}: {details.get('Message')}"
