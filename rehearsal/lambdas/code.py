"""Packages of code: out of a request or out of S3, unpacked once and kept by their contents.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import platform as machine
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from botocore.exceptions import ClientError

from rehearsal.api import ApiError, Caller, Params
from rehearsal.iam import buckets
from rehearsal.lambdas.state import Code, unsupported, wrong
from rehearsal.paths import UnsafeName, below, inside
from rehearsal.ports import Platform

_UNPACKED = 262_144_000  # bytes
_ZIPPED = 52_428_800  # bytes of a package in a request
# the machine of an ELF header: what this one calls it, what Lambda calls it
_MACHINES = {62: ("x86_64", "x86_64"), 183: ("aarch64", "arm64")}
_SERVICE = "lambda.amazonaws.com"


class Packages:
    """The packages of all functions and layers, below the platform's `directory`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._directory = platform.directory / "lambda" / "code"

    def of(self, caller: Caller, given: Params, architectures: Sequence[str]) -> Code:
        """The package that a request gives: ZipFile, or S3Bucket, S3Key and perhaps S3ObjectVersion.

        Raises ApiError InvalidParameterValueException for what is no package, or has machine code that cannot run here.
        """
        if given.get("ImageUri"):
            raise unsupported("functions that are container images (ImageUri)")
        if given.get("ZipFile"):
            data = _bytes(given["ZipFile"])
            if len(data) > _ZIPPED:
                raise ApiError(
                    "RequestEntityTooLargeException", f"Zipped size must be smaller than {_ZIPPED} bytes", 413
                )
        elif given.get("S3Bucket") and given.get("S3Key"):
            data = self._object(caller, given)
        else:
            raise wrong("Please provide a source for function code.")
        return self._keep(data, architectures)

    def _object(self, caller: Caller, given: Params) -> bytes:
        """An object of a bucket in the caller's region, read with the caller's permissions."""
        bucket, key, version = given["S3Bucket"], given["S3Key"], given.get("S3ObjectVersion")
        text = "Error occurred while GetObject. S3 Error Code: {}. S3 Error Message: {}"
        region = buckets.region(bucket)
        if region and region != caller.region:
            place = f"The bucket is in this region: {region}. Please use this region to retry the request"
            raise wrong(text.format("PermanentRedirect", place))
        more = {"VersionId": version} if version else {}
        try:
            found = self._platform.on_behalf(caller, _SERVICE, "s3").get_object(Bucket=bucket, Key=key, **more)
            return bytes(found["Body"].read())
        except ClientError as error:
            code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
            if code in ("AccessDenied", "403"):
                told = (
                    "Your access has been denied by S3, please make sure your request credentials have permission to "
                    f"GetObject for {bucket}/{key}. S3 Error Code: {code}. S3 Error Message: {message}"
                )
                raise ApiError("AccessDeniedException", told, 403) from None
            raise wrong(text.format(code, message)) from None

    def _keep(self, data: bytes, architectures: Sequence[str]) -> Code:
        digest = hashlib.sha256(data)
        folder = below(self._directory, digest.hexdigest())
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            part = Path(tempfile.mkdtemp(dir=folder.parent, prefix="part-"))
            try:
                _unpack(data, part)
                part.chmod(0o755)
                if not folder.exists():
                    part.rename(folder)
            finally:
                shutil.rmtree(part, ignore_errors=True)
        _check_machine_code(folder, architectures)
        return Code(base64.b64encode(digest.digest()).decode(), len(data), folder)


def _bytes(given: str | bytes) -> bytes:
    try:
        return given if isinstance(given, bytes) else base64.b64decode(given, validate=True)
    except ValueError:
        raise wrong("Could not unzip uploaded file. Please check your file, then try to upload again.") from None


def _unpack(data: bytes, folder: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(each.file_size for each in members) > _UNPACKED:
                raise wrong(f"Unzipped size must be smaller than {_UNPACKED} bytes")
            if not any(not each.is_dir() for each in members):
                raise wrong("Uploaded file must be a non-empty zip")
            links = [each for each in members if stat.S_ISLNK(each.external_attr >> 16)]
            for each in (each for each in members if each not in links):
                _unpack_member(archive, each, inside(folder, each.filename))
            for each in links:  # last, and none behind another, so that nothing is written through one
                target = inside(folder, each.filename)
                if any((folder / above).is_symlink() for above in target.relative_to(folder).parents):
                    raise UnsafeName(f"{each.filename} lies behind a link")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(archive.read(each).decode())
    except (zipfile.BadZipFile, UnsafeName, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        raise wrong("Could not unzip uploaded file. Please check your file, then try to upload again.") from None


def _unpack_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """A directory, or a file that everybody can read."""
    if member.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, target.open("xb") as file:
        shutil.copyfileobj(source, file)
    target.chmod(0o755 if (member.external_attr >> 16) & 0o111 else 0o644)


def _check_machine_code(folder: Path, architectures: Sequence[str]) -> None:
    """Raises ApiError for libraries and programs of a machine that this one is not, or that the function is not for."""
    files = (Path(where, name) for where, _, names in os.walk(folder) for name in sorted(names))
    for file in files:
        if file.is_symlink():
            continue
        with file.open("rb") as source:
            head = source.read(20)
        if head[:4] != b"\x7fELF" or len(head) < 20:
            continue
        name, called = _MACHINES.get(int.from_bytes(head[18:20], "little"), ("an unknown machine", ""))
        if name != machine.machine():
            raise unsupported(
                f"machine code for {name} ({file.relative_to(folder)}): this machine is {machine.machine()}"
            )
        if called not in architectures:
            text = f"{file.relative_to(folder)} is for {called}, the function for {', '.join(architectures)}"
            raise unsupported(f"machine code of another architecture: {text}")
